"""Whether verdicts and CPU times stay the same when the machine is overloaded."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from carrel.bench.figures import Compare, Figure, median
from carrel.bench.programs import BUSY, MIX
from carrel.core.sizes import MIB
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

OVERLOAD = 4
_NEAR = 0.7
_PROBE_STEPS = 2_000_000


@dataclass(frozen=True)
class _Case:
    kind: str
    source: str


async def fairness(pool: SandboxPool, *, count: int, cpu_ms: int) -> Figure:
    """Judge `count` submissions on a quiet and on an overloaded machine and compare."""
    limits = RunLimits(cpu_ms=cpu_ms, wall_ms=2 * cpu_ms, memory_bytes=128 * MIB)
    steps = await _steps_for(pool, _NEAR * cpu_ms)
    kinds = list(MIX)
    cases = [
        _Case(kind, MIX[kind].replace("{steps}", str(steps)))
        for kind in (kinds[number % len(kinds)] for number in range(count))
    ]
    quiet = await _judge_all(pool, cases, limits)
    with overload():
        busy = await _judge_all(pool, cases, limits)
    changes = [
        abs(b.cpu_ms - a.cpu_ms) / a.cpu_ms
        for case, a, b in zip(cases, quiet, busy, strict=True)
        if case.kind == kinds[1]
    ]
    different = [
        f"{case.kind}: {a.verdict} ({a.cpu_ms} ms), overloaded {b.verdict} ({b.cpu_ms} ms)"
        for case, a, b in zip(cases, quiet, busy, strict=True)
        if a.verdict is not b.verdict
    ]
    return Figure(
        "fairness",
        f"Verdicts that change at {OVERLOAD}x load",
        "verdicts",
        float(len(different)),
        0.0,
        "the same on a quiet machine",
        Compare.VALUE,
        0,
        details={
            "submissions": count,
            "different": different,
            "cpu_time_change_median": round(median(changes), 3),
            "cpu_time_change_max": round(max(changes), 3),
            "cpu_ms_quiet": [verdict.cpu_ms for verdict in quiet],
            "cpu_ms_overloaded": [verdict.cpu_ms for verdict in busy],
            "verdicts": {
                kind: sorted(
                    {v.verdict for c, v in zip(cases, quiet, strict=True) if c.kind == kind}
                )
                for kind in kinds
            },
        },
    )


async def _steps_for(pool: SandboxPool, cpu_ms: float) -> int:
    """Return how far the busy program must count to use this much CPU time here."""
    limits = RunLimits(cpu_ms=20_000, wall_ms=20_000)
    case = _Case("", BUSY.replace("{steps}", str(_PROBE_STEPS)))
    empty = _Case("", BUSY.replace("{steps}", "0"))
    start, end = await _one(pool, empty, limits), await _one(pool, case, limits)
    per_step = max(1, end.cpu_ms - start.cpu_ms) / _PROBE_STEPS
    return max(1, round((cpu_ms - start.cpu_ms) / per_step))


async def _judge_all(pool: SandboxPool, cases: list[_Case], limits: RunLimits) -> list[TestVerdict]:
    places = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(case: _Case) -> TestVerdict:
        async with places:
            return await _one(pool, case, limits)

    return list(await asyncio.gather(*(one(case) for case in cases)))


async def _one(pool: SandboxPool, case: _Case, limits: RunLimits) -> TestVerdict:
    job = Job(
        submission=Submission(Language.PYTHON, case.source.encode()),
        tests=[StdioTest(b"1 2\n", b"done\n")],
        limits=limits,
    )
    (verdict,) = (await judge(pool, job)).tests
    if verdict.verdict is Verdict.COMPILE_ERROR:
        raise AssertionError(f"the program for {case.kind!r} does not compile")
    return verdict


@contextlib.contextmanager
def overload() -> Iterator[None]:
    """Keep the machine busy for a `with` block: four busy processes per core."""
    burners = [
        subprocess.Popen([sys.executable, "-I", "-S", "-c", "while True: pass"])
        for _ in range(OVERLOAD * (os.cpu_count() or 1))
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
        for burner in burners:
            burner.wait()
