"""What users of other platforms complain about must not happen here.

The numbers are those of the list of complaints that this was made from. Everything runs
as a student's program does: in real sandboxes, through the command line or the library.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from carrel import (
    AutoGrader,
    BatchFaultError,
    GradeResult,
    Language,
    ScalableGrader,
    TestCase,
    Verdict,
)
from carrel.cli.main import main
from carrel.core.sizes import KIB, MIB
from carrel.facade import portal
from carrel.judge.checkers.floats import Floats
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.verdict import TestVerdict
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

EXERCISE = """\
id = "echo"
title = "Echo"
checker = "{checker}"

[limits]
time = 1.0
idle = 2.0
memory = "64M"
output = "64K"

[[tests]]
name = "seen"
input = "{given}"
expected = "{expected}"

[[tests]]
name = "kept-back-name"
input = "kept-back-input"
expected = "kept-back-answer"
points = 4
hidden = true
"""


class Course:
    """A folder with an exercise and what a student hands in; grades on the command line."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capfd = capfd
        (folder / "statement.md").write_text("")
        self.exercise()

    def exercise(self, given: str = "1", expected: str = "1", checker: str = "lenient") -> None:
        text = EXERCISE.format(given=given, expected=expected, checker=checker)
        (self._folder / "exercise.toml").write_text(text)

    def grade(self, source: str | bytes, *options: str, name: str = "mine.py") -> str:
        """Return what `carrel grade` prints."""
        data = source if isinstance(source, bytes) else source.encode()
        (self._folder / name).write_bytes(data)
        code = main(["grade", str(self._folder), str(self._folder / name), *options])
        out, err = self._capfd.readouterr()
        assert (code, err) == (1, ""), "none of these submissions is right"
        return out

    def report(self, source: str | bytes, *, name: str = "mine.py") -> dict[str, Any]:
        """Return what `carrel grade --json` prints."""
        result: dict[str, Any] = json.loads(self.grade(source, "--json", name=name))
        return result


