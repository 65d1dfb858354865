"""data/: test cases in groups, each with the settings that hold for it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from carrel.exercises.formats.kattis.package import Package, Settings
from carrel.exercises.formats.kattis.problem import Problem
from carrel.exercises.formats.types import FormatError, Notes

SAMPLE, SECRET = "sample", "secret"
_LEGACY_FILE, _FILE = "testdata.yaml", "test_group.yaml"
_PICTURES = (".png", ".jpg", ".jpeg", ".svg")
_LEGACY_KEYS = frozenset(
    {
        "on_reject",
        "grading",
        "grader_flags",
        "input_validator_flags",
        "output_validator_flags",
        "accept_score",
        "reject_score",
        "range",
    }
)
_KEYS = frozenset(
    {
        "max_score",
        "score_aggregation",
        "static_validation_score",
        "require_pass",
        "args",
        "input_validator_args",
        "static_validator_args",
        "output_validator_args",
        "input_visualizer_args",
        "output_visualizer_args",
        "full_feedback",
    }
)
_CASE_KEYS = frozenset({"hint", "description"}) | {
    key for key in _KEYS if key.endswith("_args") or key in ("args", "full_feedback")
}
_NOT_FOR_JUDGING = frozenset(
    {"input_validator_args", "input_validator_flags"}
    | {"input_visualizer_args", "output_visualizer_args"}
)
_NO_TESTS = ("invalid_input", "invalid_inputs", "invalid_output", "invalid_outputs")
_VALID = ("valid_output", "valid_outputs")


@dataclass(frozen=True)
class Case:
    """A test case, by its name below data/: `secret/group1/01`.

    `input` and `answer` are files of the package. `args` are the program's, `flags` the
    output validator's. `accept_score` and `score_range` are the legacy format's.
    """

    name: str
    input: str
    answer: str | None
    args: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    hint: str = ""
    description: str = ""
    accept_score: float = 1.0


@dataclass(frozen=True)
class Node:
    """A group of test cases and groups; `settings` are inherited where the format says so."""

    name: str
    settings: Mapping[str, Any]
    cases: tuple[Case, ...] = ()
    groups: tuple[Node, ...] = field(default=())

    def all_cases(self) -> tuple[Case, ...]:
        """Return all its test cases, those of its groups too, in the order of judging."""
        inner = [(group.name, group.all_cases()) for group in self.groups]
        own = [(case.name, (case,)) for case in self.cases]
        return tuple(case for _, cases in sorted(own + inner) for case in cases)


@dataclass(frozen=True)
class Data:
    """All test data. `legacy` is the generation that its settings are of."""

    legacy: bool
    root: Mapping[str, Any]
    sample: Node
    secret: Node


def read_data(package: Package, problem: Problem, notes: Notes) -> Data:
    """Return the test cases; FormatError when there are none in data/secret."""
    files = {PurePosixPath(name).name for name in package.below("data")}
    legacy = problem.legacy or (_LEGACY_FILE in files and _FILE not in files)
    reader = _Reader(package, problem, notes, legacy=legacy)
    for folder in package.children("data"):
        if folder in _NO_TESTS + _VALID:
            notes.drop(f"`data/{folder}`, with which the package tests its own validators")
    root = reader.settings("data", {})
    data = Data(legacy, root, reader.node(SAMPLE, root), reader.node(SECRET, root))
    if not data.secret.all_cases():
        allowed = "put NAME.in and NAME.ans there; a package is judged by these"
        raise FormatError("data/secret", "no test cases", allowed)
    return data


class _Reader:
    def __init__(self, package: Package, problem: Problem, notes: Notes, *, legacy: bool) -> None:
        self._package = package
        self._problem = problem
        self._notes = notes
        self._legacy = legacy

    def settings(self, folder: str, inherited: Mapping[str, Any]) -> dict[str, Any]:
        """Return a group's settings, with what it inherits."""
        file = f"{folder}/{_LEGACY_FILE if self._legacy else _FILE}"
        own = self._package.settings(file)
        known = _LEGACY_KEYS if self._legacy else _KEYS
        for key in own.given():
            if key not in known:
                self._notes.drop(f"`{key}` in `{file}`, which is not a field of the format")
            elif key in _NOT_FOR_JUDGING:
                self._notes.drop("arguments for input validators and visualizers in test groups")
            elif key in ("static_validation_score", "static_validator_args"):
                self._notes.drop(f"`{key}` in `{file}`: carrel has no static validators")
            elif key == "full_feedback" and "secret" in file and own.raw(key) is True:
                self._notes.drop(
                    f"`full_feedback` in `{file}`: tests are shown from the start or never"
                )
        kept = {key: own.raw(key) for key in own.given()}
        # The newer format's groups inherit nothing but what test cases take from them.
        return {**inherited, **kept} if self._legacy else kept

    def node(self, name: str, inherited: Mapping[str, Any]) -> Node:
        """Return the group in data/NAME."""
        folder = f"data/{name}"
        settings = self.settings(folder, inherited)
        children = self._package.children(folder)
        stems = [child[:-3] for child in children if child.endswith(".in")]
        groups: list[Node] = []
        used = {_LEGACY_FILE, _FILE}
        cases = [self._case(f"{name}/{stem}", settings, used, children) for stem in stems]
        for child, files in children.items():
            is_folder = files != [f"{folder}/{child}"]
            if is_folder and child not in used:
                used.add(child)
                group = self.node(f"{name}/{child}", settings)
                if group.all_cases():
                    groups.append(group)
        for child in sorted(children.keys() - used):
            if not child.endswith(".interaction"):
                self._notes.drop(f"`{folder}/{child}`, which belongs to no test case")
        return Node(name, settings, tuple(cases), tuple(groups))

    def _case(
        self,
        name: str,
        group: Mapping[str, Any],
        used: set[str],
        children: Mapping[str, object],
    ) -> Case:
        path = f"data/{name}"
        stem = PurePosixPath(name).name
        there = {end: f"{path}{end}" for end in _ENDS if f"{stem}{end}" in children}
        used.update(f"{stem}{end}" for end in there)
        answer = there.get(".ans")
        if answer is None and not self._problem.interactive:
            raise FormatError(f"{path}.in", "no answer", f"add {path}.ans")
        own = Settings(f"{path}.yaml", {})
        if ".yaml" in there:
            own = self._package.settings(there[".yaml"])
        for key in own.given():
            if key not in _CASE_KEYS:
                self._notes.drop(f"`{key}` in `{own.where}`, which is not a field of the format")
        for end in (*_PICTURES, ".in.download", ".ans.download"):
            if end in there:
                self._notes.drop(f"`{there[end]}`: more of a test case than its input and answer")
        if any(child.startswith(f"{stem}.files") for child in children):
            used.add(f"{stem}.files")
            self._notes.drop(f"`{path}.files`: files for one test case; carrel has `data` for all")
        merged = Settings(own.where, {**group, **{key: own.raw(key) for key in own.given()}})
        return Case(
            name=name,
            input=f"{path}.in",
            answer=answer,
            args=merged.words("args") or (),
            flags=self._flags(merged),
            hint=own.text("hint") or self._said(there.get(".hint")),
            description=own.text("description") or self._said(there.get(".desc")),
            accept_score=_score(merged) if self._legacy else 1.0,
        )

    def _flags(self, settings: Settings) -> tuple[str, ...]:
        """Return the output validator's arguments for a test case."""
        if not self._legacy:
            return settings.words("output_validator_args") or ()
        value = settings.raw("output_validator_flags")
        if isinstance(value, dict):
            value = settings.mapping("output_validator_flags").text("flags")
        own = shlex.split(str(value)) if value else []
        return (*self._problem.flags, *own)

    def _said(self, name: str | None) -> str:
        return self._package.text(name).strip() if name else ""


_ENDS = (
    ".in",
    ".ans",
    ".out",
    ".yaml",
    ".hint",
    ".desc",
    ".interaction",
    ".in.statement",
    ".ans.statement",
    ".in.download",
    ".ans.download",
    *_PICTURES,
)


def _score(settings: Settings) -> float:
    score = settings.number("accept_score")
    return 1.0 if score is None else score
