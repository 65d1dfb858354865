"""How a class is doing on one exercise, and who struggles; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STRUGGLING_BELOW = 50
"""Below this score, of 100, a student gets the first hint and a teacher sees the name."""


@dataclass(frozen=True)
class Standing:
    """What counts of a student: the score, 0 to 100, and whether all points are earned."""

    score: float
    passed: bool

    @property
    def struggling(self) -> bool:
        """Whether a teacher should look after the student."""
        return self.score < STRUGGLING_BELOW


@dataclass(frozen=True)
class Overview:
    """A class of at least one: rates and scores are 0 to 100, names in the order given."""

    participants: int
    completed: int
    completion_rate: float
    average_score: float
    struggling: tuple[str, ...]


def overview(standings: Mapping[str, Standing]) -> Overview | None:
    """Return how a class is doing, by its students' names; None for nobody."""
    count = len(standings)
    if not count:
        return None
    completed = sum(standing.passed for standing in standings.values())
    return Overview(
        participants=count,
        completed=completed,
        completion_rate=completed / count * 100,
        average_score=sum(standing.score for standing in standings.values()) / count,
        struggling=tuple(who for who, standing in standings.items() if standing.struggling),
    )
