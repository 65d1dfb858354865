"""Figures about one sandbox: its creation, warm and cold, its memory, one more test."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

from carrel.bench import bare
from carrel.bench.figures import Compare, Figure, median, quantile, spread
from carrel.bench.programs import LIMITS, adding
from carrel.core.sizes import MIB
from carrel.judge.build import prepare
from carrel.judge.checkers.text import lenient
from carrel.judge.classify import classify
from carrel.judge.plan import make_plan
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Identity, Program

TEMPLATE = "base"
TRUE = Program(argv=("/bin/true",), limits=RunLimits(wall_ms=10_000))
_SETTLE_S = 0.3
_IN_MEMORY = "/memfd:"


async def warm_creation(pool: SandboxPool, rounds: int) -> Figure:
    """Measure from asking a full pool to the first command's result."""
    created: list[float] = []
    existing: list[float] = []
    async with pool.sandbox(TEMPLATE) as old:
        await old.execute(TRUE)
        for _ in range(rounds):
            await filled(pool, TEMPLATE)
            start = time.monotonic()
            box = await pool.acquire(TEMPLATE)
            try:
                await box.execute(TRUE)
                created.append(ms_since(start))
            finally:
                await box.destroy()
            await filled(pool, TEMPLATE)
            start = time.monotonic()
            await old.execute(TRUE)
            existing.append(ms_since(start))
    return Figure(
        "warm-creation",
        "Warm creation to first result, p50",
        "ms",
        median(created),
        median(existing),
        "the bare command in an existing sandbox",
        Compare.DIFFERENCE,
        10,
        details={
            "created": spread(created),
            "existing": spread(existing),
            "p95_difference": round(quantile(created, 0.95) - quantile(existing, 0.95), 2),
        },
    )


async def filled(pool: SandboxPool, template: str, within_s: float = 10.0) -> None:
    """Wait until the pool starts nothing more, so that a measurement has the machine."""
    await pool.prepare(template)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            before = -1
            while (now := pool.live) != before or not pool.warm.get(template):
                before = now
                await asyncio.sleep(_SETTLE_S)


async def cold_creation(pool: SandboxPool, image: Path, rounds: int) -> Figure:
    """Measure a creation from nothing; the pool must keep no warm ones."""
    ours: list[float] = []
    bare_ms: list[float] = []
    for _ in range(rounds):
        bare_ms.append(await asyncio.to_thread(bare.run_true, image))
        start = time.monotonic()
        box = await pool.acquire(TEMPLATE)
        ours.append(ms_since(start))
        await box.destroy()
    return Figure(
        "cold-creation",
        "Cold creation, p50",
        "ms",
        median(ours),
        median(bare_ms),
        "`runsc run` of /bin/true, same image",
        Compare.RATIO,
        1.3,
        details={"carrel": spread(ours), "bare": spread(bare_ms)},
    )


async def additional_test(pool: SandboxPool, language: Language, rounds: int) -> Figure:
    """Measure one more test of a submission against a bare spawn of the same program."""
    plan = make_plan(adding(language), LIMITS)
    box, _ = await prepare(pool, plan)
    test = plan.program(b"2 3\n")
    spawn = Program(
        argv=test.argv,
        limits=test.limits,
        identity=Identity.STUDENT,
        stdin=test.stdin,
        env=test.env,
        cwd="/app",
    )
    tests: list[float] = []
    spawns: list[float] = []
    try:
        for _ in range(2):  # the first ones read the program from disk
            await judged(box, test)
            await box.execute(spawn)
        for _ in range(rounds):
            start = time.monotonic()
            await judged(box, test)
            tests.append(ms_since(start))
            start = time.monotonic()
            await box.execute(spawn)
            spawns.append(ms_since(start))
    finally:
        await box.destroy()
    return Figure(
        f"additional-test-{language}",
        f"One more test, {language}, p50",
        "ms",
        median(tests),
        median(spawns),
        "a bare spawn of the same program by the agent",
        Compare.RATIO,
        1.15,
        details={"test": spread(tests), "spawn": spread(spawns)},
    )


async def judged(box: LiveSandbox, program: Program) -> None:
    """Do what the judge does for a test: run, classify, compare."""
    execution = await box.execute(program)
    if classify(execution, program.limits) is not None or not lenient(execution.stdout, b"5\n"):
        raise AssertionError(f"A+B went wrong: {execution}")


async def idle_memory(pool: SandboxPool, image: Path, rounds: int) -> Figure:
    """Measure the memory of a sandbox that has run a command and waits."""
    ours: list[float] = []
    bare_mb: list[float] = []
    caches: list[float] = []
    shares: dict[str, list[float]] = {"carrel": [], "bare": []}
    for _ in range(rounds):
        async with pool.sandbox(TEMPLATE) as box:
            await box.execute(TRUE)
            await asyncio.sleep(_SETTLE_S)
            usage = box.usage()
            ours.append(usage.memory_bytes / MIB)
            caches.append(usage.file_bytes / MIB)
            shares["carrel"].append(proportional_mib(box.host_processes()))
            async with bare.sleeping(image, box.host_processes()[0]) as group:
                await asyncio.sleep(1.0)
                bare_mb.append(group.usage().memory_bytes / MIB)
                shares["bare"].append(proportional_mib(group.processes()))
    return Figure(
        "idle-memory",
        "Memory of an idle sandbox",
        "MiB",
        median(ours),
        median(bare_mb),
        "a bare runsc sandbox that sleeps",
        Compare.VALUE,
        40,
        details={
            "of_it_page_cache": round(median(caches), 1),
            "pss": round(median(shares["carrel"]), 1),
            "bare_pss": round(median(shares["bare"]), 1),
            "samples": rounds,
        },
    )


def proportional_mib(processes: Iterable[int]) -> float:
    """Return the processes' share of the host's memory in MiB.

    It is their PSS: a page that several processes map counts for each by its part, so that
    sandboxes that share pages are charged for them once.
    """
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):  # it has just ended
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def backing_mib(processes: Iterable[int]) -> float:
    """Return the size in MiB of the files in memory that we keep open and these processes map.

    Such a file is there once for all sandboxes that begin as copies of it, and most of its
    pages are mapped by none of them at a time, so their PSS leaves it out.
    """
    kept: dict[str, int] = {}
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()).startswith(_IN_MEMORY):
                status = descriptor.stat()
                kept[str(status.st_ino)] = 512 * status.st_blocks
    mapped: set[str] = set()
    for process in processes:
        with contextlib.suppress(OSError):  # it has just ended
            lines = Path(f"/proc/{process}/maps").read_text().splitlines()
            mapped.update(line.split()[4] for line in lines if _IN_MEMORY in line)
    return sum(size for inode, size in kept.items() if inode in mapped) / MIB


def ms_since(start: float) -> float:
    """Return how many ms have passed since a moment of `time.monotonic`."""
    return 1000 * (time.monotonic() - start)
