from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.exercises.types import ExerciseTest
from carrel.grading.feedback import diff, feedback, shown
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
        repr(view) + str(view) + json.dumps(view.as_dict()) + repr(feedback(view)) + str(vars(view))
    )
    for secret in (*SECRETS, "113", "777", "888", "999"):
        assert secret not in everything
    (test,) = view.tests
    assert test.verdict is verdict
    assert (test.name, test.points, test.details) == ("t1", 1, None)


def test_a_visible_test_shows_what_happened() -> None:
    view = student_view(graded(Verdict.WRONG_ANSWER))
    details = view.tests[0].details
    assert details is not None
    assert (details.input, details.expected, details.actual) == SECRETS[:3]
    assert feedback(view) == ["Test 't1' failed: wrong answer, s3cret-reason"]


def test_a_compile_error_is_the_only_feedback() -> None:
    result = SubmissionVerdict((TestVerdict(Verdict.COMPILE_ERROR),), compile_message="line 3: no")
    view = student_view(grade([ExerciseTest("t", StdioTest(b"", b""))], result))
    assert feedback(view) == ["line 3: no"]
    assert (view.verdict, view.earned) == (Verdict.COMPILE_ERROR, 0)


def test_a_difference_shows_the_lines_around_the_first_one() -> None:
    lines = diff("1\n2\n3\n4\n", "1\n2\nx\n4\n")
    assert [(line.side, line.text) for line in lines] == [
        ("both", "1"),
        ("both", "2"),
        ("expected", "3"),
        ("actual", "x"),
        ("both", "4"),
    ]


def test_white_space_is_visible_where_it_is_the_difference() -> None:
    assert [line.text for line in diff("a b\n", "a  b\n")] == ["a·b", "a··b"]
    assert [line.text for line in diff("a\tb", "a b")] == ["a→b", "a·b"]
    assert [line.text for line in diff("a", "a \r")] == ["a", "a·␍"]
    assert [line.side for line in diff("a\n", "a")] == ["both", "expected"]


def test_a_program_cannot_drive_the_readers_terminal() -> None:
    assert shown("\x1b[2Jhi\x07\x00") == "\\x1b[2Jhi\\x07\\x00"
    assert len(shown("x" * 10_000)) < 200


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_difference_is_short_and_printable_for_any_text(expected: str, actual: str) -> None:
    lines = diff(expected, actual)
    assert len(lines) <= 40
    assert all(char.isprintable() or char == "\t" for line in lines for char in line.text)
