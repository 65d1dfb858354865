"""What sandboxes take of the host's memory: alone, many together, and while a program runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from carrel.bench.floor import Floor
from carrel.bench.sandboxes import TEMPLATE, TRUE, backing_mib, proportional_mib
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


@dataclass(frozen=True)
class _Idle:
    """In MiB: one sandbox alone, all together, what of that is there once, their groups."""

    alone: float
    total: float
    backing: float
    charged: float


async def memory(sides: Sequence[Side], floor: Floor, *, together: int, busy: int) -> list[Found]:
    """Measure sandboxes that exist at the same time: `together` idle ones, then `busy` ones."""

    async def idle(side: Side) -> _Idle:
        async with several(side.cold, 1) as boxes:
            alone = await _settled(boxes)
        async with several(side.cold, together) as boxes:
            backing = backing_mib(_processes(boxes))
            return _Idle(alone, await _settled(boxes) + backing, backing, _charged(boxes))

    async def held(side: Side) -> float:
        async with several(side.cold, busy) as boxes, AsyncExitStack() as stack:
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
    many = Row(
        "shared-memory",
        f"Memory of {together} idle sandboxes of one template",
        "MiB",
        f"{together} times one alone",
    )
    used = Row(
        "busy-memory", f"Memory while Python holds {_HELD_MIB} MiB in it, one of {busy}", "MiB"
    )
    rows: list[Found] = [{}, {}, {}]
    for isolation, (found,) in idles.items():
        rows[0][isolation] = one.figure(
            isolation,
            found.total / together,
            bare,
            one_alone=round(found.alone, 1),
            in_its_control_group=round(found.charged / together, 1),
        )
        rows[1][isolation] = many.figure(
            isolation, found.total, together * found.alone, of_it_once=round(found.backing, 1)
        )
    for isolation, (value,) in helds.items():
        rows[2][isolation] = used.figure(isolation, value, bare_busy)
    return rows


@asynccontextmanager
async def several(pool: SandboxPool, count: int) -> AsyncIterator[list[LiveSandbox]]:
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
    return proportional_mib(_processes(boxes))


def _processes(boxes: Sequence[LiveSandbox]) -> list[int]:
    return [process for box in boxes for process in box.host_processes()]


def _charged(boxes: Sequence[LiveSandbox]) -> float:
    usages = [box.usage() for box in boxes]
    return sum(usage.memory_bytes - usage.file_bytes for usage in usages) / MIB
