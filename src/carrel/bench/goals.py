"""What the figures of each isolation should come to, where a goal was set.

The shares of a bare process's submissions per second are those of peers that were
measured on one machine (two cores, Debian 12, the same jobs, the floor in the same run):
for namespaces isolate 1.10 with control groups, for gVisor the better of DMOJ 4.1 and
Jobe, of which both leave the host's kernel to the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carrel.bench.figures import Compare


@dataclass(frozen=True)
class Goal:
    """What bounds a figure: its ratio or its value, from above or (`at_least`) from below.

    A `bound` of None is no goal.
    """

    bound: float | None
    compare: Compare = Compare.RATIO
    at_least: bool = False


def _share(bound: float) -> Goal:
    return Goal(bound, at_least=True)


_HAND_OUT = Goal(10, Compare.VALUE)

GOALS: Mapping[str, Mapping[str, Goal]] = {
    "namespaces": {
        "hand-out": _HAND_OUT,
        "test-cpp": Goal(1.3),
        "test-python": Goal(1.3),
        "test-javascript": Goal(1.3),
        "test-java": Goal(1.3),
        "throughput-c": _share(0.56),
        "throughput-cpp": _share(0.87),
        "throughput-python": _share(0.61),
        "throughput-javascript": _share(0.66),
        "throughput-java": _share(0.93),
    },
    "gvisor": {
        "hand-out": _HAND_OUT,
        "idle-memory": Goal(40, Compare.VALUE),
        "throughput-c": _share(0.31),
        "throughput-cpp": _share(0.58),
        "throughput-python": _share(0.17),
        "throughput-javascript": _share(0.26),
        "throughput-java": _share(0.65),
    },
    "microvm": {
        "cold-creation": Goal(80, Compare.VALUE),
        "hand-out": _HAND_OUT,
    },
}
"""By isolation and figure."""

_NONE = Goal(None)


def goal_of(isolation: str, figure: str) -> Goal:
    """Return the goal of a figure; one without a bound where none was set."""
    return GOALS.get(isolation, {}).get(figure, _NONE)
