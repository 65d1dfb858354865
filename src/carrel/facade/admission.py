"""How many submissions of a batch run at a time.

Theory of operation. Two programs that compute on two cores finish no later than four
would, and no program is pushed towards its time limit by the others. So there are as
many submissions in flight as there are cores. But a program that sleeps until its time
is up needs no core, and a few of them must not hold up everybody else: while cores
stand idle, one more submission is let in per look, up to the caller's maximum.
Idleness is measured on the whole machine, so whatever else runs here counts too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import anyio

T = TypeVar("T")

_LOOK_S = 0.2
"""Longer than it takes to start a program: one that was let in shows as load by then."""

_IDLE_CORES = 0.5

_STAT = Path("/proc/stat")

CpuTimes = Mapping[int, tuple[int, int]]
"""By core: how long it stood idle, and how long in all, in the kernel's ticks."""


def read_cpu_times(stat: str, cores: frozenset[int]) -> CpuTimes:
    """Return the times of these cores from the text of /proc/stat."""
    times: dict[int, tuple[int, int]] = {}
    for line in stat.splitlines():
        name, *figures = line.split()
        number = name.removeprefix("cpu")
        if name.startswith("cpu") and number.isdigit() and int(number) in cores:
            # user nice system idle iowait irq softirq steal; guests are in user already
            ticks = [int(figure) for figure in figures[:8]]
            times[int(number)] = (ticks[3] + ticks[4], sum(ticks))
    return times


def idle_cores(before: CpuTimes, after: CpuTimes) -> float:
    """Return how many cores stood idle between two looks."""
    idle = 0.0
    for core, (idle_then, all_then) in before.items():
        idle_now, all_now = after.get(core, (idle_then, all_then))
        if all_now > all_then:
            idle += (idle_now - idle_then) / (all_now - all_then)
    return idle


class Machine:
    """The cores of this process, looked at from time to time."""

    def __init__(self) -> None:
        self._cores = frozenset(os.sched_getaffinity(0))
        self._last = self._read()
        self._at = time.monotonic()

    @property
    def cores(self) -> int:
        """How many there are."""
        return len(self._cores)

    def has_idle(self) -> bool:
        """Whether a good part of a core stood idle since the last look, if that is a while ago."""
        now = time.monotonic()
        if now - self._at < _LOOK_S:
            return False
        before, self._last, self._at = self._last, self._read(), now
        return idle_cores(before, self._last) >= _IDLE_CORES

    def _read(self) -> CpuTimes:
        return read_cpu_times(_STAT.read_text(encoding="ascii"), self._cores)


async def run_all(
    items: Sequence[T], work: Callable[[T], Awaitable[None]], *, at_most: int
) -> None:
    """Do the work on every item, in order of their start; `work` must not raise."""
    machine = Machine()
    running = 0
    ended = anyio.Event()

    async def one(item: T) -> None:
        nonlocal running
        try:
            await work(item)
        finally:
            running -= 1
            ended.set()

    async with anyio.create_task_group() as group:
        for item in items:
            while running >= min(at_most, machine.cores) and not (
                running < at_most and machine.has_idle()
            ):
                ended = anyio.Event()
                with anyio.move_on_after(_LOOK_S):
                    await ended.wait()
            running += 1
            group.start_soon(one, item)