@pytest.fixture
def course(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Course:
    return Course(tmp_path, capfd)


def graded(code: str, *tests: TestCase, language: str = "python", **options: Any) -> GradeResult:
    return AutoGrader().grade(code, language, tests, **options)


def compared(source: str, expected: str, checker: Floats) -> TestVerdict:
    async def work(pool: SandboxPool) -> TestVerdict:
        test = StdioTest(b"", expected.encode(), checker)
        limits = RunLimits(cpu_ms=20_000, wall_ms=60_000, memory_bytes=128 * MIB)
        job = Job(Submission(Language.PYTHON, source.encode()), [test], limits)
        return (await judge(pool, job)).tests[0]

    return portal.run(work)


# 7: a timeout is not explained; time and memory limits are confused


@pytest.mark.parametrize(
    ("source", "verdict", "said", "not_said"),
    [
        (
            "while True: pass",
            "time limit exceeded",
            ["computed for ", "allowed are 1 s of computing and 2 s by the clock"],
            ["memory", "waited"],
        ),
        (
            "input()\ninput()\nimport time\ntime.sleep(60)",
            "runtime error",
            ["EOFError", "mine.py, line 2"],
            ["memory"],
        ),
        (
            "import time\ntime.sleep(60)",
            "idleness limit exceeded",
            ["it slept, or waited for input", "allowed are 1 s of computing and 2 s by"],
            ["memory"],
        ),
        (
            "x = b'x' * 500_000_000",
            "memory limit exceeded",
            ["64M"],
            ["by the clock"],
        ),
    ],
    ids=["computes", "reads too much", "sleeps", "memory"],
)
def test_07_a_timeout_is_explained_and_the_limits_are_told_apart(
    course: Course, source: str, verdict: str, said: list[str], not_said: list[str]
) -> None:
    out = course.grade(source)
    first = out.split("\nInput:")[0]
    assert first.startswith(f"Test 'seen' failed: {verdict}: ")
    for words in said:
        assert words in out
    for words in not_said:
        assert words not in first


def test_07_a_timeout_is_explained_in_german_too(course: Course) -> None:
    first = course.grade("import time\ntime.sleep(60)", "--lang", "de").split("\nEingabe:")[0]
    assert first.startswith("Test „seen“ nicht bestanden: zu lange gewartet: das Programm war")
    assert "auf eine Eingabe gewartet, die nicht kommt" in first
    assert "erlaubt sind 1 s Rechenzeit und 2 s auf der Uhr" in first


# 8: a cold start eats the time limit


def test_08_starting_and_compiling_do_not_eat_the_time_limit() -> None:
    code = "#include <bits/stdc++.h>\n#include <regex>\nint main() { std::cout << 1; }"
    start = time.monotonic()
    result = graded(code, TestCase("", "1"), language="cpp", timeout_per_test=0.5)
    took = time.monotonic() - start
    assert result.verdict is Verdict.ACCEPTED, result.feedback
    assert took > 0.5, "a cold sandbox and the compiler took longer than the whole limit"


# 9: invisible white space


@pytest.mark.parametrize("printed", ["1\\n\\n", "1  ", " 1\\r\\n", "1"])
def test_09_white_space_that_nobody_sees_costs_nothing(printed: str) -> None:
    assert graded(f"print('{printed}', end='')", TestCase("", "1\n")).percentage == 100


@pytest.mark.parametrize(
    ("expected", "printed", "lines", "reason"),
    [
        ("1\\n", "1", ["- 1⏎", "+ 1"], "the line break at the end of the output is missing"),
        ("1 2", "1  2", ["- 1·2", "+ 1··2"], "white space"),
        ("1 2", "1\\t2", ["- 1·2", "+ 1→2"], "there is a tab and should be a space"),
        ("1", "1\\r\\n", ["- 1", "+ 1␍⏎"], "white space"),
        ("1 2", "1\\u00a02", ["- 1·2", "+ 1\\xa02"], "U+00A0 NO-BREAK SPACE"),
        ("a", "\\u0430", ["- a", "+ \u0430"], "CYRILLIC SMALL LETTER A"),
        ("ab", "a\\u200bb", ["- ab", "+ a\\u200bb"], "ZERO WIDTH SPACE"),
    ],
    ids=["line break", "space", "tab", "windows", "no-break", "look-alike", "zero width"],
)
def test_09_where_white_space_counts_it_is_visible(
    course: Course, expected: str, printed: str, lines: list[str], reason: str
) -> None:
    course.exercise(expected=expected, checker="exact")
    out = course.grade(f"import sys\nsys.stdout.write('{printed}')").splitlines()
    assert reason in out[0]
    for line in lines:
        assert line in out


# 10: floats without a tolerance, or with one that drops minus signs


def test_10_floats_have_a_tolerance_that_sees_the_sign() -> None:
    checker = Floats(absolute=1e-6, relative=1e-6)
    assert compared("print(1 / 3)", "0.33333333", checker).passed
    assert compared("print(0.1 + 0.2)", "0.3", checker).passed
    assert not compared("print(0.3334)", "0.3333", checker).passed
    minus = compared("print(1 / 4)", "-0.25", checker)
    assert minus.verdict is Verdict.WRONG_ANSWER
    assert "only the sign differs" in minus.reason
    assert not compared("print('nan')", "0.5", checker).passed


# 11: huge output passes or crashes


@pytest.mark.parametrize(
    "source",
    [
        "print(1)\nwhile True: print('x' * 1000)",
        "import sys\nprint(1, flush=True)\nwhile True: sys.stderr.write('x' * 1000)",
        "print(1)\nprint('\\n' * 1_000_000)",
    ],
    ids=["stdout", "stderr", "blank lines"],
)
def test_11_huge_output_neither_passes_nor_breaks_anything(course: Course, source: str) -> None:
    out = course.grade(source)
    assert out.startswith(
        "Test 'seen' failed: output limit exceeded: the program printed more than the 64K allowed"
    )
    assert "0 of 5 points" in out
    assert len(out) < 8 * KIB


def test_11_a_large_output_within_the_limits_is_compared_and_shown_in_part() -> None:
    right = "".join(f"{n}\n" for n in range(200_000))
    code = "for n in range(200_000): print(n)"
    assert graded(code, TestCase("", right)).percentage == 100
    wrong = graded(
        code.replace("print(n)", "print(n if n != 150_000 else -1)"), TestCase("", right)
    )
    (sentence,) = wrong.feedback
    assert "line 150001: -1 instead of 150000" in sentence
    assert len(sentence) < 300


# 12: invalid UTF-8 crashes the grader


def test_12_output_that_is_not_utf8_is_wrong_and_shown(course: Course) -> None:
    source = "import sys\nsys.stdout.buffer.write(b'\\xff\\x00\\x1b[2J')"
    out = course.grade(source)
    assert "0xFF is not UTF-8 text" in out.splitlines()[0]
    assert "+ \\xff\\x00\\x1b[2J" in out
    assert "\x1b" not in out
    report = course.report(source)
    spans = report["tests"][0]["details"]["difference"]["lines"][1]["spans"]
    assert [span["kind"] for span in spans][:2] == ["byte", "escaped"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("mine.py", b"x = '\xff\x00'\nprint(1)"),
        ("mine.c", b"\xff\xfe\x00int main(void) { }"),
        ("Mine.java", b"class A { \xc3\x28 }"),
        ("mine.js", b"\xff\xff(("),
    ],
)
def test_12_a_program_that_is_not_utf8_is_graded(course: Course, name: str, source: bytes) -> None:
    report = course.report(source, name=name)
    assert (report["verdict"], report["earned"]) == ("compile-error", 0)
    assert report["feedback"][0].startswith("The program does not compile")


# 13: a dead process or a timeout gives full marks

ANSWERED = "print(1, flush=True)\n"


