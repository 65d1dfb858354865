from __future__ import annotations

import json

import pytest

from carrel.exercises.types import ExerciseTest
from carrel.grading.feedback import feedback
from carrel.grading.grade import Grade, grade
from carrel.grading.student import student_view
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.verdict import Captured, SubmissionVerdict, TestVerdict, Verdict

pytestmark = pytest.mark.quick

SECRETS = ("s3cret-input", "s3cret-expected", "s3cret-stdout", "s3cret-stderr", "s3cret-reason")


def outcome(
    verdict: Verdict, *, stdout: str = "", stderr: str = "", reason: str = ""
) -> TestVerdict:
    return TestVerdict(
        verdict,
        reason=reason,
        exit_code=113,
        cpu_ms=777,
        wall_ms=888,
        memory_bytes=999_999,
        stdout=Captured(stdout.encode(), len(stdout)),
        stderr=Captured(stderr.encode(), len(stderr)),
    )


def graded(*verdicts: Verdict, hidden: bool = False) -> Grade:
    tests = [
        ExerciseTest(
            f"t{n}", StdioTest(b"s3cret-input", b"s3cret-expected"), points=n, hidden=hidden
        )
        for n, _ in enumerate(verdicts, 1)
    ]
    outcomes = [
        outcome(verdict, stdout=SECRETS[2], stderr=SECRETS[3], reason=SECRETS[4])
        for verdict in verdicts
    ]
    return grade(tests, SubmissionVerdict(tuple(outcomes)))


def test_points_are_those_of_the_passed_tests() -> None:
    result = graded(Verdict.ACCEPTED, Verdict.WRONG_ANSWER, Verdict.ACCEPTED)
    assert (result.earned, result.total, result.passed_count) == (4, 6, 2)
    assert result.percentage == pytest.approx(66.67, abs=0.01)
    assert result.verdict is Verdict.WRONG_ANSWER


def test_no_tests_are_no_points_and_no_division_by_zero() -> None:
    assert graded().percentage == 0


@pytest.mark.parametrize("verdict", list(Verdict))
def test_nothing_of_a_hidden_test_but_its_verdict_reaches_the_student(verdict: Verdict) -> None:
    view = student_view(graded(verdict, hidden=True))
    everything = (
        repr(view)
        + str(view)
        + json.dumps(view.as_dict())
        + repr(feedback(view))
        + str(vars(view))
        + repr(feedback(view).sentences)
    )
    for secret in (*SECRETS, "113", "777", "888", "999"):
        assert secret not in everything
    (test,) = view.tests
    assert test.verdict is verdict
    assert (test.name, test.points, test.details) == ("hidden test 1", 1, None)


def test_a_visible_test_shows_what_happened() -> None:
    view = student_view(graded(Verdict.WRONG_ANSWER))
    details = view.tests[0].details
    assert details is not None
    assert (details.input, details.expected, details.actual) == SECRETS[:3]
    assert feedback(view).sentences == ["Test 't1' failed: wrong answer: s3cret-reason"]
