"""An exercise: what students are asked, and how their answers are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from carrel.judge.kinds.types import JudgeTest
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits

_RIGHT = ({Verdict.ACCEPTED}, {Verdict.ACCEPTED, Verdict.PARTIAL})


class Scoring(StrEnum):
    """How the tests of a group earn its points."""

    SUM = "sum"
    ALL_OR_NOTHING = "all-or-nothing"
    MINIMUM = "minimum"


@dataclass(frozen=True)
class Group:
    """Tests whose points are counted together.

    `points` are what the group is worth; the points of its tests are then their weights.
    None: as many as its tests have together. Nothing is earned unless all tests of the
    groups in `requires` are passed.
    """

    name: str
    scoring: Scoring = Scoring.SUM
    points: int | None = None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hint:
    """A hint, given from so many attempts on, and only while the best score is below."""

    text: str
    after_attempts: int = 0
    below_score: float | None = None


@dataclass(frozen=True)
class Metadata:
    """What helps to find an exercise and to know where it comes from."""

    tags: tuple[str, ...] = ()
    difficulty: str | None = None
    licence: str | None = None
    authors: tuple[str, ...] = ()
    source: str | None = None


@dataclass(frozen=True)
class ExerciseTest:
    """One test of an exercise; `judge` is what it does.

    A hidden test's data, and everything a program does with them, are for teachers
    only; students see that it exists, its points and its verdict. repr() leaves the
    data out.
    """

    name: str
    judge: JudgeTest
    points: int = 1
    hidden: bool = False
    group: str | None = None
    said_if_passed: str = field(default="", compare=False)
    said_if_failed: str = field(default="", compare=False)

    def __repr__(self) -> str:
        """Return the test for a log: never its data, which may be hidden or large."""
        return f"ExerciseTest(name={self.name!r}, points={self.points}, hidden={self.hidden})"


@dataclass(frozen=True)
class Solution:
    """A program that comes with the exercise, and how it must come out.

    `verdict` is that of the whole. None: every test's is one of `permitted`, and one
    test's is one of `required`; where either is empty, any will do. `points` are a number
    or the least and the most, None if any will do. `files` lie beside the source.
    """

    file: str
    language: Language
    source: bytes = field(repr=False)
    verdict: Verdict | None = Verdict.ACCEPTED
    points: float | tuple[float, float] | None = None
    permitted: tuple[Verdict, ...] = ()
    required: tuple[Verdict, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, hash=False)

    @property
    def is_right(self) -> bool:
        """Whether it shows that the exercise can be solved."""
        return self.verdict is Verdict.ACCEPTED or (
            self.verdict is None and set(self.permitted) in _RIGHT
        )

    @property
    def expected(self) -> str:
        """The verdict that is expected, in words."""
        if self.verdict is not None:
            return self.verdict.words
        every, some = (" or ".join(v.words for v in vs) for vs in (self.permitted, self.required))
        said = [f"every test {every}"] * bool(every) + [f"a test {some}"] * bool(some)
        return ", ".join(said) or "anything"

    def is_met(self, verdict: Verdict, tests: Sequence[Verdict], points: float) -> bool:
        """Return whether it came out as it must."""
        if verdict is Verdict.PLATFORM_FAULT:
            as_expected = False
        elif self.verdict is not None:
            as_expected = verdict is self.verdict
        else:
            of_tests = tests or [verdict]
            as_expected = (
                not self.permitted or all(one in self.permitted for one in of_tests)
            ) and (not self.required or any(one in self.required for one in of_tests))
        if self.points is None:
            return as_expected
        least, most = self.points if isinstance(self.points, tuple) else (self.points,) * 2
        return as_expected and least <= points <= most


@dataclass(frozen=True)
class Exercise:
    """An exercise as it was loaded from its folder, complete and checked.

    `limits` hold for one test in each language. `data` are files that every program finds
    in its directory, read-only; `assets` those that the statement shows, by the names it
    uses. `hidden_names`: students see what hidden tests are called. `version` changes with
    any file of the exercise.
    """

    id: str
    title: str
    statement: str
    languages: tuple[Language, ...]
    tests: tuple[ExerciseTest, ...]
    limits: Mapping[Language, RunLimits]
    starters: Mapping[Language, str] = field(default_factory=dict, repr=False)
    hints: tuple[Hint, ...] = ()
    solutions: tuple[Solution, ...] = ()
    groups: tuple[Group, ...] = ()
    data: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    assets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    hidden_names: bool = False
    metadata: Metadata = Metadata()
    version: str = ""

    @property
    def points(self) -> int:
        """All points there are."""
        fixed = {group.name: group.points for group in self.groups if group.points is not None}
        loose = sum(test.points for test in self.tests if test.group not in fixed)
        return loose + sum(fixed.values())
