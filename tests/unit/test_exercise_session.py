"""Exercises, progress and a class without a sandbox: values in, values out."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel import (
    ClassroomSession,
    CodingExercise,
    ExerciseRunner,
    GradeResult,
    InvalidValueError,
    PlatformFaultError,
    StudentProgress,
    TestCase,
    TestResult,
    Verdict,
)
from carrel.facade.exercise import report

pytestmark = pytest.mark.quick

EXERCISE = CodingExercise(
    id="double",
    title="Double",
    description="Print twice the number.",
    starter_code="n = int(input())\n",
    solution="print(2 * int(input()))  # the-solution",
    test_cases=[TestCase("1", "2"), TestCase("h1dden", "s3cret", hidden=True)],
    hints=["Multiply.", "By two."],
)


def came_out(verdict: Verdict = Verdict.ACCEPTED, **case: Any) -> TestResult:
    return TestResult(verdict is Verdict.ACCEPTED, TestCase("", "", **case), "", None, verdict)


def graded(*tests: TestResult, feedback: tuple[str, ...] = ()) -> GradeResult:
    total = sum(t.test_case.points for t in tests)
    earned = sum(t.test_case.points for t in tests if t.passed)
    passed = sum(t.passed for t in tests)
    share = earned / total * 100 if total else 0.0
    failed = len(tests) - passed
    return GradeResult(total, earned, share, list(tests), passed, failed, feedback=list(feedback))


def test_the_report_has_exactly_the_keys_of_the_interface() -> None:
    found = report(
        EXERCISE,
        graded(
            came_out(),
            came_out(Verdict.WRONG_ANSWER, hidden=True, points=3),
            feedback=("what went wrong",),
        ),
    )
    assert found == {
        "passed": False,
        "score": 25.0,
        "passed_tests": 1,
        "total_tests": 2,
        "feedback": ["what went wrong"],
        "hints": ["Multiply."],
    }
    assert report(EXERCISE, graded(came_out(), came_out()))["passed"]
    assert report(EXERCISE, graded(came_out(), came_out(Verdict.WRONG_ANSWER)))["hints"] == []
    assert not report(EXERCISE, graded())["passed"]


def test_an_exercise_in_a_log_shows_neither_solution_nor_hidden_tests() -> None:
    assert "the-solution" not in repr(EXERCISE)
    assert "s3cret" not in repr(EXERCISE)
    assert "h1dden" not in repr(EXERCISE)


def test_progress_of_somebody_who_did_nothing_is_all_zero() -> None:
    assert StudentProgress("ada").get_stats() == {
        "total_submissions": 0,
        "successful_submissions": 0,
        "success_rate": 0,
        "completed_exercises": 0,
        "avg_attempts_per_exercise": 0,
    }


def test_progress_counts_attempts_and_completed_exercises() -> None:
    progress = StudentProgress("ada")
    for exercise, passed in [("a", False), ("a", True), ("a", True), ("b", False), ("c", True)]:
        progress.record_submission(exercise, "code", {"passed": passed})
    assert progress.get_stats() == {
        "total_submissions": 5,
        "successful_submissions": 3,
        "success_rate": 0.6,
        "completed_exercises": 2,
        "avg_attempts_per_exercise": 2.5,
    }


def test_a_recorded_result_does_not_change_with_the_callers() -> None:
    progress, result = StudentProgress("ada"), {"passed": True}
    progress.record_submission("a", "code", result)
    result["passed"] = False
    assert progress.get_stats()["successful_submissions"] == 1


def test_what_is_no_result_is_refused_and_not_counted() -> None:
    progress = StudentProgress("ada")
    with pytest.raises(InvalidValueError, match="give what check_solution returned"):
        progress.record_submission("a", "code", {})
    assert progress.get_stats()["total_submissions"] == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_progress_adds_up(attempts: list[tuple[str, bool]]) -> None:
    progress = StudentProgress("ada")
    for exercise, passed in attempts:
        progress.record_submission(exercise, "", {"passed": passed})
    stats = progress.get_stats()
    assert stats["total_submissions"] == len(attempts)
    assert stats["success_rate"] * len(attempts) == pytest.approx(sum(p for _, p in attempts))
    assert stats["completed_exercises"] == len({e for e, p in attempts if p})
    assert (stats["avg_attempts_per_exercise"] > 0) == (stats["completed_exercises"] > 0)


class ByHand(ExerciseRunner):
    """Scores a program by the number in it, when its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, threading.Event] = {}
        self.asked = threading.Semaphore(0)

    def check_solution(self, exercise: CodingExercise, student_code: str) -> dict[str, Any]:
        assert exercise is EXERCISE
        self.asked.release()
        if student_code in self.gates:
            assert self.gates[student_code].wait(10)
        if student_code == "fault":
            raise PlatformFaultError("lost")
        score = float(student_code)
        return {"passed": score == 100, "score": score}


def test_a_class_that_handed_in_nothing_has_no_participants() -> None:
    session = ClassroomSession("monday", EXERCISE)
    session.update_code("ada", "print(")
    assert session.get_class_progress() == {"participants": 0}
    assert session.student_code == {"ada": "print("}


def test_class_progress() -> None:
    session = ClassroomSession("monday", EXERCISE, runner=ByHand())
    for who, code in [("ada", "100"), ("bob", "49.5"), ("eve", "50"), ("dan", "0"), ("dan", "20")]:
        session.submit(who, code)
    assert session.get_class_progress() == {
        "participants": 4,
        "completed": 1,
        "completion_rate": 25.0,
        "average_score": (100 + 49.5 + 50 + 20) / 4,
        "struggling": ["bob", "dan"],
    }


def test_a_platform_fault_is_no_score_and_keeps_the_last_one() -> None:
    session = ClassroomSession("monday", EXERCISE, runner=ByHand())
    session.submit("ada", "100")
    for who in ("ada", "bob"):
        with pytest.raises(PlatformFaultError):
            session.submit(who, "fault")
    assert session.get_class_progress()["participants"] == 1
    assert session.get_class_progress()["completed"] == 1


def test_what_was_handed_in_last_counts_also_if_it_is_graded_first() -> None:
    runner = ByHand()
    runner.gates["10"] = threading.Event()
    session = ClassroomSession("monday", EXERCISE, runner=runner)
    slow = threading.Thread(target=session.submit, args=("ada", "10"))
    slow.start()
    assert runner.asked.acquire(timeout=60)
    session.submit("ada", "90")
    runner.gates["10"].set()
    slow.join()
    assert session.student_results["ada"]["score"] == 90


def test_a_class_may_submit_from_many_threads() -> None:
    session = ClassroomSession("monday", EXERCISE, runner=ByHand())

    def work(number: int) -> None:
        for score in range(100):
            session.update_code(f"s{number}", str(score))
            session.submit(f"s{number}", str(score))
            session.get_class_progress()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.get_class_progress()["average_score"] == 99
