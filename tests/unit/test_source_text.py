"""What editors do to a program: encodings, line ends, empty files; pure, and no sandbox."""

from __future__ import annotations

import codecs

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission, beside, make_plan
from carrel.judge.progress import Progress
from carrel.judge.single import run_once
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS, Language
from carrel.languages.source_text import utf8
from carrel.sandbox.limits import RunLimits
from carrel.testing.sandboxes import FakePool, ended

pytestmark = pytest.mark.quick

LIMITS = RunLimits(cpu_ms=1000, wall_ms=1000)
TEXT = "x = 'é€'  # ü\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_what_can_be_decoded_is_utf8_for_every_language(language: Language, data: bytes) -> None:
    submission = Submission(language, data, {"more" + SPECS[language].extensions[0]: data})
    assert submission.source == TEXT.encode()
    assert list(submission.files.values()) == [TEXT.encode()]
    assert submission.refusal is None


def test_one_old_line_does_not_spoil_the_others() -> None:
    assert utf8("é\n".encode() + b"\xe9\n\x81\n") == "é\né\n\x81\n".encode()


def test_a_python_file_that_names_its_encoding_is_pythons_to_read() -> None:
    data = b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"
    assert Submission(Language.PYTHON, data).source == data
    assert Submission(Language.JAVA, data).source == data.decode("latin-1").encode()
    late = b"\n\n\n\n\n# coding: latin-1\nx = '\xe9'\n"
    assert Submission(Language.PYTHON, late).source == late.decode("latin-1").encode()


def test_files_that_are_no_source_stay_as_they_are() -> None:
    data = b"\xe9\r\n\x00"
    assert Submission(Language.PYTHON, b"x", {"data.txt": data}).files == {"data.txt": data}


def test_carriage_returns_are_no_part_of_a_shells_words() -> None:
    lines = b"echo a\r\nread x\r\n"
    given = Submission(Language.BASH, lines, {"lib.sh": lines})
    assert given.source == given.files["lib.sh"] == b"echo a\nread x\n"
    assert Submission(Language.PYTHON, lines).source == lines


@given(st.binary(max_size=60))
def test_any_bytes_become_text_or_stay_what_no_tool_should_read(data: bytes) -> None:
    text = utf8(data)
    try:
        text.decode()
    except UnicodeDecodeError:
        assert text == data
        assert data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    assert utf8(TEXT.encode() + text.removeprefix(codecs.BOM_UTF8)).startswith(TEXT.encode())


@pytest.mark.parametrize(
    ("source", "english", "german"),
    [
        (b"", "The file of the program is empty", "ist leer"),
        (codecs.BOM_UTF8, "The file of the program is empty", "ist leer"),
        (b"x = 1\n\0", "is not text: it has a null byte", "kein Text"),
        (b"PK\3\4\0\0", "is not text: it has a null byte", "kein Text"),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_an_empty_file_and_a_binary_one_are_one_clear_compile_error(
    language: Language, source: bytes, english: str, german: str
) -> None:
    pool = FakePool(lambda _: ended())
    told: list[Progress] = []
    job = Job(
        Submission(language, source), [StdioTest(b"", b"")] * 2, LIMITS, on_progress=told.append
    )
    result = anyio.run(judge, pool.as_pool(), job)
    assert [test.verdict for test in result.tests] == [Verdict.COMPILE_ERROR] * 2
    assert english in (result.compile_message or "")
    refusal = job.submission.refusal
    assert refusal is not None
    assert german in refusal.in_language("de")
    assert [(one.done, one.total) for one in told] == [(2, 2)]
    once = anyio.run(run_once, pool.as_pool(), job.submission, b"", LIMITS)
    assert (once.verdict, once.compile_message) == (Verdict.COMPILE_ERROR, refusal)
    assert not pool.boxes, "no sandbox is asked for that"


def test_files_lie_beside_each_run_and_the_exercises_come_first() -> None:
    given = Submission(Language.PYTHON, b"x", {"own.txt": b"mine", "words.txt": b"forged"})
    step = beside(given, {"words.txt": b"the exercise's"})
    assert step.files == {"/data/own.txt": b"mine", "/data/words.txt": b"the exercise's"}
    assert step.program is None


def test_the_syntax_of_further_files_is_checked_too() -> None:
    for language, name in ((Language.PYTHON, "b.py"), (Language.BASH, "b.sh")):
        files = {name: b"", "data.txt": b"", "a/" + name: b""}
        check = make_plan(Submission(language, b"x", files), LIMITS).check
        assert check is not None
        assert tuple(check.argv[-2:]) == (f"/app/a/{name}", f"/app/{name}")
