"""How far the judge is with a submission, as whoever waits for it may be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What happens to a submission at the moment."""

    COMPILING = "compiling"
    TESTING = "testing"


@dataclass(frozen=True)
class Progress:
    """`done` of `total` tests are over, hidden ones counted; nothing else is told of a test.

    `done` begins at 0 again when the submission is judged again after a platform fault.
    """

    phase: Phase
    done: int
    total: int


OnProgress = Callable[[Progress], None]
"""Is told of each step on the event loop, and must not block it; what it raises ends the work."""
