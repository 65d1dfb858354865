"""How fast a batch is, beside its floor: `sudo .venv/bin/python -m benchmarks.batch.rate`.

Three ways to grade N different submissions of four tests, in turns, in one process and
with the same warm pool:

- `batch`: the engine of `carrel batch`, with files, grades and journal;
- `floor`: their sandboxes and processes alone: acquire, write, compile, run each test's
  program, destroy, as many at a time as there are cores; nothing is looked at;
- `fresh`: one fresh sandbox for each test (compiled in each), like the floor otherwise,
  of a quarter of the submissions.

Goals: batch / floor at least 0.85, batch / fresh at least 2.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from carrel.admission.admission import Admission
from carrel.batch.choosing import Wanted
from carrel.batch.journal import Journal
from carrel.batch.rows import Status
from carrel.batch.run import Batch, grade_batch, open_submissions, take_in
from carrel.bench.programs import TESTS, adding
from carrel.bootstrap import default_settings, open_pool
from carrel.exercises.loading import load_exercise
from carrel.judge.plan import Plan, Submission, make_plan
from carrel.languages.registry import SPECS, Language, parse_language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

LIMITS = RunLimits(cpu_ms=10_000, wall_ms=10_000, memory_bytes=256 << 20)
CORES = len(os.sched_getaffinity(0))


def comment(language: Language, number: int, submission: int) -> bytes:
    """Return a line that makes a program another one."""
    mark = "#" if language.value in ("python", "r", "bash") else "//"
    return f"\n{mark} {number}.{submission}\n".encode()


def write_class(folder: Path, language: Language, count: int, turn: int) -> None:
    """Write submissions that all do the same and are all different."""
    folder.mkdir()
    extension = min(SPECS[language].extensions)
    source = adding(language).source
    for number in range(count):
        (folder / f"s{number}{extension}").write_bytes(source + comment(language, turn, number))


def write_exercise(folder: Path, language: Language) -> None:
    """Write the exercise with the four tests."""
    folder.mkdir()
    tests = "".join(
        f"[[tests]]\nname = '{number}'\ninput = {json.dumps(test.input.decode())}\n"
        f"expected = {json.dumps(test.expected.decode())}\n"
        for number, test in enumerate(TESTS)
    )
    (folder / "exercise.toml").write_text(
        f"id = 'sum'\ntitle = 'Sum'\nstatement = 'statement.md'\nlanguages = ['{language}']\n"
        f"[limits]\ntime = 10.0\nmemory = '256M'\n{tests}"
    )
    (folder / "statement.md").write_text("Add.")


async def through_batch(
    pool: SandboxPool, place: Path, language: Language, count: int, turn: int
) -> float:
    """Return submissions per second of a batch."""
    folder = place / f"class-{turn}"
    await asyncio.to_thread(write_class, folder, language, count, turn)
    exercise = load_exercise(place / "exercise")
    start = time.monotonic()
    tree, archive = open_submissions(folder)
    batch = Batch(exercise, "bench", {}, Wanted((language,)), tree, "")
    batch = take_in(batch, None, layout="folders", archive=archive)
    with Journal(place / f"out-{turn}") as journal:
        results = await grade_batch(Admission(pool), batch, journal, at_most=50)
        seconds = time.monotonic() - start
        assert results.counts() == {Status.GRADED: count}, results.counts()
        assert all(r.grade and r.grade.teacher.verdict == "accepted" for r in results)
    shutil.rmtree(folder)
    return count / seconds


async def run_bare(pool: SandboxPool, plan: Plan, inputs: Iterable[bytes]) -> None:
    """Run a plan's programs in one sandbox and look at nothing."""
    box = await pool.acquire(plan.spec.template, plan.sandbox_limits)
    try:
        for step in plan.steps:
            for path, data in step.files.items():
                await box.write_file(path, data, readonly=True)
            if step.program is not None:
                await box.execute(step.program)
        for given in inputs:
            await box.execute(plan.program(given))
    finally:
        await box.destroy()


async def bare(
    pool: SandboxPool, language: Language, count: int, turn: int, *, fresh: bool
) -> float:
    """Return submissions per second of their sandboxes and processes alone."""
    source = adding(language).source

    async def one(number: int) -> None:
        changed = source + comment(language, turn, number)
        plan = make_plan(Submission(language, changed), LIMITS)
        inputs = [test.input for test in TESTS]
        for group in [[given] for given in inputs] if fresh else [inputs]:
            await run_bare(pool, plan, group)

    return await rate(one, count)


async def rate(work: Callable[[int], Awaitable[None]], count: int) -> float:
    """Return how often per second `work` is done, as many at a time as there are cores."""
    left = iter(range(count))

    async def some() -> None:
        for number in left:
            await work(number)

    start = time.monotonic()
    await asyncio.gather(*(some() for _ in range(min(count, CORES))))
    return count / (time.monotonic() - start)


async def measure(language: Language, count: int, rounds: int) -> dict[str, list[float]]:
    """Return the rates of all rounds."""
    settings = default_settings()
    run_dir = settings.run_dir / f"bench-batch-{os.getpid()}"
    pool = await open_pool(settings.model_copy(update={"run_dir": run_dir}))
    rates: dict[str, list[float]] = {"batch": [], "floor": [], "fresh": []}
    try:
        with tempfile.TemporaryDirectory(prefix="carrel-bench-") as name:
            write_exercise(Path(name, "exercise"), language)
            await bare(pool, language, CORES, -1, fresh=False)  # fills the pool, warms the disk
            for turn in range(rounds):
                # In turns, so that a slow minute of the machine hits both alike.
                for what in ("floor", "batch") if turn % 2 else ("batch", "floor"):
                    rates[what].append(
                        await through_batch(pool, Path(name), language, count, turn)
                        if what == "batch"
                        else await bare(pool, language, count, turn, fresh=False)
                    )
                few = max(CORES, count // 4)
                rates["fresh"].append(await bare(pool, language, few, turn, fresh=True))
    finally:
        await pool.close()
        shutil.rmtree(run_dir, ignore_errors=True)
    return rates


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("-n", "--submissions", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--language", default="python")
    given = parser.parse_args(arguments)
    language = parse_language(given.language)
    rates = asyncio.run(measure(language, given.submissions, given.rounds))
    median = {what: statistics.median(found) for what, found in rates.items()}
    shares = [b / f for b, f in zip(rates["batch"], rates["floor"], strict=True)]
    report = {
        "language": language.value,
        "submissions": given.submissions,
        "cores": CORES,
        "kernel": platform.release(),
        "load_1min": round(os.getloadavg()[0], 2),
        "per_second": {what: [round(x, 2) for x in found] for what, found in rates.items()},
        "batch_of_floor": round(statistics.median(shares), 3),
        "batch_of_fresh": round(median["batch"] / median["fresh"], 2),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
