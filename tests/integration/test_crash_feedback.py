"""Crashes of every language's real runtime, told by the student's own lines."""

from __future__ import annotations

import pytest

from carrel.exercises.types import ExerciseTest
from carrel.grading.feedback import feedback
from carrel.grading.grade import grade
from carrel.grading.source import SourceFile
from carrel.grading.student import StudentView, student_view
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.languages.registry import Language
from carrel.testing.judging import judge_all

pytestmark = pytest.mark.usefixtures("nothing_left")

PYTHON = """\
import json
def load(text):
    return json.loads(text)
load("{")
"""
JAVASCRIPT = """\
function first(list) {
  return list[0].name;
}
[1].map(() => first([]));
"""
JAVA = """\
import java.util.*;
public class Mine {
    static int first(List<Integer> list) {
        return list.get(0);
    }
    public static void main(String[] args) {
        System.out.println(first(new ArrayList<>()));
    }
}
"""
CPP = """\
#include <vector>
int main() { std::vector<int> v; return v.at(3); }
"""
C = """\
#include <assert.h>
int half(int n) {
    assert(n % 2 == 0);
    return n / 2;
}
int main(void) { return half(3); }
"""


def view_of(source: str, language: Language, name: str) -> StudentView:
    submission = Submission(language, source.encode())
    outcome = judge_all(source, language, [""])
    tests = [ExerciseTest("t", StdioTest(b"", b"ok\n"))]
    return student_view(grade(tests, outcome), SourceFile.of(submission, name))


@pytest.mark.parametrize(
    ("language", "name", "source", "error", "lines"),
    [
        (Language.PYTHON, "mine.py", PYTHON, "JSONDecodeError", [3, 4]),
        (Language.JAVASCRIPT, "mine.js", JAVASCRIPT, "TypeError: Cannot read", [2, 4, 4]),
        (Language.JAVA, "answer.java", JAVA, "java.lang.IndexOutOfBoundsException", [4, 7]),
        (Language.CPP, "mine.cpp", CPP, "std::out_of_range: vector", []),
        (Language.C, "mine.c", C, "Assertion `n % 2 == 0' failed.", [3]),
    ],
)
def test_a_crash_is_told_by_the_students_own_lines(
    language: Language, name: str, source: str, error: str, lines: list[int]
) -> None:
    view = view_of(source, language, name)
    details = view.tests[0].details
    assert details is not None
    assert details.trace is not None, details.stderr
    assert error in details.trace.error
    assert [frame.line for frame in details.trace.frames] == lines
    assert {frame.file for frame in details.trace.frames} <= {name}
    (sentence,) = feedback(view).sentences
    assert error in sentence
    assert all(f"({name}, line {line})" in sentence for line in lines[:1])
    assert "/app" not in details.stderr


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        (Language.C, "int main(void) { int *p = 0; return *p; }", "SIGSEGV (it used memory"),
        (
            Language.C,
            "int main(void) { volatile int n = 7, z = 0; return n / z; }",
            "SIGFPE (an impossible",
        ),
        (Language.PYTHON, "import sys\nsys.exit(3)", "ended with exit code 3; 0 would mean"),
    ],
)
def test_a_crash_without_words_is_explained(language: Language, source: str, words: str) -> None:
    (sentence,) = feedback(view_of(source, language, "mine")).sentences
    assert words in sentence


def test_the_last_words_are_found_behind_a_flood() -> None:
    source = "import sys\nsys.stderr.write('noise\\n' * 50_000)\nprint([][0])"
    (sentence,) = feedback(view_of(source, Language.PYTHON, "mine.py")).sentences
    assert "IndexError: list index out of range (mine.py, line 3)" in sentence
