"""Creation, spawn, one more test and throughput of several isolations, side by side."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from carrel.bench.figures import median, spread
from carrel.bench.floor import Command, Floor
from carrel.bench.programs import LIMITS, TESTS, adding, adding_job
from carrel.bench.sandboxes import TEMPLATE, TRUE, filled, judged, ms_since
from carrel.bench.throughput import rate
from carrel.bench.turns import Found, Row, Side, in_turns, kept
from carrel.core.errors import PlatformFaultError
from carrel.judge.build import prepare
from carrel.judge.judge import judge
from carrel.judge.plan import Plan, make_plan
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool

_TRUE = "a bare process, /bin/true"
_COLD = Row("cold-creation", "Creation from nothing to its first answer, p50", "ms", _TRUE)
_WARM = Row("warm-creation", "Warm creation to the first command's result, p50", "ms", _TRUE)
_HAND_OUT = Row("hand-out", "Warm creation, more than the command itself", "ms", "nothing")
_SPAWN = Row("spawn", "A command in an existing sandbox, p50", "ms", _TRUE)


async def creation(sides: Sequence[Side], floor: Floor, rounds: int) -> list[Found]:
    """Measure a creation from nothing, one from a full pool, and a command in an old sandbox."""

    async def bare() -> float:
        return (await floor.run([(TRUE.argv, b"")])).each_ms[0]

    async def old(side: Side) -> LiveSandbox:
        box = await side.pool.acquire(TEMPLATE)
        await box.execute(TRUE)
        return box

    async with kept(old) as existing:

        async def ours(side: Side) -> tuple[float, float, float, float]:
            cold, cold_command = await _created(side.cold)
            before = await existing(side)
            await filled(side.pool, TEMPLATE)
            _, warm_command = await _created(side.pool)
            await filled(side.pool, TEMPLATE)
            start = time.monotonic()
            await before.execute(TRUE)
            return cold, cold_command, warm_command, ms_since(start)

        bare_ms, samples = await in_turns(sides, rounds, bare, ours)
    base, bare_spread = median(bare_ms), spread(bare_ms)
    rows: list[Found] = [{}, {}, {}, {}]
    for isolation, found in samples.items():
        cold, command, warm, spawn = ([*column] for column in zip(*found, strict=True))
        figures = (
            _COLD.figure(
                isolation,
                median(cold),
                base,
                created=spread(cold),
                with_a_command=spread(command),
            ),
            _WARM.figure(isolation, median(warm), base, created=spread(warm)),
            _HAND_OUT.figure(isolation, median(warm) - median(spawn), None),
            _SPAWN.figure(isolation, median(spawn), base, spawn=spread(spawn), bare=bare_spread),
        )
        for row, figure in zip(rows, figures, strict=True):
            row[isolation] = figure
    return rows


async def _created(pool: SandboxPool) -> tuple[float, float]:
    """Return how many ms it took to the sandbox's first answer, and to a command's result."""
    start = time.monotonic()
    box = await pool.acquire(TEMPLATE)
    try:
        answered = ms_since(start)
        await box.execute(TRUE)
        return answered, ms_since(start)
    finally:
        await box.destroy()


def _commands(plan: Plan, inputs: Sequence[bytes]) -> list[Command]:
    """Return what the judge runs for a plan: its compiler, then the program per input."""
    built = [(step.program.argv, b"") for step in plan.steps if step.program is not None]
    return [*built, *((plan.run.argv, text) for text in inputs)]


async def one_test(
    sides: Sequence[Side], floor: Floor, language: Language, rounds: int
) -> list[Found]:
    """Measure one more test of a submission: run it, classify its end, compare its output."""
    row = Row(f"test-{language}", f"One more test, {language}, p50", "ms")
    submission = adding(language)
    plan = make_plan(submission, LIMITS)
    test = plan.program(b"2 3\n")
    directory = await floor.directory()
    source = plan.spec.entry(submission.source).source
    await floor.run(_commands(plan, []), {source: submission.source}, directory)

    async def prepared(side: Side) -> LiveSandbox:
        box, _ = await prepare(side.cold, plan)
        for _ in range(2):  # the first ones read the program from disk
            await judged(box, test)
        return box

    async with kept(prepared) as boxes:

        async def bare() -> float:
            return (await floor.run([(test.argv, b"2 3\n")], directory=directory)).each_ms[0]

        async def ours(side: Side) -> float:
            box = await boxes(side)
            start = time.monotonic()
            await judged(box, test)
            return ms_since(start)

        for _ in range(2):
            await bare()
        bare_ms, samples = await in_turns(sides, rounds, bare, ours)
    return [
        {
            isolation: row.figure(
                isolation, median(found), median(bare_ms), test=spread(found), bare=spread(bare_ms)
            )
            for isolation, found in samples.items()
        }
    ]


async def throughput(
    sides: Sequence[Side], floor: Floor, language: Language, *, count: int, rounds: int
) -> list[Found]:
    """Measure submissions of four tests, compiled once, as many at a time as there are cores."""
    row = Row(
        f"throughput-{language}",
        f"Submissions of 4 tests, {language}",
        "1/s",
        "the same compiler and program as bare processes",
    )
    submission = adding(language)
    plan = make_plan(submission, LIMITS)
    files = {plan.spec.entry(submission.source).source: submission.source}
    simple = _commands(plan, [test.input for test in TESTS])
    expected = [test.expected.strip() for test in TESTS]

    async def one_bare() -> None:
        outputs = (await floor.run(simple, files)).outputs[-len(TESTS) :]
        if [output.strip() for output in outputs] != expected:
            raise PlatformFaultError(f"A+B in {language} printed {outputs!r} as a bare process")

    async def bare() -> float:
        return await rate(one_bare, count)

    async def ours(side: Side) -> float:
        async def one() -> None:
            outcome = await judge(side.pool, adding_job(language))
            if outcome.verdict is not Verdict.ACCEPTED:
                raise PlatformFaultError(f"A+B in {language} came out as {outcome.verdict}")

        await rate(one, os.cpu_count() or 1)  # leaves the pool as full as it stays
        return await rate(one, count)

    await one_bare()
    rates, samples = await in_turns(sides, rounds, bare, ours)
    return [
        {
            isolation: row.figure(
                isolation,
                median(found),
                median(rates),
                submissions=count * rounds,
                lowest=round(min(found), 3),
                highest=round(max(found), 3),
            )
            for isolation, found in samples.items()
        }
    ]
