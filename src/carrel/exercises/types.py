"""An exercise: what students are asked, and how their answers are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carrel.judge.kinds.types import JudgeTest
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits


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

    def __repr__(self) -> str:
        """Return the test for a log: never its data, which may be hidden or large."""
        return f"ExerciseTest(name={self.name!r}, points={self.points}, hidden={self.hidden})"


@dataclass(frozen=True)
class Solution:
    """A program that comes with the exercise, and how it must come out.

    `points` None means that only the verdict is expected.
    """

    file: str
    language: Language
    source: bytes = field(repr=False)
    verdict: Verdict = Verdict.ACCEPTED
    points: float | None = None


@dataclass(frozen=True)
class Exercise:
    """An exercise as it was loaded from its folder, complete and checked.

    `limits` hold for one test in each language.
    """

    id: str
    title: str
    statement: str
    languages: tuple[Language, ...]
    tests: tuple[ExerciseTest, ...]
    limits: Mapping[Language, RunLimits]
    starters: Mapping[Language, str] = field(default_factory=dict, repr=False)
    hints: tuple[str, ...] = ()
    solutions: tuple[Solution, ...] = ()

    @property
    def points(self) -> int:
        """All points there are."""
        return sum(test.points for test in self.tests)
