"""The runner and the grader without a sandbox: values in, values out."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

import carrel
from carrel import AutoGrader, CodeRunner, InvalidValueError, Language, TestCase, Verdict
from carrel.facade import portal
from carrel.facade.grader import GradeResult, make_task, to_grade_result
from carrel.grading.submission import graded
from carrel.judge.run_result import run_result
from carrel.judge.single import Outcome
from carrel.judge.verdict import Captured, SubmissionVerdict, TestVerdict
from carrel.sandbox.program import Ended
from carrel.testing.sandboxes import ended

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any) -> None:
        raise AssertionError("a sandbox was asked for")

    monkeypatch.setattr(portal, "run", run)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"language": "cobol"}, "language='cobol'"),
        ({"code": b"print()"}, "code='bytes'"),
        ({"code": "x" * 2_000_000}, "code='2,000,000 bytes'"),
        ({"stdin": 5}, "stdin='int'"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": -1}, "timeout=-1"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"timeout": float("inf")}, "timeout=inf"),
        ({"timeout": "5"}, "timeout='5'"),
        ({"memory_limit": "0"}, "memory_limit='0'"),
        ({"memory_limit": "12X"}, "memory_limit='12X'"),
    ],
)
def test_impossible_values_are_named_before_anything_is_started(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidValueError, match="is not possible") as caught:
        CodeRunner().run(**({"code": "", "language": "python"} | arguments))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (TestCase("", "", points=-1), "test_cases[0].points=-1"),
        (TestCase("", "", points=1.5), "test_cases[0].points=1.5"),  # type: ignore[arg-type]
        (TestCase(5, ""), "test_cases[0].input='int'"),  # type: ignore[arg-type]
    ],
)
def test_impossible_test_cases_are_named(case: TestCase, words: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        AutoGrader().grade("", Language.PYTHON, [case])
    assert words in str(caught.value)
    with pytest.raises(InvalidValueError, match="timeout_per_test=0"):
        AutoGrader().grade("", Language.PYTHON, [], timeout_per_test=0)


def test_a_timeout_has_its_own_exit_code_and_the_limit_as_its_time() -> None:
    execution = ended(how=Ended.WALL_LIMIT, stdout=b"so far", stderr=b"hm", wall_ms=2003)
    result = run_result(Outcome(execution, Verdict.IDLENESS_LIMIT, "slept"), 2.0)
    assert (result.success, result.exit_code, result.execution_time) == (False, -1, 2.0)
    assert result.stdout == "so far"
    assert result.stderr == "hm\nExecution timed out after 2 seconds"


def test_a_signal_has_a_shells_exit_code() -> None:
    execution = ended(how=Ended.SIGNALED, signal=11)
    assert run_result(Outcome(execution, Verdict.RUNTIME_ERROR), 2.0).exit_code == 139


def test_a_compile_error_is_on_stderr() -> None:
    outcome = Outcome(ended(exit_code=1), Verdict.COMPILE_ERROR, "", "x.c:1: error")
    result = run_result(outcome, 2.0)
    assert (result.success, result.exit_code, result.stderr) == (False, 1, "x.c:1: error")


def test_a_limit_is_said_and_invalid_utf8_is_shown() -> None:
    execution = ended(how=Ended.MEMORY_LIMIT, stdout=b"\xff\x00")
    result = run_result(Outcome(execution, Verdict.MEMORY_LIMIT, "used too much"), 2.0)
    assert result.stdout == "\\xff\x00"
    assert result.stderr == "Stopped: used too much"
    assert result.exit_code == 137


CASES = [
    TestCase("1", "1", name="shown", points=2),
    TestCase("s3cret-in", "s3cret-out", name="kept back", points=3, hidden=True),
]


def grade_with(verdict: Verdict, *, compile_message: str | None = None) -> GradeResult:
    said = Captured(b"s3cret-in s3cret-out", 20)
    test = TestVerdict(verdict, "s3cret-in", exit_code=1, stdout=said, stderr=said)
    shown = TestVerdict(Verdict.ACCEPTED, stdout=Captured(b" 1\n", 3))
    return result_of(CASES, SubmissionVerdict((shown, test), compile_message))


def result_of(cases: list[TestCase], outcome: SubmissionVerdict) -> GradeResult:
    task = make_task("print(1)", "python", cases, 5, "256M")
    return to_grade_result(cases, graded(task.exercise, task.submission, outcome))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_result_holds_nothing_of_a_hidden_test_but_its_verdict(verdict: Verdict) -> None:
    result = grade_with(verdict)
    for text in (repr(result), str(result), json.dumps(asdict(result))):
        assert "s3cret" not in text
    hidden = result.test_results[1]
    assert hidden.actual_output == "[hidden]"
    assert hidden.error == (None if verdict is Verdict.ACCEPTED else verdict.words)
    assert (hidden.test_case.name, hidden.test_case.points, hidden.test_case.hidden) == (
        "kept back",
        3,
        True,
    )
    assert CASES[1].input == "s3cret-in"
    assert "s3cret" not in repr(CASES[1])


def test_the_feedback_counts_hidden_tests_and_says_that_the_visible_ones_passed() -> None:
    (sentence,) = grade_with(Verdict.WRONG_ANSWER).feedback
    assert sentence == "The visible test passed; the hidden test failed"
    assert grade_with(Verdict.ACCEPTED).feedback == []


def test_points_percentage_and_counts() -> None:
    result = grade_with(Verdict.WRONG_ANSWER)
    assert (result.total_points, result.earned_points, result.percentage) == (5, 2, 40.0)
    assert (result.passed_count, result.failed_count) == (1, 1)
    assert result.verdict is Verdict.WRONG_ANSWER
    assert result.test_results[0].actual_output == "1"
    assert result.test_results[0].test_case is CASES[0]
    assert result.test_results[0].error is None


def test_no_points_are_no_percentage() -> None:
    assert result_of([], SubmissionVerdict(())).percentage == 0


def test_every_public_name_is_there_and_no_other() -> None:
    for name in carrel.__all__:
        assert getattr(carrel, name) is not None
        assert name in dir(carrel)
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = carrel.nothing_such
