"""What a checker's end means, in both conventions."""

from __future__ import annotations

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.judge.opinion import Convention, Examiner, Opinion
from carrel.judge.teacher import TeacherProgram
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.program import Ended, Execution

pytestmark = pytest.mark.quick

PROGRAM = TeacherProgram("check.py", Language.PYTHON, b"")


def ended(code: int | None = 0, stderr: bytes = b"", how: Ended = Ended.EXITED) -> Execution:
    return Execution(
        ended=how,
        exit_code=code,
        signal=None if code is not None else 11,
        stdout=b"",
        stderr=stderr,
        stdout_truncated=False,
        stderr_truncated=False,
        cpu_ms=1,
        wall_ms=1,
        memory_bytes=1,
    )


def by_testlib(code: int, stderr: bytes = b"", full: float = 1.0) -> Opinion:
    return Examiner(PROGRAM, full=full).understand(ended(code, stderr), {})


def kattis(code: int, full: float = 1.0, **files: bytes) -> Opinion:
    feedback = {f"{name}.txt": data for name, data in files.items()}
    return Examiner(PROGRAM, Convention.KATTIS, full=full).understand(ended(code), feedback)


def test_testlibs_exit_codes() -> None:
    assert by_testlib(0, b"ok 3 numbers") == Opinion(Verdict.ACCEPTED, 1.0, "", "3 numbers")
    for code in (1, 2, 4, 8):
        assert by_testlib(code, b"wrong answer line 3").verdict is Verdict.WRONG_ANSWER
    assert by_testlib(1, b"wrong answer line 3").message == "line 3"


def test_what_a_checker_quotes_of_a_program_cannot_write_to_a_terminal() -> None:
    said = by_testlib(1, b"wrong answer got \x1b[2J\xe2\x80\xae\r\nline\t2").message
    assert said == r"got \x1b[2J\u202e" + "\nline\t2"
    opinion = kattis(43, teammessage=b"\x1b[1m", judgemessage=b"\x07" + b"x" * 1000)
    assert opinion.message == r"\x1b[1m"
    assert opinion.note.startswith(r"\x07xx")
    assert opinion.note.endswith("…")
    assert by_testlib(7, b"points 0.5\tmore").message == "more"


@pytest.mark.parametrize(
    ("points", "full", "verdict", "share"),
    [
        (b"points 0.25 half of it", 1.0, Verdict.PARTIAL, 0.25),
        (b"points 100", 100.0, Verdict.ACCEPTED, 1.0),
        (b"points 0", 1.0, Verdict.WRONG_ANSWER, 0.0),
    ],
)
def test_testlibs_points(points: bytes, full: float, verdict: Verdict, share: float) -> None:
    opinion = by_testlib(7, points, full)
    assert (opinion.verdict, opinion.share) == (verdict, share)


def test_kattis_exit_codes_and_who_reads_what() -> None:
    opinion = kattis(43, teammessage=b"look at n = 1", judgemessage=b"the secret is 7")
    assert opinion == Opinion(Verdict.WRONG_ANSWER, 0.0, "look at n = 1", "the secret is 7")
    assert kattis(42).verdict is Verdict.ACCEPTED
    assert kattis(42, full=50, score=b"20\n") == Opinion(Verdict.PARTIAL, 0.4)


@pytest.mark.parametrize("points", [b"points nan", b"points -1", b"points 2", b"points", b"x"])
def test_impossible_points_are_the_exercises_fault(points: bytes) -> None:
    with pytest.raises(ExerciseFaultError, match=r"check\.py gave .* from 0 to 1"):
        by_testlib(7, points)


@pytest.mark.parametrize(
    ("execution", "words"),
    [
        (ended(3, b"FAIL the answer file is empty"), "gave up: FAIL the answer file is empty"),
        (ended(99, b"Traceback"), "exit code 99, where 0, 1, 2, 4, 7 or 8 is expected: Traceback"),
        (ended(None, how=Ended.SIGNALED), "SIGSEGV"),
        (ended(None, how=Ended.CPU_LIMIT), "computed"),
    ],
)
def test_a_checker_that_fails_is_nobodys_wrong_answer(execution: Execution, words: str) -> None:
    with pytest.raises(ExerciseFaultError) as caught:
        Examiner(PROGRAM).understand(execution, {})
    assert words in str(caught.value)


def test_long_and_broken_words_of_a_checker_are_bounded() -> None:
    opinion = by_testlib(1, b"\xff" * 10_000)
    assert len(opinion.message) <= 501
