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
from carrel.judge.kinds.unit.suite import Weights, per_unit, sum_up
from carrel.judge.plan import Submission, make_plan
from carrel.judge.stage import Stage
from carrel.judge.verdict import PartVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
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


def done(unit: str, kind: str = "passed", message: str = "", at: str = "") -> bytes:
    said = {"done": unit, "kind": kind, "message": message, "at": at}
    return json.dumps(said).encode() + b"\n"


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


def test_what_an_exception_says_cannot_write_to_a_terminal() -> None:
    made = report(
        PLAN,
        b'{"start":"1"}\n',
        done("1", "failed", "\x1b[2Jgone\u202e\nline 2", "Stack.\x1b]0;x\x07pop"),
        b'{"died":"\\u001b[1m"}\n',
    )
    assert made.done["1"].message == r"\x1b[2Jgone\u202e" + "\nline 2"
    assert made.done["1"].at == r"Stack.\x1b]0;x\x07pop"
    assert made.died == r"\x1b[1m"


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


def test_what_a_cpp_program_says_cannot_write_to_a_terminal() -> None:
    said = GOOD.replace(b'"message":""', b'"message":"C++ exception: \\u001b[2J\\nline 2"')
    made = googletest._parse(ended(stdout=b"\n\x1e" + SECRET + said), SECRET)
    assert made is not None
    assert made.message == "C++ exception: \\x1b[2J\nline 2"
    words = googletest._sanitized(b"x.cpp:1: runtime error: \x1b[2J\xff\n")
    assert "\x1b" not in words
    assert r"\x1b[2J" in words


@pytest.mark.parametrize("refusal", [java.refusal, googletest_refusal.refusal])
def test_names_in_a_refusal_cannot_write_to_a_terminal(refusal: object) -> None:
    assert callable(refusal)
    for words in (
        "refused\na\x1b[2Jb",
        "tests\n'a\x1b[2Jb' was not declared in this scope",
        "tests\ncompiler.err.cant.resolve\tcannot find symbol a\x1b[2Jb",
    ):
        assert "\x1b" not in refusal(words)


def test_a_unit_test_is_judged_by_its_own_limits() -> None:
    exercise = RunLimits(cpu_ms=1000, wall_ms=9000)
    own = per_unit(exercise, 5000)
    assert (own.cpu_ms, own.wall_ms) == (5000, 15_000)
    assert per_unit(exercise, 200).wall_ms == 9000  # as long as the exercise's `idle` allows
    assert per_unit(exercise, None) is exercise
    plan = make_plan(Submission(Language.CPP, b""), exercise)
    stage = Stage(None, Submission(Language.CPP, b""), plan, keep_bytes=100)  # type: ignore[arg-type]
    crashed = ended(cpu_ms=3000, exit_code=3)
    verdict, reason = googletest._judge(stage, own, "A.b", crashed, None)
    assert verdict is Verdict.RUNTIME_ERROR
    assert "exit code 3" in reason
    slow = ended(cpu_ms=5001, exit_code=3)
    assert googletest._judge(stage, own, "A.b", slow, None)[0] is Verdict.TIME_LIMIT


def test_one_rule_says_which_unit_test_a_weight_means() -> None:
    weights = Weights.from_mapping({"Stack": 3, "Stack.pops": 2, "test_a": 4, "cart > adds": 5})
    assert weights.of("Stack.pops") == 2
    assert weights.of("Stack.pushes") == 3
    assert weights.of("Stacked.pushes") == 1
    assert weights.of("test_a[3]") == 4
    assert weights.of("cart > adds > up") == 5
    assert weights.unknown(["Stack.pushes", "test_a[3]", "test_ab"]) == [
        "Stack.pops",
        "cart > adds",
    ]


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


PYTEST = """languages = ["python"]
[[tests]]
kind = "pytest"
files = ["test_stack.py"]
"""


def test_a_support_file_that_is_missing_is_said_once(tmp_path: Path) -> None:
    table = PYTEST + 'support = ["none.py"]'
    with pytest.raises(ExerciseError) as caught:
        load_exercise(write(tmp_path, table, {"test_stack.py": ""}))
    assert str(caught.value).count("none.py") == 1


def test_tables_are_read(tmp_path: Path) -> None:
    text = "class StackTest { @Test void pops() {} }"
    table = JUNIT + 'weights = { "StackTest.pops" = 2 }\ntime = 3\n'
    test = load_exercise(write(tmp_path, table, {"StackTest.java": text})).tests[0].judge
    assert isinstance(test, java.JunitTest)
    assert test.time_ms == 3000
    assert test.weights.of("StackTest.pops") == 2
    assert test.weights.of("other") == 1
    table = JUNIT + "weights = { StackTest = 3 }"
    test = load_exercise(write(tmp_path, table, {"StackTest.java": text})).tests[0].judge
    assert isinstance(test, java.JunitTest)
    assert test.weights.of("StackTest.pops") == 3


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
        (JUNIT + 'weights = { "Stack" = 2 }', "'Stack'"),
        (GTEST + 'support = ["a.h", "one/a.h"]', "support[2] = 'one/a.h' has the name of another"),
        (PYTEST + 'support = ["one/test_stack.py"]', "'one/test_stack.py' has the name of another"),
        (PYTEST + 'support = ["a.h", "one/a.h"]', "support[2] = 'one/a.h' has the name of another"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, table: str, problem: str) -> None:
    files = {
        "StackTest.java": "class StackTest { @Test void pops() {} }",
        "stack-test.java": "",
        "stack_test.cpp": "TEST(Stack, Pops) {}",
        "empty.cpp": "int x;",
        "test_stack.py": "",
        "a.h": "",
    }
    (tmp_path / "one").mkdir()
    for name in ("a.h", "test_stack.py"):
        (tmp_path / "one" / name).write_text("")
    with pytest.raises(ExerciseError) as caught:
        load_exercise(write(tmp_path, table, files))
    assert problem in str(caught.value)
