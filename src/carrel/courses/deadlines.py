"""When an assignment takes submissions, and how many; pure.

It is closed before `opens_at` and from `closes_at` on. After `due_at` and before it
closes, a submission is late, and still taken.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from carrel.core.errors import ConflictError, InvalidValueError
from carrel.courses.types import Assignment

MAX_ATTEMPTS = 1000


class Phase(StrEnum):
    """Where an assignment stands at a moment."""

    NOT_OPEN = "not-open"
    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"


def phase_of(assignment: Assignment, now: datetime) -> Phase:
    """Return where an assignment stands."""
    if assignment.opens_at is not None and now < assignment.opens_at:
        return Phase.NOT_OPEN
    if assignment.closes_at is not None and now >= assignment.closes_at:
        return Phase.CLOSED
    if assignment.due_at is not None and now >= assignment.due_at:
        return Phase.LATE
    return Phase.OPEN


def attempts_left(assignment: Assignment, used: int) -> int | None:
    """Return how many more submissions are taken; None if they are not limited."""
    if assignment.max_attempts is None:
        return None
    return max(0, assignment.max_attempts - used)


def check_opened(assignment: Assignment, now: datetime) -> None:
    """Raise ConflictError before an assignment opens."""
    if phase_of(assignment, now) is Phase.NOT_OPEN:
        raise ConflictError(f"This assignment opens at {_words(assignment.opens_at)}.")


def check_hand_in(assignment: Assignment, now: datetime, used: int) -> None:
    """Raise ConflictError, saying why, unless a submission is taken now.

    `used` counts the submissions so far, without those that a platform fault spoiled.
    """
    check_opened(assignment, now)
    if phase_of(assignment, now) is Phase.CLOSED:
        raise ConflictError(f"This assignment closed at {_words(assignment.closes_at)}.")
    if attempts_left(assignment, used) == 0:
        raise ConflictError(
            f"You have used all {assignment.max_attempts} attempts at this assignment."
        )


def check_times(
    opens_at: datetime | None,
    due_at: datetime | None,
    closes_at: datetime | None,
    max_attempts: int | None,
) -> None:
    """Raise InvalidValueError unless an assignment may have these values."""
    named = {"opens_at": opens_at, "due_at": due_at, "closes_at": closes_at}
    for name, moment in named.items():
        if moment is not None and moment.tzinfo is None:
            raise InvalidValueError(
                name, moment.isoformat(), "give a time with its zone: 2026-09-01T08:00:00Z"
            )
    given = [(name, moment) for name, moment in named.items() if moment is not None]
    for (before, earlier), (name, moment) in pairwise(given):
        if moment <= earlier:
            raise InvalidValueError(name, moment.isoformat(), f"give a time after {before}")
    if max_attempts is not None and not 1 <= max_attempts <= MAX_ATTEMPTS:
        raise InvalidValueError(
            "max_attempts", max_attempts, f"give 1 to {MAX_ATTEMPTS}, or leave it out for no limit"
        )


def _words(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M UTC")
