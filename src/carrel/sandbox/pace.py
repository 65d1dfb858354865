"""The clocks of a sandbox that runs slower than this host, read in this host's pace.

An emulated machine needs several times the CPU time of the host for the same work, and a
limit of time would mean another thing there. So what is busy is divided by the factor, and
what sleeps or waits is not: it takes as long as anywhere. Where nothing is emulated the
factor is 1 and all of this changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`slowdown` is how many times longer the same work takes; at least 1."""

    slowdown: float = 1.0

    def cpu_us(self, used_us: int) -> int:
        """Return the CPU time that the same work would have taken here, both in µs."""
        return used_us if self.slowdown == 1 else round(used_us / self.slowdown)

    def wall_s(self, passed_s: float, used_us: int) -> float:
        """Return how long the same program would have taken here, in seconds.

        `passed_s` has passed, of which it was busy for `used_us` of CPU time, or all along
        when it used more than one core.
        """
        busy_s = min(passed_s, used_us / 1e6)
        return passed_s - busy_s * (1 - 1 / self.slowdown)
