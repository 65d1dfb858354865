"""How checkers and interactors are called, and how they say what they think.

Two conventions, both of programming contests:

- *testlib* (Mike Mirzayanov's library, https://github.com/MikeMirzayanov/testlib):
  `checker INPUT OUTPUT ANSWER`, `interactor INPUT OUTPUT ANSWER`. Exit code 0 is right, 1,
  2 (presentation), 4 (more than was asked for) and 8 (unexpected end) are wrong, 3 is a
  mistake of the jury's, 7 with a first line `points NUMBER` gives points. What stands on
  stderr is for the student.
- *kattis* (output validators of the problem package format,
  https://www.kattis.com/problem-package-format/): `validator INPUT ANSWER FEEDBACK_DIR`
  with the output on stdin. Exit code 42 is right, 43 is wrong; in the feedback directory
  `score.txt` gives points (`score_multiplier.txt` a part of all), `teammessage.txt` is for
  the student, `judgemessage.txt` is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from carrel.core.errors import PlatformFaultError
from carrel.judge.checkers.forms import printable_text
from carrel.judge.classify import classify
from carrel.judge.teacher import LIMITS, TeacherProgram
from carrel.judge.verdict import Verdict
from carrel.sandbox.program import Ended, Execution

_SHOWN = 500
_TESTLIB_RIGHT, _TESTLIB_FAIL, _TESTLIB_POINTS = 0, 3, 7
_TESTLIB_WRONG = frozenset({1, 2, 4, 8})
_KATTIS_RIGHT, _KATTIS_WRONG = 42, 43
_PREFIXES = (
    "ok ",
    "wrong answer ",
    "wrong output format ",
    "presentation error ",
    "unexpected eof ",
)


class Convention(StrEnum):
    """How a checker or interactor is called and understood."""

    TESTLIB = "testlib"
    KATTIS = "kattis"


@dataclass(frozen=True)
class Opinion:
    """What a checker or interactor thinks: `message` is for the student, `note` is not."""

    verdict: Verdict
    share: float = 0.0
    message: str = ""
    note: str = ""


@dataclass(frozen=True)
class Examiner:
    """A teacher's program with the convention it follows.

    `arguments` come after those of the convention. `full` is how many of the program's
    points stand for all points of the test.
    """

    program: TeacherProgram
    convention: Convention = Convention.TESTLIB
    arguments: tuple[str, ...] = ()
    full: float = 1.0

    def understand(self, execution: Execution, feedback: Mapping[str, bytes]) -> Opinion:
        """Return the opinion of a run that has ended, with the files it left.

        Raises ExerciseFaultError for a run that is none: a crash, a limit, an exit code
        that the convention does not know.
        """
        if execution.ended is not Ended.EXITED:
            raise self.program.fault(_why(execution))
        if self.convention is Convention.TESTLIB:
            return self._testlib(execution)
        return self._kattis(execution, feedback)

    def gave_up(self, execution: Execution) -> bool:
        """Whether the program itself says that the exercise is at fault."""
        return (
            self.convention is Convention.TESTLIB
            and execution.ended is Ended.EXITED
            and execution.exit_code == _TESTLIB_FAIL
        )

    def _testlib(self, execution: Execution) -> Opinion:
        code = execution.exit_code
        said = _text(execution.stderr) or _text(execution.stdout)
        message = _without_prefix(said)
        if code == _TESTLIB_RIGHT:
            return Opinion(Verdict.ACCEPTED, 1.0, "", message)
        if code in _TESTLIB_WRONG:
            return Opinion(Verdict.WRONG_ANSWER, 0.0, message)
        if code == _TESTLIB_POINTS:
            words = said.removeprefix("points ").split(maxsplit=1)
            message = words[1] if len(words) > 1 else ""
            return self._points(words[0] if words else "", self.full, message)
        if code == _TESTLIB_FAIL:
            raise self.program.fault(f"gave up: {said or 'it did not say why'}")
        raise self._unknown(execution, "0, 1, 2, 4, 7 or 8")

    def _kattis(self, execution: Execution, feedback: Mapping[str, bytes]) -> Opinion:
        code = execution.exit_code
        message = _text(feedback.get("teammessage.txt", b""))
        note = _text(feedback.get("judgemessage.txt", b""))
        if code == _KATTIS_WRONG:
            return Opinion(Verdict.WRONG_ANSWER, 0.0, message, note)
        if code != _KATTIS_RIGHT:
            raise self._unknown(execution, "42 or 43")
        score = _text(feedback.get("score.txt", b""))
        if score:
            return self._accepted(self._points(score, self.full, message, note))
        part = _text(feedback.get("score_multiplier.txt", b""))
        if part:
            return self._accepted(self._points(part, 1.0, message, note))
        return Opinion(Verdict.ACCEPTED, 1.0, "", note)

    @staticmethod
    def _accepted(opinion: Opinion) -> Opinion:
        """Return an opinion of exit code 42, which is never a wrong answer, even for no points."""
        return replace(opinion, verdict=Verdict.PARTIAL) if opinion.share == 0 else opinion

    def _points(self, number: str, full: float, message: str, note: str = "") -> Opinion:
        try:
            share = float(number) / full
        except ValueError:
            share = math.nan
        if not 0 <= share <= 1:
            raise self.program.fault(
                f"gave {number[:40]!r} points; give a number from 0 to {full:g}"
            )
        if share == 1:
            return Opinion(Verdict.ACCEPTED, 1.0, message, note)
        verdict = Verdict.PARTIAL if share else Verdict.WRONG_ANSWER
        return Opinion(verdict, share, message, note)

    def _unknown(self, execution: Execution, known: str) -> PlatformFaultError:
        said = _text(execution.stderr)[:_SHOWN]
        return self.program.fault(
            f"ended with exit code {execution.exit_code}, where {known} is expected"
            + (f": {said}" if said else "")
        )


def _why(execution: Execution) -> str:
    failed = classify(execution, LIMITS)
    return str(failed[1]) if failed else "failed"


def _text(data: bytes) -> str:
    """Return what a program said, for showing: a checker may quote what a student printed."""
    text = data[: 4 * _SHOWN].decode("utf-8", "backslashreplace").strip()
    return printable_text(text.replace("\r\n", "\n"), _SHOWN, keep="\n\t")


def _without_prefix(said: str) -> str:
    for prefix in _PREFIXES:
        if said.startswith(prefix):
            return said.removeprefix(prefix)
    return said
