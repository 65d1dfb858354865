"""Measuring several isolations beside each other, and beside a bare process, in turns.

A measurement goes round: the bare process, then each isolation, then again. What else
the machine does then hits all of them alike, so ratios mean more than times.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from carrel.bench.figures import Figure
from carrel.bench.goals import goal_of
from carrel.core.errors import PlatformFaultError
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool

T = TypeVar("T")

Found = dict[str, Figure]
"""One row: a measurement's figure by isolation."""


@dataclass
class Side:
    """One isolation: a pool as users have it, and one that keeps nothing warm.

    `on_kvm` is whether its sandboxes were seen to run on the hardware's virtualisation,
    `fault` why it is measured no further.
    """

    isolation: str
    pool: SandboxPool
    cold: SandboxPool
    on_kvm: bool
    fault: str | None = None


@dataclass(frozen=True)
class Row:
    """What is measured, and what each isolation's figure of it stands beside."""

    id: str
    title: str
    unit: str
    floor_is: str = "a bare process of the same program"

    def figure(
        self, isolation: str, value: float, floor: float | None, **details: object
    ) -> Figure:
        """Return the figure of one isolation, with the goal that it has."""
        goal = goal_of(isolation, self.id)
        return Figure(
            self.id,
            self.title,
            self.unit,
            value,
            floor,
            self.floor_is,
            goal.compare,
            goal.bound,
            at_least=goal.at_least,
            details=details,
        )


async def in_turns(
    sides: Sequence[Side],
    rounds: int,
    bare: Callable[[], Awaitable[float]],
    ours: Callable[[Side], Awaitable[T]],
) -> tuple[list[float], dict[str, list[T]]]:
    """Return the samples of the bare process, and those of each side that came through."""
    floor: list[float] = []
    found: dict[str, list[T]] = {side.isolation: [] for side in sides}
    for _ in range(rounds):
        floor.append(await bare())
        for side in sides:
            if side.fault is None:
                try:
                    found[side.isolation].append(await ours(side))
                except PlatformFaultError as error:
                    side.fault = str(error)
    return floor, {side.isolation: found[side.isolation] for side in sides if side.fault is None}


@asynccontextmanager
async def kept(
    start: Callable[[Side], Awaitable[LiveSandbox]],
) -> AsyncIterator[Callable[[Side], Awaitable[LiveSandbox]]]:
    """Yield what returns each side's own sandbox, started when it is first asked for."""
    boxes: dict[str, LiveSandbox] = {}

    async def box(side: Side) -> LiveSandbox:
        if side.isolation not in boxes:
            boxes[side.isolation] = await start(side)
        return boxes[side.isolation]

    try:
        yield box
    finally:
        for one in boxes.values():
            await one.destroy()
