"""Rehearse an exercise: judge the programs that come with it, compare with what is expected.

Beside `submission` the one part of this package that runs programs; the rest is pure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.core.errors import PlatformFaultError
from carrel.exercises.types import Exercise, Solution
from carrel.grading.submission import grade_submission
from carrel.judge.plan import Submission
from carrel.judge.verdict import Captured, TestVerdict, Verdict
from carrel.sandbox.pool import Lender

_AT_MOST = 50
"""Solutions in flight at a time, most of them asleep."""


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
    admission: Admission,
    exercises: Sequence[Exercise],
    on_done: Callable[[Rehearsal], None] | None = None,
) -> list[Rehearsal]:
    """Return the outcome of every solution of these exercises, in order.

    A platform fault is an outcome too: one bad machine minute must not hide the other
    results.
    """
    cases = [(exercise, solution) for exercise in exercises for solution in exercise.solutions]
    results: dict[int, Rehearsal] = {}

    async def one(lender: Lender, number: int) -> None:
        results[number] = result = await _rehearse_one(lender, *cases[number])
        if on_done:
            on_done(result)

    await admission.work_through(Kind.BATCH, range(len(cases)), one, at_most=_AT_MOST)
    return [results[number] for number in range(len(cases))]


async def _rehearse_one(pool: Lender, exercise: Exercise, solution: Solution) -> Rehearsal:
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
