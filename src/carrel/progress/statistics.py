"""A student's attempts in numbers; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Attempt:
    """One graded submission: to which exercise, and whether it earned all points."""

    exercise: str
    passed: bool


@dataclass(frozen=True)
class Statistics:
    """Counts of submissions, of those that passed, and of exercises that are completed."""

    submissions: int
    passed: int
    completed: int

    @property
    def success_rate(self) -> float:
        """Passed of all submissions, 0 to 1; 0 without any."""
        return self.passed / self.submissions if self.submissions else 0

    @property
    def attempts_per_exercise(self) -> float:
        """All submissions for each completed exercise; 0 while none is."""
        return self.submissions / self.completed if self.completed else 0


def statistics(attempts: Iterable[Attempt]) -> Statistics:
    """Return the numbers for these attempts; an exercise is completed by its first pass."""
    made = list(attempts)
    completed = {attempt.exercise for attempt in made if attempt.passed}
    return Statistics(len(made), sum(attempt.passed for attempt in made), len(completed))
