"""Grade many submissions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carrel.admission.admission import Admission
from carrel.batch.engine import grade_all
from carrel.core.errors import InvalidValueError, PlatformFaultError
from carrel.core.sizes import KIB
from carrel.exercises.types import ExerciseTest
from carrel.facade import portal
from carrel.facade.grader import GradeResult, Task, TestCase, make_task, to_grade_result
from carrel.grading.submission import GradedSubmission, grade_submission
from carrel.languages.registry import Language
from carrel.sandbox.pool import Lender

BatchItem = tuple[str, str, Language | str, Sequence[TestCase]]
"""A submission: whose it is, the program, its language, the tests."""

_KEEP_BYTES = 16 * KIB
_PARTS = 4


@dataclass(frozen=True)
class BatchFault:
    """A submission that has no grade because our side failed; `index` is its place."""

    index: int
    id: str
    error: Exception


class BatchFaultError(PlatformFaultError):
    """Some submissions of a batch could not be graded; everybody else's grades are in here.

    `results` holds what was graded, in order, and `faults` who is missing: hand those in
    again. A missing grade is an error and not a value so that it cannot be taken for a 0.
    """

    def __init__(
        self, results: list[tuple[str, GradeResult]], faults: tuple[BatchFault, ...]
    ) -> None:
        """Keep what there is; the message names the first fault."""
        first = faults[0]
        total = len(results) + len(faults)
        super().__init__(
            f"{len(faults)} of {total} submissions could not be graded, the first is "
            f"{first.id!r} (index {first.index}): {first.error}; "
            "the others' grades are in `results`, hand in those in `faults` again"
        )
        self.results = results
        self.faults = faults


@dataclass
class _Entry:
    """One program with its tests, and everybody who handed in exactly that."""

    task: Task
    cases: list[TestCase]
    indices: list[int]
    outcome: GradeResult | Exception | None = None


class ScalableGrader:
    """Grades batches; keeps all cores busy and the machine responsive."""

    def __init__(self, max_concurrent: int = 50) -> None:
        if isinstance(max_concurrent, bool) or not isinstance(max_concurrent, int):
            raise InvalidValueError("max_concurrent", max_concurrent, "give a whole number")
        if max_concurrent < 1:
            raise InvalidValueError("max_concurrent", max_concurrent, "give a number from 1")
        self.max_concurrent = max_concurrent

    async def grade_batch(
        self,
        submissions: Sequence[BatchItem],
        timeout_per_test: float = 5,
        *,
        memory_limit: int | str = "256M",
    ) -> list[tuple[str, GradeResult]]:
        """Return everybody's grade, in the order of the submissions.

        `max_concurrent` bounds the submissions in flight. As many as there are cores
        compute at a time; programs that only wait do not count, so they hold nobody up.
        What is identical (program, language, tests) is graded once. Of each test's output
        the first 16 KiB are kept.

        Raises InvalidValueError for an impossible submission before anything is started,
        naming its place and id. When our side failed for some, after retries, the rest
        is graded all the same, and then BatchFaultError is raised with all their grades.
        """
        items = list(submissions)
        entries = prepare(items, timeout_per_test, memory_limit)
        if entries:
            await portal.run_admitted_async(_grade_all, entries, self.max_concurrent)
        return collect([str(item[0]) for item in items], entries)


def prepare(
    items: Sequence[BatchItem], timeout_per_test: float, memory_limit: int | str
) -> list[_Entry]:
    """Return what has to be graded, each program with the same tests once; pure."""
    entries: dict[object, _Entry] = {}
    suites: dict[object, tuple[ExerciseTest, ...]] = {}
    for index, item in enumerate(items):
        if not isinstance(item, tuple | list) or len(item) != _PARTS:
            raise InvalidValueError(
                f"submissions[{index}]",
                type(item).__name__,
                "give (id, code, language, test_cases)",
            )
        who, code, language, given = item
        cases = list(given)
        try:
            task = make_task(code, language, cases, timeout_per_test, memory_limit)
        except InvalidValueError as error:
            field = f"submissions[{index}] (id {who!r}).{error.field}"
            raise InvalidValueError(field, error.value, error.allowed) from error
        tests = tuple((c.input, c.expected_output, c.name, c.points, c.hidden) for c in cases)
        # Everybody's tests are the same as a rule: keep their bytes once, not once each.
        suite = suites.setdefault(tests, task.exercise.tests)
        task = replace(task, exercise=replace(task.exercise, tests=suite))
        key = (task.submission, tests)
        entries.setdefault(key, _Entry(task, cases, [])).indices.append(index)
    return list(entries.values())


async def _grade_all(admission: Admission, entries: Sequence[_Entry], at_most: int) -> None:
    async def grader(lender: Lender, entry: _Entry) -> GradedSubmission:
        exercise, submission = entry.task.exercise, entry.task.submission
        return await grade_submission(lender, exercise, submission, keep_bytes=_KEEP_BYTES)

    def done(entry: _Entry, graded: GradedSubmission) -> None:
        entry.outcome = to_grade_result(entry.cases, graded)

    def failed(entry: _Entry, error: Exception) -> None:
        entry.outcome = error

    await grade_all(admission, entries, grader, done=done, failed=failed, at_most=at_most)


def collect(ids: Sequence[str], entries: Sequence[_Entry]) -> list[tuple[str, GradeResult]]:
    """Return the grades in order; BatchFaultError if there are some missing; pure."""
    grades: dict[int, GradeResult] = {}
    faults: list[BatchFault] = []
    for entry in entries:
        for index in entry.indices:
            if isinstance(entry.outcome, GradeResult):
                grades[index] = _copy(entry.outcome)
            else:
                error = entry.outcome or PlatformFaultError("it was not graded")
                faults.append(BatchFault(index, ids[index], error))
    results = [(ids[index], grades[index]) for index in sorted(grades)]
    if faults:
        faults.sort(key=lambda fault: fault.index)
        raise BatchFaultError(results, tuple(faults))
    return results


def _copy(result: GradeResult) -> GradeResult:
    """Return a result of one's own; the texts, which may be long, are shared."""
    return replace(result, test_results=[replace(test) for test in result.test_results])
