"""How many submissions of a batch run at a time.

Theory of operation. Two programs that compute on two cores finish no later than four
would, and none is pushed towards its limits by the others. So there are as many
submissions in flight as there are cores. But a program that sleeps until its time is up
needs no core, and a few of those must not hold up everybody else. So every half second
the batch looks at what each of its sandboxes has used of the CPU since; one that used
next to nothing *waits* and does not count, and another submission is let in, up to the
caller's maximum. A program that is only slow because the machine is crowded still uses
its share and counts, so a crowd does not make the batch add to it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

from carrel.core.errors import PlatformFaultError
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender

T = TypeVar("T")

LOOK_S = 0.5
_WAITING_SHARE = 0.12
"""Of one core, per sandbox. gVisor needs up to half of that for a program that sleeps."""


class Slot:
    """One submission in flight, and the sandboxes that it has at the moment."""

    def __init__(self) -> None:
        self.waits = False
        self._boxes: list[LiveSandbox] = []
        self._last: tuple[float, int] | None = None

    def watch(self, box: LiveSandbox) -> None:
        """Look at this sandbox too from now on; those that ended are forgotten."""
        self._boxes = [*(old for old in self._boxes if old.is_alive), box]
        self._last, self.waits = None, False

    def look(self) -> None:
        """See whether the submission has used the CPU since the last look."""
        used_us = self._used_us()
        last, now = self._last, time.monotonic()
        self._last = None if used_us is None else (now, used_us)
        self.waits = (
            used_us is not None
            and last is not None
            # Less than before: one of them has ended since, and its share with it.
            and 0 <= used_us - last[1] < self._waiting_share() * 1e6 * (now - last[0])
        )

    def _waiting_share(self) -> float:
        return _WAITING_SHARE * sum(box.is_alive for box in self._boxes)

    def _used_us(self) -> int | None:
        alive = [box for box in self._boxes if box.is_alive]
        try:
            return sum(box.usage().cpu_us for box in alive) if alive else None
        except PlatformFaultError:
            return None  # one is just being destroyed


class _WatchedPool:
    """Lends sandboxes of a pool, and tells a slot which ones."""

    def __init__(self, pool: Lender, slot: Slot) -> None:
        self._pool = pool
        self._slot = slot

    @property
    def isolation(self) -> str:
        return self._pool.isolation

    async def acquire(self, template: str, limits: SandboxLimits | None = None) -> LiveSandbox:
        box = await self._pool.acquire(template, limits)
        self._slot.watch(box)
        return box

    async def acquire_beside(
        self, template: str, limits: SandboxLimits | None = None
    ) -> LiveSandbox:
        box = await self._pool.acquire_beside(template, limits)
        self._slot.watch(box)
        return box


def watched(pool: Lender, slot: Slot) -> Lender:
    """Return the pool as the judge uses it, with a slot looking on."""
    return _WatchedPool(pool, slot)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


async def run_all(
    items: Sequence[T],
    work: Callable[[T, Slot], Awaitable[None]],
    *,
    at_most: int,
    at_work: int,
) -> None:
    """Do the work on every item, begun in this order; `work` must not raise.

    `at_most` are in flight at a time, of which `at_work` do not wait.
    """
    slots: set[Slot] = set()
    ended = anyio.Event()
    next_look = time.monotonic() + LOOK_S

    async def one(item: T, slot: Slot) -> None:
        try:
            await work(item, slot)
        finally:
            slots.discard(slot)
            ended.set()

    async with anyio.create_task_group() as group:
        for item in items:
            while len(slots) >= at_most or sum(not slot.waits for slot in slots) >= at_work:
                ended = anyio.Event()
                with anyio.move_on_after(max(0.0, next_look - time.monotonic())):
                    await ended.wait()
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + LOOK_S
                    for slot in slots:
                        slot.look()
            slot = Slot()
            slots.add(slot)
            group.start_soon(one, item, slot)
