"""The article's exercises, progress, classroom, validation and batches, with `carrel` imported."""

from __future__ import annotations

import asyncio

import pytest

from carrel import (
    ClassroomSession,
    CodingExercise,
    ExerciseRunner,
    Language,
    ScalableGrader,
    StudentProgress,
    TestCase,
    validate_code,
)

FACTORIAL = CodingExercise(
    id="factorial-001",
    title="Factorial",
    description="Write `factorial(n)`: the product of the numbers from 1 to n.",
    starter_code="""
def factorial(n):
    # Your code here
    pass

print(factorial(int(input())))
    """,
    solution="""
def factorial(n):
    product = 1
    for factor in range(2, n + 1):
        product *= factor
    return product

print(factorial(int(input())))
    """,
    test_cases=[
        TestCase(input="0", expected_output="1", name="Nothing to multiply"),
        TestCase(input="1", expected_output="1", name="One"),
        TestCase(input="4", expected_output="24", name="Small"),
        TestCase(input="10", expected_output="3628800", name="Larger"),
        TestCase(input="20", expected_output="2432902008176640000", name="Large", hidden=True),
    ],
    hints=["What is the product of no numbers at all?", "A loop will do."],
)

sandboxed = pytest.mark.usefixtures("nothing_left")


@sandboxed
@pytest.mark.namespaces
def test_embeddable_code_exercises() -> None:
    runner = ExerciseRunner()
    right = runner.check_solution(FACTORIAL, FACTORIAL.solution)
    assert right == {
        "passed": True,
        "score": 100.0,
        "passed_tests": 5,
        "total_tests": 5,
        "feedback": [],
        "hints": [],
    }

    starter = runner.check_solution(FACTORIAL, FACTORIAL.starter_code)
    assert set(starter) == set(right)
    assert (starter["passed"], starter["score"], starter["passed_tests"]) == (False, 0.0, 0)
    assert starter["hints"] == FACTORIAL.hints[:1]
    assert "“None” instead of “1”" in starter["feedback"][0]
    assert "2432902008176640000" not in repr(starter)

    partial = runner.check_solution(FACTORIAL, "print([1, 1, 2, 6, 24, 120][int(input())])")
    assert (partial["score"], partial["passed_tests"], partial["hints"]) == (60.0, 3, [])
    assert "runtime error" in partial["feedback"][0]
    assert "IndexError" in partial["feedback"][0]
    assert "line 1" in partial["feedback"][0]
    assert partial["feedback"][1] == "3 of 4 visible tests passed; the hidden test failed"

    broken = runner.check_solution(FACTORIAL, "def factorial(n:\n    return 1")
    assert broken["feedback"][0].startswith("The program does not compile")
    assert "line 1, column 14: SyntaxError: '(' was never closed" in broken["feedback"][1]


@sandboxed
def test_exercises_in_another_language() -> None:
    exercise = CodingExercise(
        "twice", "Twice", "", "", "", [TestCase("4", "8", name="four")], [], Language.CPP
    )
    runner = ExerciseRunner()
    head, tail = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << ", "; }"
    assert runner.check_solution(exercise, f"{head}2 * n{tail}")["passed"]
    assert runner.check_solution(exercise, f"{head}3 * n{tail}")["feedback"] == [
        "Test 'four' failed: wrong answer: line 1: 12 instead of 8, which is 4 away"
    ]


@sandboxed
def test_progress_tracking() -> None:
    runner = ExerciseRunner()
    progress = StudentProgress("student-1")
    for code in ("print(1)", FACTORIAL.solution):
        result = runner.check_solution(FACTORIAL, code)
        progress.record_submission(FACTORIAL.id, code, result)
    assert progress.student_id == "student-1"
    assert progress.get_stats() == {
        "total_submissions": 2,
        "successful_submissions": 1,
        "success_rate": 0.5,
        "completed_exercises": 1,
        "avg_attempts_per_exercise": 2.0,
    }


@sandboxed
def test_live_code_comparison() -> None:
    session = ClassroomSession("monday", FACTORIAL)
    assert session.get_class_progress() == {"participants": 0}
    session.update_code("ada", "def factorial(n):")
    assert session.student_code["ada"] == "def factorial(n):"
    assert session.submit("ada", FACTORIAL.solution)["passed"]
    assert not session.submit("bob", "print(1)")["passed"]
    assert session.get_class_progress() == {
        "participants": 2,
        "completed": 1,
        "completion_rate": 50.0,
        "average_score": 70.0,
        "struggling": ["bob"],
    }


@pytest.mark.quick
def test_input_validation() -> None:
    for code in (
        "import os",
        "import subprocess",
        "import socket",
        "open('/etc/passwd')",
        "__import__('os')",
        "eval('1 + 1')",
        "exec('x = 1')",
        "import os\nos.system('ls')",
        "import os\nos.popen('ls')",
        "x" * 50_001,
    ):
        ok, message = validate_code(code, Language.PYTHON)
        assert not ok
        assert message
    assert validate_code("print('import os')  # eval(", Language.PYTHON) == (True, "OK")


@sandboxed
@pytest.mark.namespaces
def test_scaling_considerations() -> None:
    code = "a, b = map(int, input().split())\nprint(a + b)"
    test_cases = [TestCase(input="2 3", expected_output="5"), TestCase("0 0", "0", hidden=True)]
    grader = ScalableGrader(max_concurrent=100)
    submissions = [
        (f"student_{i}", f"{code}  # {i % 20}", Language.PYTHON, test_cases) for i in range(100)
    ]

    async def main() -> None:
        results = await grader.grade_batch(submissions)
        assert [who for who, _ in results] == [f"student_{i}" for i in range(100)]
        assert all(result.percentage == 100 for _, result in results)

    asyncio.run(main())
