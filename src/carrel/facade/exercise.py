"""Exercises in a program of one's own: check a solution, follow a student, teach a class."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from carrel.classroom.overview import STRUGGLING_BELOW, Standing, overview
from carrel.core.errors import InvalidValueError
from carrel.facade.grader import AutoGrader, GradeResult, TestCase
from carrel.languages.registry import Language
from carrel.progress.statistics import Attempt, statistics

_COMPLETE = 100


@dataclass
class CodingExercise:
    """A task with its tests; repr() leaves the solution and hidden tests' data out."""

    id: str
    title: str
    description: str
    starter_code: str
    solution: str = field(repr=False)
    test_cases: list[TestCase]
    hints: list[str]
    language: Language = Language.PYTHON


class ExerciseRunner:
    """Checks what students hand in against an exercise."""

    def __init__(self) -> None:
        self.grader = AutoGrader()

    def check_solution(self, exercise: CodingExercise, student_code: str) -> dict[str, Any]:
        """Return how a program did, all of it fit for the student's eyes.

        `passed` (all points earned), `score` (0 to 100), `passed_tests`, `total_tests`,
        `feedback` (sentences: the first failure in full, further ones in short, hidden tests
        only counted; each is a str with `in_language("de")`) and `hints` (the first one below
        a score of 50). An exercise whose tests are worth no points cannot be passed. Raises
        PlatformFaultError when our side failed: that is no score.
        """
        result = self.grader.grade(
            code=student_code, language=exercise.language, test_cases=exercise.test_cases
        )
        return report(exercise, result)


def report(exercise: CodingExercise, result: GradeResult) -> dict[str, Any]:
    """Return a grade as `check_solution` does; pure."""
    return {
        "passed": result.percentage == _COMPLETE,
        "score": result.percentage,
        "passed_tests": result.passed_count,
        "total_tests": len(result.test_results),
        "feedback": list(result.feedback),
        "hints": list(exercise.hints[:1]) if result.percentage < STRUGGLING_BELOW else [],
    }


class StudentProgress:
    """What one student has handed in so far, in memory."""

    def __init__(self, student_id: str) -> None:
        self.student_id = student_id
        self.submissions: list[dict[str, Any]] = []
        self.completed_exercises: set[str] = set()

    def record_submission(self, exercise_id: str, code: str, result: dict[str, Any]) -> None:
        """Note a submission with what `check_solution` returned for it."""
        if not isinstance(result, dict) or "passed" not in result:
            raise InvalidValueError("result", result, "give what check_solution returned")
        self.submissions.append(
            {
                "exercise_id": exercise_id,
                "code": code,
                "result": dict(result),
                "timestamp": datetime.now(UTC).isoformat(),
            }
        )
        if result["passed"]:
            self.completed_exercises.add(exercise_id)

    def get_stats(self) -> dict[str, Any]:
        """Return the counts; rates are 0 to 1, and 0 where there is nothing to divide by.

        `avg_attempts_per_exercise` is all submissions over the completed exercises.
        """
        found = statistics(
            Attempt(entry["exercise_id"], bool(entry["result"]["passed"]))
            for entry in self.submissions
        )
        return {
            "total_submissions": found.submissions,
            "successful_submissions": found.passed,
            "success_rate": found.success_rate,
            "completed_exercises": found.completed,
            "avg_attempts_per_exercise": found.attempts_per_exercise,
        }


class ClassroomSession:
    """A class at work on one exercise, in memory; may be used from several threads."""

    def __init__(
        self, session_id: str, exercise: CodingExercise, *, runner: ExerciseRunner | None = None
    ) -> None:
        self.session_id = session_id
        self.exercise = exercise
        self.student_code: dict[str, str] = {}
        self.student_results: dict[str, dict[str, Any]] = {}
        self._runner = runner or ExerciseRunner()
        self._lock = threading.Lock()
        self._handed_in = 0
        self._counted: dict[str, int] = {}

    def update_code(self, student_id: str, code: str) -> None:
        """Note what is in a student's editor now."""
        with self._lock:
            self.student_code[student_id] = code

    def submit(self, student_id: str, code: str) -> dict[str, Any]:
        """Grade a student's program; return what `check_solution` returns.

        What a student handed in last counts, also when an earlier one takes longer to
        grade. A PlatformFaultError leaves the student's last result as it was.
        """
        with self._lock:
            self._handed_in += 1
            turn = self._handed_in
        result = self._runner.check_solution(self.exercise, code)
        with self._lock:
            if turn > self._counted.get(student_id, 0):
                self._counted[student_id] = turn
                self.student_results[student_id] = result
        return result

    def get_class_progress(self) -> dict[str, Any]:
        """Return how the class is doing; `{"participants": 0}` before anybody submitted.

        `completion_rate` and `average_score` are 0 to 100; `struggling` are the students
        below a score of 50, in the order of their first submission.
        """
        with self._lock:
            results = dict(self.student_results)
        found = overview(
            {who: Standing(one["score"], bool(one["passed"])) for who, one in results.items()}
        )
        if found is None:
            return {"participants": 0}
        return {**asdict(found), "struggling": list(found.struggling)}
