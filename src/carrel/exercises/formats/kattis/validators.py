"""How outputs are judged: the default validator's flags, or a program of the package's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from carrel.exercises.formats.kattis.package import Package
from carrel.exercises.formats.kattis.problem import Problem
from carrel.exercises.formats.kattis.programs import OtherLanguageError, find_program
from carrel.exercises.formats.types import FormatError, Notes

_FOLDERS = ("output_validators", "output_validator")
_TOLERANCES = ("float_tolerance", "float_absolute_tolerance", "float_relative_tolerance")
_VALIDATION_S = 20


@dataclass(frozen=True)
class Validator:
    """What judges outputs. `program` None means the default validator.

    `program` is the table of a carrel program without its arguments, `files` what it needs
    in the exercise's folder.
    """

    program: Mapping[str, Any] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def table(self, flags: tuple[str, ...], full: float | None = None) -> Any:
        """Return the `checker` or `interactor` of a test with these arguments."""
        if self.program is None:
            return comparison(flags)
        table = dict(self.program)
        if flags:
            table["arguments"] = list(flags)
        if full is not None and full != 1:
            table["full"] = int(full) if full == int(full) else full
        return table


def read_validator(package: Package, problem: Problem, notes: Notes) -> Validator:
    """Return the package's validator; FormatError when it has one that carrel cannot run.

    To judge with another one instead would give wrong verdicts.
    """
    found: dict[str, list[str]] = {}
    for folder in _FOLDERS:
        children = package.children(folder)
        if folder == "output_validator" and _is_one_program(children):
            # The newer format's folder is the program itself.
            children = {folder: package.below(folder)}
        found |= children
    found = {name: files for name, files in found.items() if _is_program(files)}
    if problem.custom is False:
        if found:
            notes.drop("the output validators: problem.yaml says `validation: default`")
        return Validator()
    if not found:
        if problem.custom or problem.interactive:
            allowed = "problem.yaml asks for a custom one; add it"
            raise FormatError(_FOLDERS[0 if problem.legacy else 1], "no validator", allowed)
        return Validator()
    name = min(found)
    for other in sorted(found.keys() - {name}):
        notes.drop(f"the output validator `{other}`: carrel runs one, and that is `{name}`")
    return _program(package, problem, found[name], notes)


def comparison(flags: tuple[str, ...]) -> Any:
    """Return the `checker` that compares as the default validator does with these flags."""
    exact_space = "space_change_sensitive" in flags
    ignore_case = "case_sensitive" not in flags
    given = {name: flags[at + 1] for at, name in enumerate(flags[:-1]) if name in _TOLERANCES}
    known = {*given, *given.values(), "space_change_sensitive", "case_sensitive"}
    if unknown := [flag for flag in flags if flag not in known]:
        allowed = "the default validator knows case_sensitive, space_change_sensitive and "
        raise FormatError("validator flags", " ".join(unknown), allowed + ", ".join(_TOLERANCES))
    if given:
        both = given.get("float_tolerance")
        table: dict[str, Any] = {"kind": "floats"}
        absolute = given.get("float_absolute_tolerance", both)
        relative = given.get("float_relative_tolerance", both)
        if absolute is not None:
            table["absolute"] = _tolerance(absolute)
        if relative is not None:
            # carrel allows no relative error of the whole number or more: any number is right.
            table["relative"] = min(_tolerance(relative), 0.999999)
    elif exact_space:
        table = {"kind": "exact"}
    else:
        table = {"kind": "tokens"}
    return table | ({"ignore_case": True} if ignore_case else {})


def note_differences(flags: tuple[str, ...], notes: Notes) -> None:
    """Note where `comparison` is not quite what the default validator does."""
    tolerant = any(name in flags for name in _TOLERANCES)
    if tolerant and "space_change_sensitive" in flags:
        notes.change("`space_change_sensitive` beside a tolerance: white space is not compared")
    for name in _TOLERANCES[::2]:
        if name in flags[:-1] and _tolerance(flags[flags.index(name) + 1]) >= 1:
            notes.change(f"`{name}` of 1 or more: the relative error allowed is 0.999999")


def _tolerance(text: str) -> float:
    if not re.fullmatch(r"\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        raise FormatError("validator flags", text, "give a tolerance such as 1e-6")
    return float(text)


def _is_program(files: list[str]) -> bool:
    ignored = (".md", ".txt", ".h", ".hpp")
    return any(PurePosixPath(name).suffix not in ignored for name in files)


def _is_one_program(children: Mapping[str, list[str]]) -> bool:
    """Return whether the folder's own files are the program, not folders in it."""
    return any(_is_program([name]) for name, files in children.items() if len(files) == 1)


def _program(package: Package, problem: Problem, files: list[str], notes: Notes) -> Validator:
    try:
        program = find_program(package, files)
    except OtherLanguageError as error:
        allowed = "carrel cannot run it; write it in C++, C, Java or Python"
        raise FormatError(files[0], str(error), allowed) from None
    for script in program.scripts:
        notes.drop(f"`{script}`: the validator is built as any {program.language} program is")
    for key in ("validation_time", "validation_memory"):
        given = problem.limits.number(key)
        if given is not None and given > (_VALIDATION_S if key.endswith("time") else 512):
            notes.drop(f"`{key}: {given:g}`: a checker has {_VALIDATION_S} s of CPU time, 512 MB")
    kept = {
        f"validator/{PurePosixPath(name).name}": problem.filled_in_bytes(package.read(name))
        for name in (program.main, *program.files)
    }
    main = f"validator/{PurePosixPath(program.main).name}"
    table: dict[str, Any] = {
        "program": main,
        "language": program.language.value,
        "convention": "kattis",
    }
    if beside := [name for name in kept if name != main]:
        table["files"] = beside
    return Validator(table, kept)
