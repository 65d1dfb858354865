"""Submissions per second: through the judge, the article's way, and without isolation."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from carrel.bench.figures import Compare, Figure, median
from carrel.bench.programs import LIMITS, TESTS, HostTools, adding, adding_job, host_tools
from carrel.core.errors import PlatformFaultError
from carrel.judge.build import prepare
from carrel.judge.judge import judge
from carrel.judge.plan import make_plan
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.pool import SandboxPool

_TIMEOUT_S = 60


async def throughput(
    pool: SandboxPool, cold_pool: SandboxPool, language: Language, *, count: int, rounds: int
) -> Figure:
    """Measure `count` submissions with four tests each, as many at a time as there are cores.

    The article's way is a fresh sandbox (`cold_pool` keeps none warm) for every
    test, and the compiler in each. The floor runs the same program on the host.
    """
    tools = host_tools(language)
    rates: dict[str, list[float]] = {"carrel": [], "article": [], "floor": []}

    async def ours() -> None:
        outcome = await judge(pool, adding_job(language))
        if outcome.verdict is not Verdict.ACCEPTED:
            raise PlatformFaultError(f"A+B in {language} came out as {outcome.verdict}")

    async def article() -> None:
        for test in TESTS:
            plan = make_plan(adding(language), LIMITS)
            box, _ = await prepare(cold_pool, plan)
            try:
                _expect((await box.execute(plan.program(test.input))).stdout, test.expected)
            finally:
                await box.destroy()

    async def floor() -> None:
        assert tools is not None  # noqa: S101 - only called then
        await asyncio.to_thread(on_host, language, tools)

    for _ in range(rounds):
        if tools is not None:
            rates["floor"].append(await rate(floor, count))
        await rate(ours, os.cpu_count() or 1)  # leaves the pool as full as it stays
        rates["carrel"].append(await rate(ours, count))
        rates["article"].append(await rate(article, max(2, count // 4)))
    return Figure(
        f"throughput-{language}",
        f"Submissions of 4 tests, {language}",
        "1/s",
        median(rates["carrel"]),
        median(rates["article"]),
        "one fresh sandbox per test",
        Compare.RATIO,
        2,
        at_least=True,
        details={
            "without_isolation": round(median(rates["floor"]), 2) if tools else None,
            "share_of_it": round(median(rates["carrel"]) / median(rates["floor"]), 3)
            if tools
            else None,
            "submissions": count * rounds,
        },
    )


async def rate(work: Callable[[], Awaitable[None]], count: int) -> float:
    """Return how many times per second `work` is done, as many at a time as there are cores."""
    left = iter(range(count))

    async def some() -> None:
        for _ in left:
            await work()

    start = time.monotonic()
    await asyncio.gather(*(some() for _ in range(min(count, os.cpu_count() or 1))))
    return count / (time.monotonic() - start)


def on_host(language: Language, tools: HostTools) -> None:
    """Build A+B and run its tests on the host, in a new directory, without isolation."""
    submission = adding(language)
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as name:
        Path(name, SPECS[language].entry(submission.source).source).write_bytes(submission.source)
        if tools.compile:
            subprocess.run(
                tools.compile, cwd=name, check=True, capture_output=True, timeout=_TIMEOUT_S
            )
        for test in TESTS:
            done = subprocess.run(
                tools.run,
                cwd=name,
                input=test.input,
                check=True,
                capture_output=True,
                timeout=_TIMEOUT_S,
            )
            _expect(done.stdout, test.expected)


def _expect(actual: bytes, expected: bytes) -> None:
    if actual.strip() != expected.strip():
        raise PlatformFaultError(f"A+B printed {actual[:80]!r} instead of {expected!r}")
