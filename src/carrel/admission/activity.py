"""Whether a work in flight computes or only waits, from what its sandboxes use of the CPU.

Every half second while somebody waits for a place, each work's sandboxes are looked at.
One that used next to nothing since the last look is *idle*. A program that is only slow
because the machine is crowded still uses its share and counts as busy, so a crowd does
not make the machine add to it.
"""

from __future__ import annotations

import time

from carrel.core.errors import PlatformFaultError
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender

_IDLE_SHARE = 0.12
"""Of one core, per sandbox. gVisor needs up to half of that for a program that sleeps."""


class Activity:
    """A work in flight, seen by the sandboxes that it has at the moment."""

    def __init__(self) -> None:
        self.idle = False
        self._boxes: list[LiveSandbox] = []
        self._last: tuple[float, int] | None = None

    def watch(self, box: LiveSandbox) -> None:
        """Look at this sandbox too from now on; those that ended are forgotten."""
        self._boxes = [*(old for old in self._boxes if old.is_alive), box]
        self._last, self.idle = None, False

    def look(self) -> None:
        """See whether the work has used the CPU since the last look."""
        used_us = self._used_us()
        last, now = self._last, time.monotonic()
        self._last = None if used_us is None else (now, used_us)
        self.idle = (
            used_us is not None
            and last is not None
            # Less than before: one of them has ended since, and its share with it.
            and 0 <= used_us - last[1] < self._idle_share() * 1e6 * (now - last[0])
        )

    def _idle_share(self) -> float:
        return _IDLE_SHARE * sum(box.is_alive for box in self._boxes)

    def _used_us(self) -> int | None:
        alive = [box for box in self._boxes if box.is_alive]
        try:
            return sum(box.usage().cpu_us for box in alive) if alive else None
        except PlatformFaultError:
            return None  # one is just being destroyed


class WatchedPool:
    """Lends sandboxes of a pool, and has their work watch them."""

    def __init__(self, pool: Lender, activity: Activity) -> None:
        self._pool = pool
        self._activity = activity

    @property
    def isolation(self) -> str:
        """What isolates the pool's sandboxes."""
        return self._pool.isolation

    async def acquire(self, template: str, limits: SandboxLimits | None = None) -> LiveSandbox:
        """Hand out a sandbox; the caller must `destroy` it."""
        box = await self._pool.acquire(template, limits)
        self._activity.watch(box)
        return box

    async def acquire_beside(
        self, template: str, limits: SandboxLimits | None = None
    ) -> LiveSandbox:
        """Hand out a second sandbox to a caller that holds one already."""
        box = await self._pool.acquire_beside(template, limits)
        self._activity.watch(box)
        return box
