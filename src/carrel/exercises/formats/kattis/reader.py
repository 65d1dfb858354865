"""From a Kattis package to an exercise: the parts put together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from carrel.archives.entries import FileTree
from carrel.core.sizes import MIB
from carrel.exercises.formats.kattis.data import SAMPLE, Data, read_data
from carrel.exercises.formats.kattis.grading import GradedCase, Grading, grade_data
from carrel.exercises.formats.kattis.package import TIMELIMIT, Package
from carrel.exercises.formats.kattis.problem import Problem, note_facts, read_problem
from carrel.exercises.formats.kattis.statements import read_statements
from carrel.exercises.formats.kattis.submissions import languages_of, read_submissions
from carrel.exercises.formats.kattis.validators import (
    Validator,
    note_differences,
    read_validator,
)
from carrel.exercises.formats.types import FormatError, Imported, Notes
from carrel.exercises.schema import MAX_TESTS
from carrel.languages.registry import GENERAL
from carrel.sandbox.limits import MAX_MEMORY, MIN_MEMORY

_MEMORY_MIB = 1024
_LEGACY_FACTOR, _FACTOR = 5.0, 2.0
_NOT_KEPT = {
    "input_validators": "the input validators: carrel takes the test data as they are",
    "input_format_validators": "the input validators: carrel takes the test data as they are",
    "answer_validators": "the answer validators: carrel takes the test data as they are",
    "graders": "the grader of the package's own",
    "include": "the files to be compiled with every submission (`include`): programs that need "
    "them do not run",
    "static_validator": "the static validator",
    "input_visualizer": "the input visualizer",
    "output_visualizer": "the output visualizer",
    "generators": "the generators of test data",
    "solution": "the description of the solution",
}
_KEPT = frozenset(
    {
        "problem.yaml",
        TIMELIMIT,
        "domjudge-problem.ini",
        "data",
        "submissions",
        "statement",
        "problem_statement",
        "output_validators",
        "output_validator",
        "attachments",
    }
)
_LIMITS = frozenset(
    {
        "time_limit",
        "time_multiplier",
        "time_multipliers",
        "time_resolution",
        "time_safety_margin",
        "memory",
        "output",
        "validation_time",
        "validation_memory",
    }
)


def read_kattis(tree: FileTree, name: str) -> Imported:
    """Return the exercise that a Kattis or ICPC problem package holds; see `Reader`."""
    package, notes = Package(tree), Notes()
    for refused in package.refused:
        notes.drop(f"`{refused.name}`: it {refused.reason}")
    _note_what_is_left(package, notes)
    problem = read_problem(package, notes)
    note_facts(package, notes)
    data = read_data(package, problem, notes)
    validator = read_validator(package, problem, notes)
    problem = replace(problem, custom_score=problem.custom_score and validator.program is not None)
    grading = grade_data(problem, data, notes)
    if len(grading.cases) > MAX_TESTS:
        raise FormatError("data", f"{len(grading.cases)} test cases", f"at most {MAX_TESTS:,}")
    statements = read_statements(package, problem, data, notes)
    languages = languages_of(problem, notes)
    submissions = read_submissions(package, problem, grading, languages, notes)
    title = statements.title or problem.names.get("en") or _words(name)
    table: dict[str, Any] = {
        "id": _identifier(package.root.rstrip("/").split("/")[-1] or name),
        "title": title[:200],
        "statement": "statement.md",
    }
    if languages != GENERAL:
        table["languages"] = [language.value for language in languages]
    tests = _Tests(package, problem, grading, validator, notes)
    if tests.checker is not None:
        table["checker"] = tests.checker
    table["metadata"] = _metadata(problem)
    limits, factor, step = _limits(package, problem, notes)
    table["limits"] = limits
    table["groups"] = _groups(grading)
    table["tests"] = tests.tables()
    if submissions.tables:
        table["solutions"] = submissions.tables
    files = {**statements.files, **validator.files, **submissions.files, **tests.files}
    return Imported(
        table={key: value for key, value in table.items() if value},
        files=files,
        notes=notes,
        comments=_comments(data),
        time_factor=factor,
        time_step=step,
    )


class _Tests:
    """`[[tests]]`, with `checker` taken out where all tests have the same."""

    def __init__(
        self,
        package: Package,
        problem: Problem,
        grading: Grading,
        validator: Validator,
        notes: Notes,
    ) -> None:
        self._problem = problem
        self._grading = grading
        self.files: dict[str, bytes] = {}
        for one in grading.cases:
            self._keep(package, one)
            note_differences(one.case.flags, notes)
        self._judges = [
            validator.table(one.case.flags, one.full if problem.custom_score else None)
            for one in grading.cases
        ]
        first = self._judges[0]
        same = all(judge == first for judge in self._judges)
        self.checker: Any = first if same and not problem.interactive else None

    def _keep(self, package: Package, one: GradedCase) -> None:
        case = one.case
        end = ".ans" if self._problem.interactive else ".out"
        self.files[f"tests/{case.name}.in"] = package.read(case.input)
        if case.answer is not None:
            self.files[f"tests/{case.name}{end}"] = package.read(case.answer)

    def tables(self) -> list[dict[str, Any]]:
        """Return one table per test."""
        return [self._table(*pair) for pair in zip(self._grading.cases, self._judges, strict=True)]

    def _table(self, one: GradedCase, judge: Any) -> dict[str, Any]:
        case = one.case
        table: dict[str, Any] = {}
        if self._problem.interactive:
            table["kind"] = "interactive"
        table["file"] = case.name
        points = self._points(one)
        if points != 1:
            table["points"] = points
        if not case.name.startswith(f"{SAMPLE}/"):
            table["hidden"] = True
        if one.group is not None:
            table["group"] = one.group
        if case.args and not self._problem.interactive:
            table["args"] = list(case.args)
        if self._problem.interactive:
            table["interactor"] = judge
        elif self.checker is None:
            table["checker"] = judge
        if case.hint:
            table["feedback"] = {"failed": case.hint}
        return table

    def _points(self, one: GradedCase) -> int:
        fixed = {group.name for group in self._grading.groups if group.points is not None}
        # In a group with points of its own, those of its tests are weights.
        return round(one.points) if one.group in fixed else self._grading.whole(one.points)


def _groups(grading: Grading) -> list[dict[str, Any]]:
    tables = []
    for group in grading.groups:
        table: dict[str, Any] = {"name": group.name, "scoring": group.scoring.value}
        if group.points is not None:
            table["points"] = grading.whole(group.points)
        if group.requires:
            table["requires"] = list(group.requires)
        tables.append(table)
    return tables


def _limits(
    package: Package, problem: Problem, notes: Notes
) -> tuple[dict[str, Any], float | None, float]:
    """Return `[limits]`; and, where the time limit is to be measured, factor and step."""
    limits = problem.limits
    for key in limits.given():
        if key not in _LIMITS:
            notes.drop(f"`limits: {key}`, for which carrel has no limit of an exercise's own")
    memory = limits.number("memory", most=MAX_MEMORY / MIB)
    if memory is None:
        notes.change(f"No memory limit is given: `{_MEMORY_MIB}M`. Make it smaller if you can.")
    least = MIN_MEMORY // MIB
    table: dict[str, Any] = {"memory": f"{max(int(memory or _MEMORY_MIB), least)}M"}
    output = limits.number("output", most=1024)
    if output:
        table["output"] = f"{int(output)}M" if output == int(output) else f"{int(output * 1024)}K"
    factors = limits.mapping("time_multipliers")
    factor = limits.number("time_multiplier") or factors.number("ac_to_time_limit")
    factor = factor or (_LEGACY_FACTOR if problem.legacy else _FACTOR)
    step = limits.number("time_resolution") or 1.0
    time = _time_limit(package, problem)
    if time is None:
        notes.change(
            "No time limit is given: Kattis takes it from the slowest accepted submission, times "
            f"{factor:g}. `carrel import --measure` does the same on this machine; without it the "
            "limit is carrel's usual one."
        )
        return table, factor, step
    return {"time": min(max(time, 0.05), 600)} | table, None, step


def _time_limit(package: Package, problem: Problem) -> float | None:
    """Return the time limit in seconds that a package gives in one of three places."""
    given = problem.limits.number("time_limit", most=3600)
    if given is not None:
        return given
    if TIMELIMIT in package:
        text = package.text(TIMELIMIT).strip()
    elif "domjudge-problem.ini" in package:
        found = re.search(
            r"""^\s*timelimit\s*=\s*['"]?([0-9.]+)""",
            package.text("domjudge-problem.ini"),
            re.MULTILINE,
        )
        text = found[1] if found else ""
    else:
        return None
    return float(text) if re.fullmatch(r"\d{1,4}(\.\d{1,6})?", text, re.ASCII) else None


def _metadata(problem: Problem) -> dict[str, Any]:
    table: dict[str, Any] = {"tags": list(problem.keywords)}
    if problem.licence and problem.licence != "unknown":
        table["licence"] = problem.licence
    table |= {"authors": list(problem.authors), "source": problem.source}
    return {key: value for key, value in table.items() if value}


def _comments(data: Data) -> Mapping[str, str]:
    cases = (*data.sample.all_cases(), *data.secret.all_cases())
    return {case.name: case.description for case in cases if case.description}


def _note_what_is_left(package: Package, notes: Notes) -> None:
    for name in package.top():
        if name in _NOT_KEPT:
            notes.drop(_NOT_KEPT[name])
        elif name not in _KEPT:
            notes.drop(f"`{name}`, which is no part of the format")


def _identifier(name: str) -> str:
    stem = PurePosixPath(name).stem if name.endswith((".zip", ".kpp", ".tar", ".gz")) else name
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:64].strip("-") or "exercise"


def _words(name: str) -> str:
    return re.sub(r"[-_.]+", " ", name).strip().capitalize() or "Exercise"
