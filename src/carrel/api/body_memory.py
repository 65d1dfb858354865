"""How much memory the bodies of all requests take together.

The attack: somebody who is signed in sends many of the largest bodies at once. Each is
bounded, and there may be a thousand connections. So what they hold together is bounded,
too. Bodies of the usual size are not counted: nobody can keep others from signing in or
handing in by sending large ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from carrel.api.problems import RETRY_AFTER_S, Problem
from carrel.core.sizes import KIB, MIB

UNCOUNTED_BYTES = 64 * KIB
MOST_BYTES = 256 * MIB


class BodyMemory:
    """What is left of it; `most` bytes for all requests of one event loop."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._left = most

    @contextmanager
    def holding(self) -> Iterator[BodyHeld]:
        """Give what one request holds, for as long as the block runs."""
        held = BodyHeld(self)
        try:
            yield held
        finally:
            self._left += held.size

    def take(self, size: int) -> None:
        """Take some; Problem (503) when there is not so much left."""
        if size > self._left:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                "Very many large requests come at this moment. Send this one again later.",
                RETRY_AFTER_S,
            )
        self._left -= size


class BodyHeld:
    """What one request's body takes of it."""

    def __init__(self, memory: BodyMemory) -> None:
        self.size = 0
        self._memory = memory

    def grow_to(self, size: int) -> None:
        """Say how long the body is now; Problem (503) when that is too much."""
        counted = max(0, size - UNCOUNTED_BYTES)
        if counted > self.size:
            self._memory.take(counted - self.size)
            self.size = counted
