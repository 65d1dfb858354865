"""Suites of unit tests: what is read of reports and of test files, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.exercises.errors import ExerciseError
from carrel.exercises.loading import load_exercise
from carrel.judge.kinds.unit import googletest, googletest_refusal, java
from carrel.judge.kinds.unit.googletest_names import find_tests
from carrel.judge.kinds.unit.junit_report import Done, Report
from carrel.judge.kinds.unit.suite import sum_up
from carrel.judge.verdict import PartVerdict, Verdict
from carrel.testing.sandboxes import ended

pytestmark = pytest.mark.quick

PASSED = PartVerdict("a", Verdict.ACCEPTED, score=1.0)
WRONG = PartVerdict("b", Verdict.WRONG_ANSWER, "expected 5", weight=3.0)
PLAN = b'{"plan":[{"id":"1","key":"A.a","name":"a"},{"id":"2","key":"A.b","name":"b"}]}\n'


def report(*lines: bytes) -> Report:
    made = Report(lambda _unit, _started: None)
    for line in lines:
        made.take(line)
    return made


def done(unit: str, kind: str = "passed") -> bytes:
    return json.dumps({"done": unit, "kind": kind, "message": "", "at": ""}).encode() + b"\n"


def test_weights_decide_the_share() -> None:
    summary = sum_up([PASSED, WRONG])
    assert summary.verdict is Verdict.PARTIAL
    assert summary.share == 0.25
    assert "1 of 2" in summary.reason
    assert "expected 5" in summary.reason


def test_none_passed_is_the_first_verdict_and_all_passed_is_accepted() -> None:
    assert sum_up([WRONG]).verdict is Verdict.WRONG_ANSWER
    assert sum_up([PASSED]).verdict is Verdict.ACCEPTED
    assert sum_up([]).verdict is Verdict.RUNTIME_ERROR


def test_a_report_is_read_as_it_comes_piece_by_piece() -> None:
    data = (
        PLAN + b'{"start":"1"}\n' + done("1") + b'{"start":"2"}\n' + done("2") + b'{"end":true}\n'
    )
    made = report(*(data[i : i + 7] for i in range(0, len(data), 7)))
    assert made.ended
    assert made.done == {"1": Done("passed"), "2": Done("passed")}


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"[]\n",
        b"[" * 60_000 + b"\n",
        done("3"),
        done("1"),  # for the second time
        b'{"start":"2"}\n{"start":"2"}\n',
        b'{"done":"2","kind":7,"message":"","at":""}\n',
        b'{"done":"2"}\n',
        PLAN,
        b"x" * 70_000 + b"\n",
    ],
)
def test_a_line_that_is_none_of_the_launchers_ends_the_belief(line: bytes) -> None:
    made = report(PLAN, b'{"start":"1"}\n', done("1"), line, done("2"), b'{"end":true}\n')
    assert made.broken
    assert not made.ended
    assert "2" not in made.done


def test_the_end_before_the_plan_is_no_end() -> None:
    assert not report(b'{"end":true}\n').ended


def test_tests_are_found_where_they_are_tests() -> None:
    found = find_tests(
        b'// TEST(No, One)\n/* TEST(No, Two) */ const char *s = "TEST(No, Three)";\n'
        b'auto r = R"x(TEST(No, Four))x"; int TESTS(int, int);\n'
        b"TEST(Yes, One) {}\nTEST_F( Yes , Two ) {}\nTEST_P(Yes, DISABLED_Three) {}\n"
        b"TYPED_TEST(Typed, Four) {}\n"
    )
    assert [one.name for one in found] == ["Yes.One", "Yes.Two", "Yes.DISABLED_Three", "Typed.Four"]
    assert [one.is_enabled for one in found] == [True, True, False, True]
    assert found[3].is_template


SECRET = b"0" * 32
GOOD = b'{"run":1,"passed":1,"skipped":0,"failures":0,"status":0,"message":""}\n'


def test_only_one_whole_report_with_the_secret_counts() -> None:
    line = b"\n\x1e" + SECRET + GOOD
    assert googletest._parse(ended(stdout=line), SECRET) is not None
    for wrong in (
        b"",
        line + line,
        b"\n\x1e" + b"1" * 32 + GOOD,
        b"\n\x1e" + SECRET + b"[]",
        b"\n\x1e" + SECRET + GOOD.replace(b'"passed":1', b'"passed":true'),
        b"\n\x1e" + SECRET + GOOD.replace(b'"message":""', b'"message":7'),
        b"\n\x1e" + SECRET + GOOD.replace(b'"run":1,', b""),
        b"\n\x1e" + SECRET + b"[" * 60_000,
    ):
        assert googletest._parse(ended(stdout=wrong), SECRET) is None
    assert googletest._parse(ended(stdout=line, exit_code=1), SECRET) is None


def test_a_refusal_shows_names_and_no_line_of_the_tests() -> None:
    said = "tests\n'push' was not declared in this scope\nstatic assertion failed: 4711\n"
    message = googletest_refusal.refusal(said)
    assert "push" in message
    assert "4711" not in message
    assert "4711" not in googletest_refusal.refusal("tests\nstatic assertion failed: 4711")
    said = (
        "tests\ncompiler.err.cant.resolve.location.args\tcannot find symbol method push(int)\n"
        "compiler.err.something\tsecret 4711"
    )
    assert "push(int)" in java.refusal(said)
    assert "4711" not in java.refusal(said)


@pytest.mark.parametrize("refusal", [java.refusal, googletest_refusal.refusal])
def test_tests_that_do_not_compile_are_the_teachers(refusal: object) -> None:
    assert callable(refusal)
    with pytest.raises(ExerciseFaultError, match="StackTest"):
        refusal("teacher\nStackTest.java:3: ';' expected")
    assert refusal("student\nStack.java:1: error") == "Stack.java:1: error"
    assert "sun.misc.Unsafe" in refusal("refused\nsun.misc.Unsafe")


def write(folder: Path, table: str, files: dict[str, str]) -> Path:
    (folder / "statement.md").write_text("Do it.")
    (folder / "exercise.toml").write_text(f'id = "x"\ntitle = "X"\n{table}')
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


JUNIT = """languages = ["java"]
[[tests]]
kind = "junit"
files = ["StackTest.java"]
"""
GTEST = """languages = ["c", "cpp"]
[[tests]]
kind = "googletest"
files = ["stack_test.cpp"]
"""


def test_tables_are_read(tmp_path: Path) -> None:
    text = "class StackTest { @Test void pops() {} }"
    table = JUNIT + 'weights = { "StackTest.pops" = 2 }\ntime = 3\n'
    test = load_exercise(write(tmp_path, table, {"StackTest.java": text})).tests[0].judge
    assert isinstance(test, java.JunitTest)
    assert test.time_ms == 3000
    assert test.weights.of("StackTest.pops") == 2
    assert test.weights.of("other") == 1


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (JUNIT + 'weights = { "StackTest.push" = 2 }', "'StackTest.push'"),
        (JUNIT.replace('["java"]', '["python"]'), "is for java"),
        (JUNIT.replace("StackTest.java", "stack-test.java"), "class's name"),
        (JUNIT.replace("StackTest.java", "None.java"), "None.java"),
        (GTEST + 'weights = { "Stack.Push" = 2 }', "'Stack.Push'"),
        (GTEST.replace("stack_test.cpp", "empty.cpp"), "has no TEST"),
        (GTEST + 'header = "stack.h"', "is for cpp"),
        (GTEST + 'support = ["empty.cpp"]', "another header"),
        (GTEST + "weights = { a = -1 }", "weights"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, table: str, problem: str) -> None:
    files = {
        "StackTest.java": "class StackTest { @Test void pops() {} }",
        "stack-test.java": "",
        "stack_test.cpp": "TEST(Stack, Pops) {}",
        "empty.cpp": "int x;",
    }
    with pytest.raises(ExerciseError) as caught:
        load_exercise(write(tmp_path, table, files))
    assert problem in str(caught.value)
