"""From verdicts to points. What is here is the teacher's: see student.py for the student's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carrel.exercises.types import ExerciseTest
from carrel.judge.verdict import SubmissionVerdict, TestVerdict, Verdict


@dataclass(frozen=True)
class GradedTest:
    """One test with its outcome."""

    test: ExerciseTest
    outcome: TestVerdict

    @property
    def earned(self) -> float:
        """The test's points, or the part of them that its verdict is worth; an int if whole."""
        return whole(self.test.points * self.outcome.score)


@dataclass(frozen=True)
class Grade:
    """A graded submission with all that is known about it, hidden tests included."""

    tests: tuple[GradedTest, ...]
    verdict: Verdict
    compile_message: str | None = None

    @property
    def total(self) -> int:
        """The points there are."""
        return sum(graded.test.points for graded in self.tests)

    @property
    def earned(self) -> float:
        """The points of all tests together; an int if whole."""
        return whole(sum(graded.earned for graded in self.tests))

    @property
    def percentage(self) -> float:
        """Earned of total, 0 to 100; 0 where there are no points to earn."""
        return percentage(self.earned, self.total)

    @property
    def passed_count(self) -> int:
        """How many tests were passed."""
        return sum(graded.outcome.passed for graded in self.tests)


def whole(points: float) -> float:
    """Return points rounded to hundredths, as an int where nothing is left of them."""
    rounded = round(points, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def percentage(earned: float, total: float) -> float:
    """Return `earned` of `total` as 0 to 100; 0 where there is nothing to earn."""
    return earned / total * 100 if total > 0 else 0.0


def grade(tests: Sequence[ExerciseTest], outcome: SubmissionVerdict) -> Grade:
    """Return the grade for the verdicts on these tests, given in the same order."""
    graded = tuple(GradedTest(t, v) for t, v in zip(tests, outcome.tests, strict=True))
    return Grade(graded, outcome.verdict, outcome.compile_message)
