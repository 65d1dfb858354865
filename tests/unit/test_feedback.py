"""What students are told: the first failure in full, hidden tests counted, in two languages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from carrel.core.sizes import MIB
from carrel.exercises.types import ExerciseTest
from carrel.grading.feedback import Feedback, describe, describe_trace, feedback
from carrel.grading.grade import grade
from carrel.grading.source import SourceFile
from carrel.grading.student import Disclosure, StudentView, TestTexts, student_view
from carrel.judge.checkers.floats import Floats
from carrel.judge.checkers.text import Exact, Lenient
from carrel.judge.checkers.unordered import UnorderedLines
from carrel.judge.classify import classify
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.verdict import (
    Captured,
    PartVerdict,
    SubmissionVerdict,
    TestVerdict,
    Verdict,
)
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Ended
from carrel.testing.sandboxes import ended
from carrel.texts.message import Message

pytestmark = pytest.mark.quick

PASSED = TestVerdict(Verdict.ACCEPTED)
WRONG = TestVerdict(Verdict.WRONG_ANSWER, Message("printed-nothing"))
SLOW = TestVerdict(Verdict.TIME_LIMIT, "took its time")
SOURCE = SourceFile("mine.py", "solution.py", "a = 1\nb = 1 / 0\n", language="python")
TRACEBACK = """\
Traceback (most recent call last):
  File "/app/solution.py", line 2, in <module>
    b = 1 / 0
