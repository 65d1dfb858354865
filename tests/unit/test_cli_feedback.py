"""A graded submission on a terminal without colours: everything is there all the same."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from carrel.cli.feedback import render
from carrel.exercises.types import ExerciseTest, Group, Scoring
from carrel.grading.grade import grade
from carrel.grading.student import StudentView, student_view
from carrel.judge.checkers.text import Exact
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.verdict import Captured, SubmissionVerdict, TestVerdict, Verdict
from carrel.texts.message import Message

pytestmark = pytest.mark.quick


def printed(view: StudentView, language: str = "en", *hints: str) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=100, no_color=True)
    for part in render(view, language, hints):
        console.print(part, soft_wrap=True)
    return out.getvalue().splitlines()


def view_of(*verdicts: TestVerdict, expected: bytes = b"a b\n") -> StudentView:
    tests = [
        ExerciseTest(f"t{n}", StdioTest(b"in\n", expected, Exact()), 2, n > 1, "g")
        for n, _ in enumerate(verdicts, 1)
    ]
    groups = [Group("g", Scoring.ALL_OR_NOTHING, 10)]
    return student_view(grade(tests, SubmissionVerdict(verdicts), groups))


def wrote(data: bytes) -> TestVerdict:
    reason = Message("newline-missing-at-end")
    return TestVerdict(Verdict.WRONG_ANSWER, reason, stdout=Captured(data, len(data)))


def test_what_differs_is_pointed_at_without_colour() -> None:
    lines = printed(view_of(wrote(b"a  b"), TestVerdict(Verdict.ACCEPTED)))
    start = lines.index("Expected (-) and printed (+):")
    assert lines[start + 1 : start + 5] == ["- a·b", "+ a··b", "    ^", "· is a space"]


def test_points_of_a_group_and_hidden_tests_are_counted() -> None:
    lines = printed(view_of(TestVerdict(Verdict.ACCEPTED), wrote(b"secret")))
    assert "The visible test passed; the hidden test failed" in lines
    assert "Group 'g': 0 of 10 points, counted together (all or nothing)" in lines
    assert lines[-1] == "0 of 10 points (0%): wrong answer"
    assert not any("secret" in line for line in lines)


def test_hints_stand_before_the_score() -> None:
    view = view_of(wrote(b"a  b"))
    assert printed(view, "en", "Look at\nthe spaces.")[-3:-1] == ["Hint: Look at", "the spaces."]
    assert "Hinweis: \\x1b[2J" in printed(view, "de", "\x1b[2J")


def test_all_of_it_is_there_in_german() -> None:
    text = "\n".join(printed(view_of(wrote(b"a  b"), wrote(b"x")), "de"))
    for words in (
        "Test „t1“ nicht bestanden: falsche Antwort",
        "Eingabe:",
        "Erwartet (-) und ausgegeben (+):",
        "· ist ein Leerzeichen",
        "Urteil",
        "verborgener Test 1",
        "Gruppe „g“: 0 von 10 Punkten",
        "0 von 10 Punkten (0 %): falsche Antwort",
    ):
        assert words in text
    for word in ("Test '", "failed", "points", "Verdict", "wrong"):
        assert word not in text


def test_a_program_cannot_drive_the_terminal_through_any_part() -> None:
    nasty = b"\x1b[2J\x07\xff\n"
    verdict = TestVerdict(
        Verdict.RUNTIME_ERROR,
        "ended",
        stdout=Captured(nasty, len(nasty)),
        stderr=Captured(nasty, len(nasty)),
    )
    for view in (view_of(wrote(nasty)), view_of(verdict)):
        text = "".join(printed(view))
        assert "\x1b" not in text
        assert "\x07" not in text
