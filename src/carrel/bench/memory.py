"""What sandboxes take of the host's memory: alone, many together, and while a program runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from carrel.bench.floor import Floor
from carrel.bench.sandboxes import TEMPLATE, TRUE, proportional_mib
from carrel.bench.throughput import rate
from carrel.bench.turns import Found, Row, Side, in_turns
from carrel.core.sizes import MIB
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Program

_HELD_MIB = 32
_IDLE = ("cat",)
_HOLD_SOURCE = f"""\
import sys
data = bytes(range(256)) * ({_HELD_MIB} << 12)
print("held", flush=True)
sys.stdin.read()
"""
_HOLD = ("python3", "-I", "-S", "-c", _HOLD_SOURCE)
_HELD_WITHIN_S = 60.0
_SETTLE_S = 0.5


async def memory(sides: Sequence[Side], floor: Floor, *, together: int, busy: int) -> list[Found]:
    """Measure sandboxes that exist at the same time: `together` idle ones, then `busy` ones."""

    async def idle(side: Side) -> tuple[float, float, float]:
        async with _several(side.cold, 1) as boxes:
            alone = await _settled(boxes)
        async with _several(side.cold, together) as boxes:
            return alone, await _settled(boxes), _charged(boxes)

    async def held(side: Side) -> float:
        async with _several(side.cold, busy) as boxes, AsyncExitStack() as stack:
            for box in boxes:
                await stack.enter_async_context(_holding(box))
            return await _settled(boxes) / busy

    (bare,), idles = await in_turns(sides, 1, lambda: floor.memory_mib(_IDLE), idle)
    (bare_busy,), helds = await in_turns(sides, 1, lambda: floor.memory_mib(_HOLD), held)
    one = Row(
        "idle-memory",
        f"Memory of an idle sandbox, one of {together}",
        "MiB",
        "a bare process that waits, cat",
    )
    several = Row(
        "shared-memory",
        f"Memory of {together} idle sandboxes of one template",
        "MiB",
        f"{together} times one alone",
    )
    used = Row(
        "busy-memory", f"Memory while Python holds {_HELD_MIB} MiB in it, one of {busy}", "MiB"
    )
    rows: list[Found] = [{}, {}, {}]
    for isolation, ((alone, total, charged),) in idles.items():
        rows[0][isolation] = one.figure(
            isolation,
            total / together,
            bare,
            one_alone=round(alone, 1),
            in_its_control_group=round(charged / together, 1),
        )
        rows[1][isolation] = several.figure(isolation, total, together * alone)
    for isolation, (value,) in helds.items():
        rows[2][isolation] = used.figure(isolation, value, bare_busy)
    return rows


@asynccontextmanager
async def _several(pool: SandboxPool, count: int) -> AsyncIterator[list[LiveSandbox]]:
    """Start this many sandboxes that each have run a command; as many at a time as cores."""
    boxes: list[LiveSandbox] = []

    async def one() -> None:
        box = await pool.acquire(TEMPLATE)
        boxes.append(box)
        await box.execute(TRUE)

    try:
        await rate(one, count)
        yield boxes
    finally:
        await asyncio.gather(*(box.destroy() for box in boxes))


@asynccontextmanager
async def _holding(box: LiveSandbox) -> AsyncIterator[None]:
    """Run a program that holds memory for a `with` block."""
    held = asyncio.Event()
    program = Program(argv=_HOLD, limits=RunLimits(wall_ms=600_000), stdin=None)
    running = box.start(program, on_stdout=lambda _: held.set())
    async with asyncio.timeout(_HELD_WITHIN_S):
        await held.wait()
    try:
        yield
    finally:
        running.end_input()
        await running.wait()


async def _settled(boxes: Sequence[LiveSandbox]) -> float:
    """Return the sandboxes' share of the host's memory in MiB, a moment after their last work."""
    await asyncio.sleep(_SETTLE_S)
    return proportional_mib(process for box in boxes for process in box.host_processes())


def _charged(boxes: Sequence[LiveSandbox]) -> float:
    usages = [box.usage() for box in boxes]
    return sum(usage.memory_bytes - usage.file_bytes for usage in usages) / MIB
