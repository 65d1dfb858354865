from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from carrel import AutoGrader, Language, TestCase, Verdict

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.namespaces]

SQUARES = [
    TestCase("3", "9", name="three"),
    TestCase("-4", "16", name="negative", points=2),
    TestCase("s3cret7", "s3cret-answer", name="text", points=4, hidden=True),
]


def test_points_are_given_test_by_test() -> None:
    result = AutoGrader().grade("print(int(input()) ** 2)", Language.PYTHON, SQUARES)
    assert (result.earned_points, result.total_points, result.passed_count) == (3, 7, 2)
    assert [r.verdict for r in result.test_results] == [
        Verdict.ACCEPTED,
        Verdict.ACCEPTED,
        Verdict.RUNTIME_ERROR,
    ]
    assert result.test_results[2].error == "runtime error"


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nt = sys.stdin.read()\nprint(t)\nsys.stderr.write(t)\nsys.exit(len(t))",
        "print(input())",
        "raise ValueError(input())",
        "import sys\nsys.stderr.write(input() * 1_000_000)",
    ],
)
def test_a_program_cannot_carry_a_hidden_test_out(code: str) -> None:
    result = AutoGrader().grade(code, "python", SQUARES)
    assert "s3cret" not in repr(result) + json.dumps(asdict(result))


def test_a_timeout_is_no_pass_even_if_the_answer_is_there() -> None:
    code = "print(9, flush=True)\nimport time\ntime.sleep(60)"
    result = AutoGrader().grade(code, "python", SQUARES[:1], timeout_per_test=3)
    assert result.earned_points == 0
    assert result.test_results[0].verdict is Verdict.IDLENESS_LIMIT
    assert "idleness limit exceeded" in (result.test_results[0].error or "")
    assert result.test_results[0].actual_output == "9"


def test_nothing_printed_does_not_pass_a_timeout_that_expects_nothing() -> None:
    case = TestCase("", "", name="silence")
    result = AutoGrader().grade("while True: pass", "python", [case], timeout_per_test=1)
    assert not result.test_results[0].passed
    assert AutoGrader().grade("pass", "python", [case]).test_results[0].passed


def test_a_compile_error_is_told_once_and_for_every_visible_test() -> None:
    result = AutoGrader().grade("int main() {", Language.C, SQUARES)
    assert result.verdict is Verdict.COMPILE_ERROR
    assert "solution.c:1" in (result.compile_error or "")
    assert "solution.c:1" in (result.test_results[0].error or "")
    assert result.test_results[2].error == "compile error"
    assert result.percentage == 0


def test_a_warning_on_stderr_does_not_cost_the_points() -> None:
    code = "import sys\nprint(int(input()) ** 2)\nprint('note', file=sys.stderr)"
    result = AutoGrader().grade(code, "python", SQUARES[:1])
    assert result.test_results[0].passed
    assert result.test_results[0].error == "note\n"
