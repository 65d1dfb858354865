"""carrel: run untrusted student code in sandboxes, and grade it.

    >>> from carrel import AutoGrader, CodeRunner, Language, TestCase

The names below are imported when they are first used: a program that only
needs an error class does not load the sandbox.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carrel.core.errors import (
        CarrelError,
        InvalidValueError,
        MissingToolError,
        PlatformFaultError,
        PrivilegeError,
        SandboxClosedError,
        SandboxFileError,
        SandboxLostError,
        TemplateError,
    )
    from carrel.exercises.errors import ExerciseError
    from carrel.facade.batch import BatchFaultError, ScalableGrader
    from carrel.facade.exercise import (
        ClassroomSession,
        CodingExercise,
        ExerciseRunner,
        StudentProgress,
    )
    from carrel.facade.grader import AutoGrader, GradeResult, TestCase, TestResult
    from carrel.facade.runner import CodeRunner, ExecutionResult
    from carrel.facade.sandbox import AsyncSandbox, Sandbox
    from carrel.judge.verdict import Verdict
    from carrel.languages.registry import Language
    from carrel.languages.rules.validation import validate_code
    from carrel.live.commands import CommandMemoryError, CommandResult, CommandTimeoutError
    from carrel.live.files import FileInfo
    from carrel.lms.signature import verify_lms_signature
    from carrel.similarity.simple import calculate_similarity, check_plagiarism

    __version__: str

__all__ = [
    "AsyncSandbox",
    "AutoGrader",
    "BatchFaultError",
    "CarrelError",
    "ClassroomSession",
    "CodeRunner",
    "CodingExercise",
    "CommandMemoryError",
    "CommandResult",
    "CommandTimeoutError",
    "ExecutionResult",
    "ExerciseError",
    "ExerciseRunner",
    "FileInfo",
    "GradeResult",
    "InvalidValueError",
    "Language",
    "MissingToolError",
    "PlatformFaultError",
    "PrivilegeError",
    "Sandbox",
    "SandboxClosedError",
    "SandboxFileError",
    "SandboxLostError",
    "ScalableGrader",
    "StudentProgress",
    "TemplateError",
    "TestCase",
    "TestResult",
    "Verdict",
    "__version__",
    "calculate_similarity",
    "check_plagiarism",
    "validate_code",
    "verify_lms_signature",
]

_HOMES = {
    "carrel.core.errors": (
        "CarrelError",
        "InvalidValueError",
        "MissingToolError",
        "PlatformFaultError",
        "PrivilegeError",
        "SandboxClosedError",
        "SandboxFileError",
        "SandboxLostError",
        "TemplateError",
    ),
    "carrel.exercises.errors": ("ExerciseError",),
    "carrel.facade.batch": ("BatchFaultError", "ScalableGrader"),
    "carrel.facade.exercise": (
        "ClassroomSession",
        "CodingExercise",
        "ExerciseRunner",
        "StudentProgress",
    ),
    "carrel.facade.grader": ("AutoGrader", "GradeResult", "TestCase", "TestResult"),
    "carrel.facade.runner": ("CodeRunner", "ExecutionResult"),
    "carrel.facade.sandbox": ("AsyncSandbox", "Sandbox"),
    "carrel.judge.verdict": ("Verdict",),
    "carrel.languages.registry": ("Language",),
    "carrel.live.commands": ("CommandMemoryError", "CommandResult", "CommandTimeoutError"),
    "carrel.live.files": ("FileInfo",),
    "carrel.lms.signature": ("verify_lms_signature",),
    "carrel.similarity.simple": ("calculate_similarity", "check_plagiarism"),
    "carrel.languages.rules.validation": ("validate_code",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name == "__version__":
        # Asking for it loads the standard library's e-mail package; few need it.
        value: Any = import_module("importlib.metadata").version("carrel")
        globals()[name] = value
        return value
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, also those not yet imported."""
    return sorted({*globals(), *__all__})
