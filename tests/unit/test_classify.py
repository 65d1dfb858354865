from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.core.errors import PlatformFaultError
from carrel.core.sizes import MIB
from carrel.judge.classify import classify, signal_name
from carrel.judge.verdict import Captured, Verdict
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Ended, Execution
from carrel.testing.sandboxes import ended

pytestmark = pytest.mark.quick

LIMITS = RunLimits(cpu_ms=1000, wall_ms=3000, memory_bytes=64 * MIB, output_bytes=1024)


@pytest.mark.parametrize(
    ("execution", "verdict", "words"),
    [
        (
            ended(how=Ended.CPU_LIMIT, cpu_ms=1003),
            Verdict.TIME_LIMIT,
            "allowed are 1 s of computing and 3 s by the clock",
        ),
        (ended(cpu_ms=1200), Verdict.TIME_LIMIT, "computed for 1.2 s (CPU time)"),
        (
            ended(how=Ended.WALL_LIMIT, cpu_ms=20, wall_ms=3000),
            Verdict.IDLENESS_LIMIT,
            "computed for only 0.02 s of them: it slept, or waited for input",
        ),
        (
            ended(how=Ended.WALL_LIMIT, cpu_ms=900, wall_ms=1000),
            Verdict.TIME_LIMIT,
            "still computing after 1 s by the clock (0.9 s of CPU time)",
        ),
        (ended(how=Ended.MEMORY_LIMIT), Verdict.MEMORY_LIMIT, "more memory than the 64M allowed"),
        (ended(how=Ended.OUTPUT_LIMIT), Verdict.OUTPUT_LIMIT, "more than the 1K"),
        (ended(stdout_truncated=True), Verdict.OUTPUT_LIMIT, "more than the 1K"),
        (ended(exit_code=3), Verdict.RUNTIME_ERROR, "exit code 3"),
        (ended(how=Ended.SIGNALED, signal=11), Verdict.RUNTIME_ERROR, "SIGSEGV"),
        (ended(how=Ended.SIGNALED, signal=24), Verdict.TIME_LIMIT, "CPU time"),
        (ended(how=Ended.SIGNALED, signal=25), Verdict.RUNTIME_ERROR, "larger file"),
        (
            ended(exit_code=1, stderr=b"Exception: java.lang.OutOfMemoryError: Java heap"),
            Verdict.MEMORY_LIMIT,
            "no memory left; allowed are 64M",
        ),
    ],
)
def test_each_end_has_its_verdict(execution: Execution, verdict: Verdict, words: str) -> None:
    failed = classify(execution, LIMITS, [b"java.lang.OutOfMemoryError"])
    assert failed is not None
    assert failed[0] is verdict
    assert words in failed[1]


def test_a_good_end_is_no_verdict_even_if_it_speaks_of_memory() -> None:
    assert classify(ended(stderr=b"OutOfMemoryError"), LIMITS, [b"OutOfMemoryError"]) is None


@pytest.mark.parametrize(
    "execution", [ended(how=Ended.KILLED), ended(start_error="No such file or directory")]
)
def test_what_says_nothing_about_the_program_is_a_platform_fault(execution: Execution) -> None:
    with pytest.raises(PlatformFaultError):
        classify(execution, LIMITS)


def test_each_end_can_be_told_in_german() -> None:
    execution = ended(how=Ended.WALL_LIMIT, cpu_ms=25, wall_ms=1500)
    failed = classify(execution, replace(LIMITS, cpu_ms=None, wall_ms=1500))
    assert failed is not None
    assert failed[1].in_language("de") == (
        "das Programm war nach 1,5 s auf der Uhr nicht fertig und hat davon nur 0,025 s "
        "gerechnet: Es hat geschlafen oder auf eine Eingabe gewartet, die nicht kommt; "
        "erlaubt sind 1,5 s auf der Uhr"
    )


def test_a_limit_that_nobody_named_is_not_made_up() -> None:
    failed = classify(ended(how=Ended.MEMORY_LIMIT), replace(LIMITS, memory_bytes=None))
    assert failed == (Verdict.MEMORY_LIMIT, "the program used all the memory of its sandbox")


def test_no_cpu_limit_is_never_exceeded() -> None:
    assert classify(ended(cpu_ms=10**9), replace(LIMITS, cpu_ms=None)) is None


def test_signals_have_names_and_a_shells_exit_code() -> None:
    assert signal_name(11) == "SIGSEGV"
    assert signal_name(63) == "SIG63"
    assert ended(how=Ended.SIGNALED, signal=11).shell_exit_code == 139
    assert ended(exit_code=7).shell_exit_code == 7
    assert ended(how=Ended.MEMORY_LIMIT).shell_exit_code == 137


def test_output_is_shown_safely_and_truncation_is_said() -> None:
    assert Captured(b"a\xff\x00b", 4).text() == "a\\xff\x00b"
    assert Captured(b"abc", 1000).text() == "abc\n[output truncated: 3 of 1,000 bytes]"
    assert "at least 3 bytes" in Captured(b"abc", 3, cut_short=True).text()


def test_the_end_of_what_was_cut_is_shown_too() -> None:
    assert Captured(b"abc", 1000, end=b"KeyError").text() == (
        "abc\n[output truncated: 3 of 1,000 bytes]\nKeyError"
    )