ZeroDivisionError: division by zero
"""


def seen(
    *tests: tuple[TestVerdict, bool],
    compile_message: str | None = None,
    disclosure: Disclosure | None = None,
    source: SourceFile | None = SOURCE,
    test: StdioTest | None = None,
) -> StudentView:
    made = [
        ExerciseTest(f"t{n}", test or StdioTest(b"in", b"1\n2\n"), 1, hidden)
        for n, (_, hidden) in enumerate(tests, 1)
    ]
    outcome = SubmissionVerdict(tuple(verdict for verdict, _ in tests), compile_message)
    return student_view(grade(made, outcome), source, disclosure)


def visible(*tests: TestVerdict) -> Feedback:
    return feedback(seen(*((test, False) for test in tests)))


def crash(stderr: str, reason: str = "the program ended with exit code 1") -> TestVerdict:
    data = stderr.encode()
    return TestVerdict(Verdict.RUNTIME_ERROR, reason, exit_code=1, stderr=Captured(data, len(data)))


def wrote(stdout: str, reason: str = "") -> TestVerdict:
    data = stdout.encode()
    return TestVerdict(Verdict.WRONG_ANSWER, reason, stdout=Captured(data, len(data)))


def test_the_first_failure_is_explained_and_the_further_ones_are_short() -> None:
    told = visible(PASSED, WRONG, SLOW, WRONG)
    assert told.first is not None
    assert told.first.name == "t2"
    assert told.sentences == [
        "Test 't2' failed: wrong answer: printed nothing",
        "Test 't3' failed: time limit exceeded",
        "Test 't4' failed: wrong answer",
    ]
    assert told.summary == "1 of 4 visible tests passed"


def test_nothing_is_to_be_told_when_all_is_well() -> None:
    told = visible(PASSED, PASSED)
    assert told.sentences == []
    assert told.summary == "All 2 tests passed."


@pytest.mark.parametrize(
    ("tests", "summary", "german"),
    [
        (
            "+++ -+-+-",
            "All 3 visible tests passed; 3 of 5 hidden tests failed",
            (
                "Alle 3 sichtbaren Tests sind bestanden; 3 von 5 verborgenen Tests sind nicht "
                "bestanden"
            ),
        ),
        (
            "+-+ ++",
            "2 of 3 visible tests passed; all 2 hidden tests passed",
            "2 von 3 sichtbaren Tests sind bestanden; alle 2 verborgenen Tests sind bestanden",
        ),
        (
            "+ -",
            "The visible test passed; the hidden test failed",
            "Der sichtbare Test ist bestanden; der verborgene Test ist nicht bestanden",
        ),
        (" --", "2 of 2 hidden tests failed", "2 von 2 verborgenen Tests sind nicht bestanden"),
    ],
)
def test_hidden_tests_are_counted_so_that_nobody_says_i_had_100_percent(
    tests: str, summary: str, german: str
) -> None:
    shown, hidden = tests.split(" ")
    verdicts = [(PASSED if sign == "+" else WRONG, False) for sign in shown]
    verdicts += [(PASSED if sign == "+" else WRONG, True) for sign in hidden]
    told = feedback(seen(*verdicts))
    assert told.summary == summary
    assert told.summary.in_language("de") == german
    assert (summary in told.sentences) == ("-" in hidden)


def test_hidden_tests_are_named_only_if_the_teacher_allows_it() -> None:
    tests = ((PASSED, False), (WRONG, True), (PASSED, True))
    view = seen(*tests)
    assert [test.name for test in view.tests] == ["t1", "hidden test 1", "hidden test 2"]
    assert "t2" not in json.dumps(view.as_dict()) + repr(feedback(view).sentences)
    allowed = seen(*tests, disclosure=Disclosure(hidden_names=True))
    assert [test.name for test in allowed.tests] == ["t1", "t2", "t3"]
    assert feedback(allowed).sentences == [
        "The visible test passed; 1 of 2 hidden tests failed: 't2'"
    ]
    assert all(test.details is None for test in allowed.tests if test.hidden)


def test_the_teachers_texts_are_given_by_outcome_for_hidden_tests_too() -> None:
    texts = {
        "t1": TestTexts(passed="Well done.", failed="no"),
        "t2": TestTexts(passed="no", failed="Think of negative numbers."),
    }
    view = seen((PASSED, False), (WRONG, True), disclosure=Disclosure(texts=texts))
    assert feedback(view).sentences[-2:] == [
        "Test 't1': Well done.",
        "Test 'hidden test 1': Think of negative numbers.",
    ]


def test_a_compile_error_is_told_at_its_line_under_the_students_name_and_once() -> None:
    refused = TestVerdict(Verdict.COMPILE_ERROR, Message("not-compiled"))
    said = (
        '  File "/app/solution.py", line 2\n    b = (\n        ^\n'
        "SyntaxError: '(' was never closed"
    )
    view = seen((refused, False), (refused, True), compile_message=said)
    told = feedback(view)
    assert told.sentences == [
        "The program does not compile, so it could not be tested.",
        "mine.py, line 2, column 5: SyntaxError: '(' was never closed\n    b = 1 / 0",
    ]
    assert told.summary == "No test was run."
    assert "/app" not in json.dumps(view.as_dict())
    assert "solution.py" not in json.dumps(view.as_dict())
    assert not view.passed


def test_a_compile_error_that_names_no_place_is_told_as_it_is() -> None:
    refused = TestVerdict(Verdict.COMPILE_ERROR, "")
    told = feedback(seen((refused, False), compile_message="no \x1b[2J idea"))
    assert told.sentences[1] == "no \\x1b[2J idea"
    stopped = Message(
        "compiler-was-stopped", said="/app/solution.py: x", why=Message("said", text="y")
    )
    told = feedback(seen((refused, False), compile_message=stopped))
    assert told.sentences[1] == "mine.py: x\n(y)"
    why = Message("compiler-out-of-time", seconds=20.0)
    told = feedback(seen((refused, False), compile_message=why))
    assert told.sentences[1] == "the compiler needed more than 20 s"


def test_a_part_that_does_not_compile_does_not_hide_the_other_failures() -> None:
    refused = TestVerdict(Verdict.COMPILE_ERROR, "")
    told = feedback(seen((PASSED, False), (refused, False), (WRONG, False), compile_message="no"))
    assert [sentence.split(":")[0] for sentence in told.sentences] == [
        "The program does not compile, so it could not be tested.",
        "no",
        "Test 't3' failed",
    ]
    assert told.summary == "1 of 3 visible tests passed"


def test_a_crash_names_the_exception_and_the_students_line() -> None:
    told = visible(crash(TRACEBACK))
    assert told.sentences == [
        "Test 't1' failed: runtime error: ZeroDivisionError: division by zero (mine.py, line 2)"
    ]
    assert told.first is not None
    assert told.first.details is not None
    assert told.first.details.trace is not None
    assert list(describe_trace(told.first.details.trace)) == [
        "mine.py, line 2, in <module>\n    b = 1 / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert "/app" not in told.first.details.stderr


def test_a_crash_without_a_trace_keeps_its_reason() -> None:
    assert visible(crash("noise")).sentences == [
        "Test 't1' failed: runtime error: the program ended with exit code 1"
    ]
    native = replace(SOURCE, language="cpp")
    stderr = "terminate called after throwing an instance of 'int'\n"
    failed = classify(ended(how=Ended.SIGNALED, signal=6), RunLimits(cpu_ms=1000, wall_ms=1000))
    assert failed is not None
    told = feedback(seen((crash(stderr, failed[1]), False), source=native))
    assert told.sentences[0].startswith(
        "Test 't1' failed: runtime error: int; the program was ended by SIGABRT (it gave up,"
    )


def test_a_crash_after_a_flood_on_stderr_is_explained_too() -> None:
    captured = Captured(b"noise\n" * 99, 10**6, end=b"e\n" + TRACEBACK.encode())
    (sentence,) = visible(replace(crash(""), stderr=captured)).sentences
    assert "ZeroDivisionError: division by zero (mine.py, line 2)" in sentence


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (ended(how=Ended.CPU_LIMIT, cpu_ms=2001), ["computed for 2 s (CPU time)", "2 s", "6 s"]),
        (
            ended(how=Ended.WALL_LIMIT, cpu_ms=20, wall_ms=6000),
            ["6 s by the clock", "waited for input", "2 s of computing"],
        ),
        (ended(how=Ended.MEMORY_LIMIT, cpu_ms=5000), ["more memory than the 64M"]),
    ],
)
def test_the_limits_are_told_apart_and_named(end: object, words: list[str]) -> None:
    limits = RunLimits(cpu_ms=2000, wall_ms=6000, memory_bytes=64 * MIB)
    failed = classify(end, limits)  # type: ignore[arg-type]
    assert failed is not None
    (sentence,) = visible(TestVerdict(*failed)).sentences
    for word in words:
        assert word in sentence
    assert ("memory" in sentence) == (failed[0] is Verdict.MEMORY_LIMIT)


def test_a_wrong_answer_has_its_difference_where_lines_are_compared() -> None:
    def lines(test: StdioTest, verdict: TestVerdict) -> list[str]:
        details = seen((verdict, False), test=test).tests[0].details
        assert details is not None
        return [line.text for line in details.difference.lines] if details.difference else []

    assert lines(StdioTest(b"", b"1\n2\n", Lenient()), wrote("1\n3\n")) == ["1", "2", "3"]
    assert lines(StdioTest(b"", b"1\n", Exact()), wrote("1")) == ["1⏎", "1"]
    assert lines(StdioTest(b"", b"1\n2\n", UnorderedLines()), wrote("2\n3\n")) == []
    reason = Message("sign-differs", line=2, actual="-2.0", expected="2.0")
    near = wrote("1.0000001\n-2.0\n", reason)
    assert lines(StdioTest(b"", b"1.0\n2.0\n", Floats()), near)[-1] == "-2.0"


def test_of_a_suite_the_failed_parts_are_told() -> None:
    parts = (
        PartVerdict("test_add", Verdict.ACCEPTED),
        PartVerdict("test_sub", Verdict.WRONG_ANSWER, "3 != 4"),
        PartVerdict("test_\x1bmul", Verdict.RUNTIME_ERROR),
    )
    suite = TestVerdict(Verdict.PARTIAL, Message("printed-nothing"), share=0.3, parts=parts)
    assert visible(suite).sentences[1:] == [
        "test_sub: wrong answer: 3 != 4",
        "test_\\x1bmul: runtime error",
    ]


def test_everything_can_be_told_in_german() -> None:
    view = seen((WRONG, False), (crash(TRACEBACK), False), (PASSED, True))
    sentences = [str(getattr(s, "in_language")("de")) for s in feedback(view).sentences]  # noqa: B009
    assert sentences == [
        "Test „t1“ nicht bestanden: falsche Antwort: es wurde nichts ausgegeben",
        "Test „t2“ nicht bestanden: Laufzeitfehler",
    ]
    given = view.as_dict("de")
    assert given["tests"][0]["details"]["reason"] == "es wurde nichts ausgegeben"
    assert given["tests"][2]["name"] == "verborgener Test 1"
    assert given["verdict"] == "wrong-answer", "codes are the same in every language"
    assert json.loads(json.dumps(given)) == given


def test_the_source_file_is_what_was_handed_in() -> None:
    source = SourceFile.of(Submission(Language.PYTHON, b"x\n"), "dir/answer.py")
    assert (source.name, source.installed, source.language) == (
        "answer.py",
        "solution.py",
        "python",
    )


def test_a_tests_name_is_shown_safely() -> None:
    view = seen((WRONG, False))
    test = replace(view.tests[0], name="\x1b[2J" + "x" * 500)
    assert describe(test).isprintable()
    assert len(describe(test)) < 300


def test_what_a_passed_test_remarks_is_advice_unless_it_is_hidden() -> None:
    remark = PartVerdict("F401", Verdict.WRONG_ANSWER, "line 1: `os` is not used", weight=0.0)
    kept = PartVerdict("E501", Verdict.ACCEPTED)
    advised = TestVerdict(Verdict.ACCEPTED, "1 finding", parts=(remark, kept))
    assert feedback(seen((advised, True))).sentences == []
    told = visible(advised)
    assert told.sentences == ["Advice by 't1', F401: line 1: `os` is not used"]
    assert told.first is None
    many = TestVerdict(Verdict.ACCEPTED, parts=(remark,) * 30)
    assert visible(many).advice[-1] == "and 10 more"
