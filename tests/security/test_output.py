"""Abuse of output (cases 11, 12, 35)."""

from __future__ import annotations

import resource
from dataclasses import replace

import pytest

from carrel import CodeRunner
from carrel.core.sizes import MIB
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.testing.judging import AMPLE, judge_all, judge_one

LIMITS = replace(AMPLE, output_bytes=4 * MIB)

FLOOD = r"""
#include <string.h>
#include <unistd.h>
int main(void) {
    static char block[65536];
    memset(block, 'x', sizeof block);
    for (;;) write(FD, block, sizeof block);
}
"""


def peak() -> int:
    """Most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_11_endless_output_is_cut_and_bounded_on_the_host() -> None:
    before = peak()
    verdict = judge_one(FLOOD.replace("FD", "1"), Language.C, limits=LIMITS)
    assert verdict.verdict is Verdict.OUTPUT_LIMIT, verdict
    assert verdict.stdout.truncated
    assert len(verdict.stdout.data) <= 4 * MIB
    assert peak() < before + 64 * MIB


def test_12_endless_stderr_with_unread_input_does_not_deadlock() -> None:
    verdict = judge_one(FLOOD.replace("FD", "2"), Language.C, stdin="y" * 8 * MIB, limits=LIMITS)
    assert verdict.verdict is Verdict.OUTPUT_LIMIT, verdict
    assert verdict.stderr.truncated


def test_12_both_streams_at_once_from_many_children_do_not_deadlock() -> None:
    source = (
        "import os\n"
        "for i in range(8):\n    if os.fork() == 0: break\n"
        "while True: os.write(1 + os.getpid() % 2, b'z' * 65536)\n"
    )
    verdict = judge_one(source, limits=LIMITS)
    assert verdict.verdict is Verdict.OUTPUT_LIMIT, verdict


def test_11_a_flood_leaves_the_next_test_of_the_submission_alone() -> None:
    source = (
        "import os\nn = input()\n"
        "if n == '1':\n"
        "    if os.fork() == 0:\n        os.setsid()\n"
        "    while True: os.write(1, b'x' * 65536)\n"
        "print('ok')\n"
    )
    outcome = judge_all(source, Language.PYTHON, ["1", "2"], limits=LIMITS)
    assert [test.verdict for test in outcome.tests] == [Verdict.OUTPUT_LIMIT, Verdict.ACCEPTED]


def test_11_output_of_exactly_the_limit_is_whole() -> None:
    source = f"import sys; sys.stdout.write('x' * {4 * MIB})"
    verdict = judge_one(source, expected="x" * 4 * MIB, limits=LIMITS)
    assert verdict.verdict is Verdict.ACCEPTED, verdict.reason


def test_11_one_byte_more_than_the_limit_is_not() -> None:
    source = f"import sys; sys.stdout.write('x' * {4 * MIB} + ' ')"
    verdict = judge_one(source, expected="x" * 4 * MIB, limits=LIMITS)
    assert verdict.verdict is Verdict.OUTPUT_LIMIT, verdict.reason


@pytest.mark.parametrize(
    "data",
    [b"\x1b[2J\x1b]0;owned\x07ok", b"\xff\xfe\x80ok\n", b"ok\0\0\0", b"\r\x08\x08\xe2\x80\xaeok"],
    ids=["ansi", "invalid-utf8", "nul", "bidi"],
)
def test_35_strange_bytes_are_kept_as_they_are(data: bytes) -> None:
    verdict = judge_one(f"import os; os.write(1, {data!r}); os.write(2, {data!r})")
    assert verdict.verdict is Verdict.WRONG_ANSWER, verdict
    assert verdict.stdout.data == data
    assert verdict.stderr.data == data
    verdict.stdout.text().encode()  # no lone surrogate: it can be stored and sent


def test_35_invalid_utf8_is_shown_escaped() -> None:
    result = CodeRunner().run(r"import os; os.write(1, b'a\xff\xc3(b')", Language.PYTHON)
    assert result.stdout == r"a\xff\xc3(b"


def test_35_a_line_of_a_gigabyte_is_cut_and_said_to_be() -> None:
    source = "import os\nblock = b'x' * 1048576\nfor i in range(1024): os.write(1, block)\n"
    before = peak()
    verdict = judge_one(source, limits=LIMITS)
    assert verdict.verdict is Verdict.OUTPUT_LIMIT, verdict
    assert "[output truncated:" in verdict.stdout.text()
    assert peak() < before + 64 * MIB
