"""Grade a program against test cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB
from carrel.exercises.types import Exercise, ExerciseTest
from carrel.facade import portal
from carrel.grading.feedback import feedback
from carrel.grading.grade import percentage
from carrel.grading.submission import GradedSubmission, grade_submission
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.request import encode, parse_submission
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits, SandboxLimits, parse_timeout

HIDDEN = "[hidden]"
"""Stands for whatever belongs to a hidden test in a result."""

_KEEP_BYTES = MIB


@dataclass
class TestCase:
    """What a program reads, and what it must print to earn the points."""

    __test__ = False  # not a test that pytest should collect

    input: str
    expected_output: str
    name: str = ""
    points: int = 1
    hidden: bool = False

    def __repr__(self) -> str:
        """Return the test case for a log or a traceback: without a hidden one's data."""
        given = HIDDEN if self.hidden else self.input
        expected = HIDDEN if self.hidden else self.expected_output
        return (
            f"TestCase(input={given!r}, expected_output={expected!r}, name={self.name!r}, "
            f"points={self.points!r}, hidden={self.hidden!r})"
        )


@dataclass
class TestResult:
    """How one test case came out.

    A hidden test's result can be handed to the student as it is: `test_case` is
    then a copy without input and expected output, `actual_output` is
    `[hidden]`, and `error` is None or the verdict's words.
    """

    __test__ = False  # not a test that pytest should collect

    passed: bool
    test_case: TestCase
    actual_output: str
    error: str | None = None
    verdict: Verdict = Verdict.ACCEPTED


@dataclass
class GradeResult:
    """A graded submission. `percentage` is 0 to 100, and 0 if there are no points.

    `verdict` is the first failed test's, or accepted; `compile_error` is the
    compiler's message if it refused the program. `feedback` are sentences for the student:
    the first failure in full, the others in short, hidden tests counted; each is a str
    with `in_language("de")`. `isolation` names what stood between the program and the
    machine, e.g. `gvisor`.
    """

    total_points: int
    earned_points: int
    percentage: float
    test_results: list[TestResult]
    passed_count: int
    failed_count: int
    verdict: Verdict = Verdict.ACCEPTED
    compile_error: str | None = None
    feedback: list[str] = field(default_factory=list)
    isolation: str = ""


class AutoGrader:
    """Grades programs: compiled once, every test in a fresh process and directory."""

    def grade(
        self,
        code: str,
        language: Language | str,
        test_cases: Sequence[TestCase],
        timeout_per_test: float = 5,
        *,
        memory_limit: int | str = "256M",
    ) -> GradeResult:
        """Return how a program did on these test cases.

        `timeout_per_test` is in seconds: of CPU time, and of waiting. White
        space at the ends of lines and of the output does not matter. A program
        that fails (exit code, signal, limit) has not passed, whatever it printed.
        Raises InvalidValueError for impossible values before anything is
        started, PlatformFaultError when our side failed: that is no grade.
        """
        cases = list(test_cases)
        task = make_task(code, language, cases, timeout_per_test, memory_limit)
        return to_grade_result(cases, portal.run_admitted(_grade, task))


async def _grade(admission: Admission, task: Task) -> GradedSubmission:
    async with admission.ask(Kind.GRADING) as lender:
        return await grade_submission(
            lender, task.exercise, task.submission, keep_bytes=_KEEP_BYTES
        )


@dataclass(frozen=True)
class Task:
    """A program, and the test cases as an exercise without a name."""

    exercise: Exercise
    submission: Submission


def make_task(
    code: str,
    language: Language | str,
    test_cases: Sequence[TestCase],
    timeout_per_test: float,
    memory_limit: int | str,
) -> Task:
    """Return what is to be graded; InvalidValueError names what is impossible."""
    time_ms = parse_timeout(timeout_per_test, field="timeout_per_test")
    memory = SandboxLimits.parse(memory_limit=memory_limit).memory_bytes
    submission = parse_submission(code, language)
    exercise = Exercise(
        id="",
        title="",
        statement="",
        languages=(submission.language,),
        tests=tuple(_test(number, case) for number, case in enumerate(test_cases)),
        limits={
            submission.language: RunLimits(cpu_ms=time_ms, wall_ms=time_ms, memory_bytes=memory)
        },
    )
    return Task(exercise, submission)


def _test(number: int, case: TestCase) -> ExerciseTest:
    field = f"test_cases[{number}]"
    points = case.points
    if isinstance(points, bool) or not isinstance(points, int) or points < 0:
        raise InvalidValueError(f"{field}.points", points, "give a whole number from 0")
    # encode() never quotes the text: a hidden test's must not get into an error either.
    test = StdioTest(
        encode(f"{field}.input", case.input),
        encode(f"{field}.expected_output", case.expected_output),
    )
    return ExerciseTest(case.name or str(number + 1), test, points, case.hidden)


def to_grade_result(cases: Sequence[TestCase], graded: GradedSubmission) -> GradeResult:
    """Return a graded submission in the public interface's terms; pure."""
    grade = graded.grade
    results = [
        _result(case, one.outcome, grade.compile_message)
        for case, one in zip(cases, grade.tests, strict=True)
    ]
    total = sum(case.points for case in cases)
    earned = sum(result.test_case.points for result in results if result.passed)
    passed = sum(result.passed for result in results)
    return GradeResult(
        total_points=total,
        earned_points=earned,
        percentage=percentage(earned, total),
        test_results=results,
        passed_count=passed,
        failed_count=len(results) - passed,
        verdict=grade.verdict,
        compile_error=grade.compile_message,
        feedback=feedback(graded.view).sentences,
        isolation=grade.isolation,
    )


def _result(case: TestCase, outcome: TestVerdict, compile_message: str | None) -> TestResult:
    if case.hidden:
        return TestResult(
            passed=outcome.passed,
            test_case=replace(case, input=HIDDEN, expected_output=HIDDEN),
            actual_output=HIDDEN,
            error=None if outcome.passed else outcome.verdict.words,
            verdict=outcome.verdict,
        )
    return TestResult(
        passed=outcome.passed,
        test_case=case,
        actual_output=outcome.stdout.text().strip(),
        error=_error(outcome, compile_message),
        verdict=outcome.verdict,
    )


def _error(outcome: TestVerdict, compile_message: str | None) -> str | None:
    """Return what went wrong beyond a wrong answer, and what is on stderr, or None."""
    stderr = outcome.stderr.text()
    if outcome.verdict is Verdict.COMPILE_ERROR:
        return compile_message
    if outcome.verdict in (Verdict.ACCEPTED, Verdict.WRONG_ANSWER):
        return stderr or None
    sentence = f"{outcome.verdict.words}: {outcome.reason}"
    return f"{sentence}\n{stderr}" if stderr else sentence
