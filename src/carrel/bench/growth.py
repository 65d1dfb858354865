"""What is left after many sandboxes: processes, descriptors, groups, files, memory."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path

from carrel.bench.figures import Compare, Figure
from carrel.bench.sandboxes import TEMPLATE, TRUE
from carrel.core.sizes import MIB
from carrel.sandbox.pool import SandboxPool
from carrel.testing.leaks import Traces

_WARM_UP = 20
_RSS_NOISE = 2 * MIB
"""Less than this much more resident memory is the allocator's, not a leak."""


async def growth(pool: SandboxPool, run_dir: Path, cycles: int) -> Figure:
    """Measure what is new on the host after `cycles` sandboxes; the pool must keep none warm."""
    await _cycles(pool, min(_WARM_UP, cycles))
    gc.collect()
    before, rss = Traces.of(run_dir), _rss()
    await _cycles(pool, cycles)
    gc.collect()
    await asyncio.sleep(0.5)
    left = Traces.of(run_dir).new_since(before)
    more = _rss() - rss
    return Figure(
        "growth",
        f"Left after {cycles:,} cycles",
        "items",
        float(len(left)) + (more > _RSS_NOISE),
        0.0,
        "before them",
        Compare.VALUE,
        0,
        details={"rss_growth_mib": round(more / MIB, 2), "left": left[:20]},
    )


async def _cycles(pool: SandboxPool, count: int) -> None:
    left = iter(range(count))

    async def some() -> None:
        for _ in left:
            async with pool.sandbox(TEMPLATE) as box:
                await box.execute(TRUE)

    await asyncio.gather(*(some() for _ in range(os.cpu_count() or 1)))


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
