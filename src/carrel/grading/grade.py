"""From verdicts to points. What is here is the teacher's: see student.py for the student's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from carrel.exercises.types import ExerciseTest, Group, Scoring
from carrel.judge.verdict import SubmissionVerdict, TestVerdict, Verdict

_NOTHING = 1e-9
"""What adding up fractions may leave."""


@dataclass(frozen=True)
class GradedTest:
    """One test with its outcome."""

    test: ExerciseTest
    outcome: TestVerdict

    @property
    def exactly(self) -> float:
        """The test's points, or the part of them that its verdict is worth."""
        return self.test.points * self.outcome.score

    @property
    def earned(self) -> float:
        """The same to show, in hundredths; an int if whole."""
        return shown(self.exactly, self.test.points)


@dataclass(frozen=True)
class GradedGroup:
    """A group of tests with their outcomes; `counts`: the groups it requires are passed."""

    group: Group
    tests: tuple[GradedTest, ...]
    counts: bool = True

    @property
    def total(self) -> int:
        """The points of the group."""
        if self.group.points is not None:
            return self.group.points
        return sum(graded.test.points for graded in self.tests)

    @property
    def earned(self) -> float:
        """The points that its tests earn together, in hundredths; an int if whole."""
        return shown(self.exactly, self.total)

    @property
    def exactly(self) -> float:
        """The same, not rounded."""
        return self.total * self._share()

    def _share(self) -> float:
        if not self.counts:
            return 0.0
        scores = [graded.outcome.score for graded in self.tests]
        if self.group.scoring is Scoring.MINIMUM:
            return min(scores, default=0.0)
        weights = [graded.test.points for graded in self.tests]
        if self.group.scoring is Scoring.ALL_OR_NOTHING or not any(weights):
            return float(all(graded.outcome.passed for graded in self.tests))
        return sum(w * score for w, score in zip(weights, scores, strict=True)) / sum(weights)


@dataclass(frozen=True)
class Grade:
    """A graded submission with all that is known about it, hidden tests included.

    `groups` are those of the exercise's tests that are counted together.
    """

    tests: tuple[GradedTest, ...]
    verdict: Verdict
    compile_message: str | None = None
    groups: tuple[GradedGroup, ...] = ()
    isolation: str = ""

    @property
    def total(self) -> int:
        """The points there are."""
        return sum(part.total for part in self.groups) + sum(
            graded.test.points for graded in self._loose()
        )

    @property
    def earned(self) -> float:
        """The points of all tests and groups together; an int if whole."""
        loose = sum(graded.exactly for graded in self._loose())
        return shown(loose + sum(part.exactly for part in self.groups), self.total)

    @property
    def percentage(self) -> float:
        """Earned of total, 0 to 100; 0 where there are no points to earn."""
        return percentage(self.earned, self.total)

    @property
    def passed_count(self) -> int:
        """How many tests were passed."""
        return sum(graded.outcome.passed for graded in self.tests)

    def _loose(self) -> list[GradedTest]:
        grouped = {part.group.name for part in self.groups}
        return [graded for graded in self.tests if graded.test.group not in grouped]


def shown(points: float, total: float) -> float:
    """Return points in hundredths, as an int where whole; less than `total` stays less."""
    rounded = round(points, 2)
    if rounded >= total and points < total - _NOTHING:
        rounded = math.floor(points * 100) / 100
    return int(rounded) if rounded == int(rounded) else rounded


def percentage(earned: float, total: float) -> float:
    """Return `earned` of `total` as 0 to 100; 0 where there is nothing to earn."""
    return earned / total * 100 if total > 0 else 0.0


def grade(
    tests: Sequence[ExerciseTest], outcome: SubmissionVerdict, groups: Sequence[Group] = ()
) -> Grade:
    """Return the grade for the verdicts on these tests, given in the same order."""
    graded = tuple(GradedTest(t, v) for t, v in zip(tests, outcome.tests, strict=True))
    failed = {one.test.group for one in graded if not one.outcome.passed}
    for _ in groups:  # what requires a group that does not count does not count either
        failed |= {group.name for group in groups if not failed.isdisjoint(group.requires)}
    return Grade(
        graded,
        outcome.verdict,
        outcome.compile_message,
        tuple(
            GradedGroup(
                group,
                tuple(one for one in graded if one.test.group == group.name),
                counts=failed.isdisjoint(group.requires),
            )
            for group in groups
        ),
        isolation=outcome.isolation,
    )
