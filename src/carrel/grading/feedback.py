"""Feedback in sentences, and differences that show what cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from carrel.grading.student import StudentTest, StudentView

_LINES_BEFORE = 2
_LINES_FROM_DIFFERENCE = 8
_LINE_LENGTH = 160
_MARKS = {" ": "·", "\t": "→", "\r": "␍"}


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference: on both sides, only expected, or only printed."""

    side: Literal["both", "expected", "actual"]
    text: str


def feedback(view: StudentView) -> list[str]:
    """Return one sentence per failed test, in order; the compiler's message alone if it refused."""
    if view.compile_message is not None:
        return [view.compile_message]
    return [describe(test) for test in view.tests if not test.passed]


def describe(test: StudentTest) -> str:
    """Return how a test came out, e.g. `Test 'zero' failed: runtime error, ended by SIGSEGV`."""
    if test.passed:
        return f"Test '{test.name}' passed"
    reason = test.details.reason if test.details else ""
    return f"Test '{test.name}' failed: {test.verdict.words}" + (f", {reason}" if reason else "")


def diff(expected: str, actual: str) -> tuple[DiffLine, ...]:
    """Return the lines around the first difference, with white space at line ends made visible.

    White space is marked only where one side has it and the other has not, or
    where it ends a line; elsewhere marks would hide the text.
    """
    if expected.rstrip("\n") != actual.rstrip("\n"):  # else the line ends are the difference
        expected, actual = expected.rstrip("\n"), actual.rstrip("\n")
    wanted, printed = expected.split("\n"), actual.split("\n")
    first = next(
        (i for i, (a, b) in enumerate(zip(wanted, printed, strict=False)) if a != b),
        min(len(wanted), len(printed)),
    )
    window = slice(max(0, first - _LINES_BEFORE), first + _LINES_FROM_DIFFERENCE)
    return tuple(_compare(wanted[window], printed[window]))


def _compare(wanted: list[str], printed: list[str]) -> Iterator[DiffLine]:
    matcher = SequenceMatcher(a=wanted, b=printed, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            for line in wanted[a1:a2]:
                yield DiffLine("both", shown(line))
            continue
        mark = [line.split() for line in wanted[a1:a2]] == [line.split() for line in printed[b1:b2]]
        for line in wanted[a1:a2]:
            yield DiffLine("expected", shown(line, mark_spaces=mark))
        for line in printed[b1:b2]:
            yield DiffLine("actual", shown(line, mark_spaces=mark))


def shown(line: str, *, mark_spaces: bool = False) -> str:
    r"""Return a line so that it can be looked at: control characters escaped, ends visible.

    An escape sequence in a program's output would otherwise change the
    terminal of whoever looks at it.
    """
    body = line if mark_spaces else line.rstrip()
    end = "" if mark_spaces else line[len(body) :]
    marked = _marked(body) if mark_spaces else body
    text = "".join(char if char.isprintable() else _escape(char) for char in marked + _marked(end))
    return text if len(text) <= _LINE_LENGTH else text[:_LINE_LENGTH] + "…"


def _marked(text: str) -> str:
    return "".join(_MARKS.get(char, char) for char in text)


def _escape(char: str) -> str:
    return char if char == "\t" else char.encode("unicode_escape").decode("ascii")
