"""`kind = "pytest"` and others: tests that never meet the student's code."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from carrel.exercises.kinds.suites import SuiteTable
from carrel.exercises.kinds.types import Context
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.kinds.unit.javascript import JAVASCRIPT_SIDE
from carrel.judge.kinds.unit.python import PYTHON_SIDE
from carrel.judge.kinds.unit.remote import RemoteSuite, Side
from carrel.judge.kinds.unit.suite import TestFile
from carrel.languages.registry import Language

_MODULE = re.compile(r"[A-Za-z_]\w{0,99}")
_PYTHON_FILE = re.compile(r"[A-Za-z_]\w*\.py")
_JAVASCRIPT_FILE = re.compile(r"[A-Za-z_][\w.-]*\.[cm]?js")
_TAKEN = frozenset({"pytest", "unittest", "carrel_unit", "conftest", "sys", "builtins", "os"})

Module = Annotated[str, Field(min_length=1, max_length=100)]


class RemoteSuiteTable(SuiteTable):
    """`module` is what the tests import; `support` are files that lie beside the tests."""

    module: Module | Annotated[list[Module], Field(min_length=1, max_length=20)] = "solution"
    support: Annotated[list[str], Field(max_length=50)] = Field(default_factory=list)

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of the student's modules, the source's first."""
        return (self.module,) if isinstance(self.module, str) else tuple(self.module)

    def suite(
        self, side: Side, tests: tuple[TestFile, ...], support: tuple[TestFile, ...]
    ) -> RemoteSuite:
        """Return the suite."""
        return RemoteSuite(
            framework=str(getattr(self, "kind", "")),
            side=side,
            files=tests,
            modules=self.modules,
            support=support,
            weights=self.given_weights,
            time_ms=self.time_ms,
        )


class PythonSuiteTable(RemoteSuiteTable):
    """A suite in Python."""

    def load(self, context: Context) -> JudgeTest:
        """Return the suite with its files' content."""
        self.check_language(context, Language.PYTHON)
        tests = self.test_files(context)
        support = self.read_files(context, "support", self.support, tests)
        for number, test in enumerate(tests, 1):
            if not _PYTHON_FILE.fullmatch(test.name):
                context.files.problem(
                    f"{context.field}.files[{number}]",
                    f"= {test.name!r} must be a module's name and .py",
                )
        own = {file.name.removesuffix(".py") for file in (*tests, *support)}
        for module in self.modules:
            if not _MODULE.fullmatch(module):
                context.files.problem(
                    f"{context.field}.module", f"= {module!r} is no name of a module"
                )
            elif module in own or module in _TAKEN:
                context.files.problem(
                    f"{context.field}.module", f"= {module!r} is the name of another module"
                )
        return self.suite(PYTHON_SIDE, tests, support)


class PytestTable(PythonSuiteTable):
    """Tests for pytest."""

    kind: Literal["pytest"]


class UnittestTable(PythonSuiteTable):
    """Tests for unittest."""

    kind: Literal["unittest"]


class JavaScriptSuiteTable(RemoteSuiteTable):
    """A suite in JavaScript."""

    def load(self, context: Context) -> JudgeTest:
        """Return the suite with its files' content."""
        self.check_language(context, Language.JAVASCRIPT)
        tests = self.test_files(context)
        support = self.read_files(context, "support", self.support, tests)
        for number, test in enumerate(tests, 1):
            if not _JAVASCRIPT_FILE.fullmatch(test.name):
                context.files.problem(
                    f"{context.field}.files[{number}]",
                    f"= {test.name!r} must be a name and .js, .cjs or .mjs",
                )
        own = {file.name for file in (*tests, *support)}
        for module in self.modules:
            stubs = {f"{module}.{extension}" for extension in ("js", "cjs", "mjs")}
            if not _MODULE.fullmatch(module) or stubs & own:
                context.files.problem(
                    f"{context.field}.module",
                    f"= {module!r} must be a name that no other file has, without its extension",
                )
        return self.suite(JAVASCRIPT_SIDE, tests, support)


class NodeTestTable(JavaScriptSuiteTable):
    """Tests for node:test."""

    kind: Literal["node-test"]


class JestTable(JavaScriptSuiteTable):
    """Tests for Jest, in CommonJS."""

    kind: Literal["jest"]


class VitestTable(JavaScriptSuiteTable):
    """Tests for Vitest."""

    kind: Literal["vitest"]
