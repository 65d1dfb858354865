"""Rehearse an exercise: judge the programs that come with it, compare with what is expected.

Beside `submission` the one part of this package that runs programs; the rest is pure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import anyio

from carrel.core.errors import PlatformFaultError
from carrel.exercises.types import Exercise, Solution
from carrel.grading.submission import grade_submission
from carrel.judge.plan import Submission
from carrel.judge.verdict import Captured, TestVerdict, Verdict
from carrel.sandbox.pool import SandboxPool


@dataclass(frozen=True)
class Rehearsal:
    """How one of an exercise's own solutions came out, after `seconds` of wall time.

    `tests` are its tests' verdicts without what the program printed; none after a fault.
    """

    exercise: Exercise
    solution: Solution
    verdict: Verdict
    points: float
    seconds: float
    message: str = ""
    tests: tuple[TestVerdict, ...] = ()
    isolation: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether the verdicts, and the points if any are named, are the expected ones."""
        tests = [test.verdict for test in self.tests]
        return self.solution.is_met(self.verdict, tests, self.points)


async def rehearse(
    pool: SandboxPool,
    exercises: Sequence[Exercise],
    concurrency: int,
    on_done: Callable[[Rehearsal], None] | None = None,
) -> list[Rehearsal]:
    """Return the outcome of every solution of these exercises, in order.

    At most `concurrency` are judged at a time. A platform fault is an outcome
    too: one bad machine minute must not hide the other results.
    """
    cases = [(exercise, solution) for exercise in exercises for solution in exercise.solutions]
    results: dict[int, Rehearsal] = {}
    limiter = anyio.CapacityLimiter(concurrency)

    async def one(number: int, exercise: Exercise, solution: Solution) -> None:
        async with limiter:
            results[number] = result = await _rehearse_one(pool, exercise, solution)
        if on_done:
            on_done(result)

    async with anyio.create_task_group() as group:
        for number, (exercise, solution) in enumerate(cases):
            group.start_soon(one, number, exercise, solution)
    return [results[number] for number in range(len(cases))]


async def _rehearse_one(pool: SandboxPool, exercise: Exercise, solution: Solution) -> Rehearsal:
    start = time.monotonic()
    submission = Submission(solution.language, solution.source, solution.files)
    try:
        graded = await grade_submission(pool, exercise, submission)
    except PlatformFaultError as error:
        seconds = time.monotonic() - start
        return Rehearsal(
            *(exercise, solution, Verdict.PLATFORM_FAULT, 0, seconds, str(error)),
            isolation=pool.isolation,
        )
    grade = graded.grade
    reasons = [f"{t.test.name}: {t.outcome.reason}" for t in grade.tests if t.outcome.reason]
    message = grade.compile_message or (reasons[0] if reasons else "")
    seconds = time.monotonic() - start
    tests = tuple(replace(t.outcome, stdout=Captured(), stderr=Captured()) for t in grade.tests)
    return Rehearsal(
        *(exercise, solution, grade.verdict, grade.earned, seconds, message, tests),
        isolation=grade.isolation,
    )
