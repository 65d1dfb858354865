"""Which hints a student is given."""

from __future__ import annotations

from collections.abc import Sequence

from carrel.exercises.types import Hint
from carrel.grading.student import StudentView


def unlocked(hints: Sequence[Hint], attempts: int, best_score: float) -> list[str]:
    """Return the texts of the hints to give, in order.

    `attempts` counts the submissions that did not earn all points, `best_score` is the
    best of them, 0 to 100.
    """
    return [
        hint.text
        for hint in hints
        if attempts >= hint.after_attempts
        and (hint.below_score is None or best_score < hint.below_score)
    ]


def after_one(hints: Sequence[Hint], view: StudentView) -> tuple[str, ...]:
    """Return the hints for somebody who is graded once, as if it was their first attempt.

    There are none for a program that earned all points.
    """
    if view.passed and view.earned >= view.total:
        return ()
    return tuple(unlocked(hints, 1, view.percentage))
