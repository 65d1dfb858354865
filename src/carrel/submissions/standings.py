"""How somebody stands at an assignment, from what was handed in; pure."""

from __future__ import annotations

from dataclasses import replace

from carrel.submissions.states import Status
from carrel.submissions.types import Points, Standing


def with_another(standing: Standing, status: Status, points: Points | None) -> Standing:
    """Return a standing after one more submission; `points` are None until it is graded.

    A submission that a platform fault spoiled uses no attempt.
    """
    return replace(
        standing,
        attempts_used=standing.attempts_used + (status is not Status.PLATFORM_FAULT),
        newest=status,
        best=better(standing.best, points),
        failed=standing.failed + (points is not None and points.earned < points.total),
    )


def better(one: Points | None, other: Points | None) -> Points | None:
    """Return the better of two results, by the part of the points there are; `one` if equal."""
    if one is None or other is None:
        return one or other
    return other if share(other) > share(one) else one


def share(points: Points) -> float:
    """Return which part of the points was earned, 0 to 1; 0 where there are none."""
    return points.earned / points.total if points.total > 0 else 0.0