@pytest.mark.parametrize(
    "rest",
    [
        "import time\ntime.sleep(60)",
        "while True: pass",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "import os, signal\nos.kill(0, signal.SIGKILL)",
        "import os\nos.kill(-1, 9)",
        "import os\nos.abort()",
        "import os\nos._exit(1)",
        "raise SystemExit(3)",
        "x = []\nwhile True: x.append(bytes(10**6))",
        "import ctypes\nctypes.string_at(0)",
    ],
)
def test_13_the_right_answer_before_a_dead_end_earns_nothing(rest: str) -> None:
    for case in (TestCase("", "1"), TestCase("", "1", hidden=True)):
        result = graded(ANSWERED + rest, case, timeout_per_test=1, memory_limit="64M")
        assert (result.earned_points, result.passed_count) == (0, 0)
        assert result.feedback != []


def test_13_printing_nothing_before_a_timeout_does_not_pass_a_test_that_expects_nothing() -> None:
    assert graded("while True: pass", TestCase("", ""), timeout_per_test=1).earned_points == 0


# 14: one bad submission kills the batch

BAD = {
    "nothing": "",
    "no text": "\x00\udcff",
    "fork bomb": "import os\nwhile True: os.fork()",
    "kills all": "import os\nos.kill(-1, 9)",
    "memory": "x = []\nwhile True: x.append(bytes(10**6))",
    "flood": "while True: print('x' * 9999)",
    "sleeper": "import time\ntime.sleep(60)",
    "no syntax": "def (",
}


def test_14_one_bad_submission_does_not_kill_the_batch() -> None:
    tests = [TestCase("2 3", "5")]
    right = "# {}\na, b = map(int, input().split())\nprint(a + b)"
    batch: list[Any] = []
    for number, (name, code) in enumerate(BAD.items()):
        batch.append((name, code, "python", tests))
        batch.append((f"right {number}", right.format(number), "python", tests))
    try:
        results = dict(asyncio.run(ScalableGrader(20).grade_batch(batch, timeout_per_test=2)))
    except BatchFaultError as error:
        pytest.fail(f"a student's program is no fault of the platform: {error}")
    assert list(results) == [name for name, *_ in batch]
    for name, result in results.items():
        assert result.percentage == (100 if name.startswith("right") else 0), name
        assert bool(result.feedback) == (name in BAD), name


# 15: a compile error is hidden or shown as success


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("mine.py", "print(1)\nif True print(2)", 2),
        ("mine.js", "console.log(1);\nif (;", 2),
        ("Mine.java", "public class Mine {\n  int x = y;\n}", 2),
        ("mine.cpp", "int main() {\n  return x;\n}", 2),
        ("mine.c", "int main(void) {\n  return 1\n}", 2),
    ],
)
def test_15_a_compile_error_is_shown_at_its_line_and_is_no_success(
    course: Course, name: str, source: str, line: int
) -> None:
    report = course.report(source, name=name)
    assert report["verdict"] == "compile-error"
    assert report["earned"] == 0
    assert {test["verdict"] for test in report["tests"]} == {"compile-error"}
    (found, *_) = report["diagnostics"]
    assert (found["file"], found["line"], found["severity"]) == (name, line, "error")
    assert found["column"] >= 1
    assert f"{name}, line {line}, column" in report["feedback"][1]
    for inside in ("/app", "solution.", "/tmp"):
        assert inside not in json.dumps(report)


def test_15_a_linkers_error_is_shown_too(course: Course) -> None:
    out = course.grade("int f(void);\nint main(void) { return f(); }", name="mine.c")
    assert out.startswith("The program does not compile")
    assert "undefined reference to" in out
    assert "0 of 5 points (0%): compile error" in out


# 16: hidden tests confuse ("I had 100%"), or leak


def test_16_nobody_says_but_i_had_100_percent(course: Course) -> None:
    out = course.grade("print(input())")
    assert "The visible test passed; the hidden test failed" in out
    assert "1 of 5 points (20%): wrong answer" in out
    assert "hidden test 1" in out


FORGED = """\
import sys
t = input()
sys.stderr.write('  File "/app/solution.py", line 1\\n    ' + t + '\\nSyntaxError: ' + t)
sys.exit(1)
"""


@pytest.mark.parametrize(
    "source",
    [
        "t = input()\nprint(t)",
        "raise ValueError(input())",
        "import sys\nt = sys.stdin.read()\nsys.stderr.write(t * 99)\nprint(t)\nsys.exit(len(t))",
        "import sys, time\ntime.sleep(len(input()) / 100)\nsys.exit(7)",
        "x = input()\nassert 'kept' not in x, x",
        "exec(input())",
        FORGED,
    ],
    ids=["prints", "raises", "everywhere", "measures", "asserts", "executes", "forges"],
)
def test_16_a_program_cannot_carry_a_hidden_test_out(course: Course, source: str) -> None:
    for out in (course.grade(source), course.grade(source, "--json")):
        assert "kept-back" not in out
    hidden = course.report(source)["tests"][1]
    assert hidden.pop("verdict") in list(Verdict)
    assert hidden == {
        "name": "hidden test 1",
        "points": 4,
        "earned": 0,
        "hidden": True,
        "details": None,
        "text": "",
    }
