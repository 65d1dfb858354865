"""Abuse of time (cases 5-7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.testing.judging import QUICK, judge_one

# What idles and what works is told apart with the machine to itself.
pytestmark = pytest.mark.alone

SHORT = replace(QUICK, cpu_ms=600, wall_ms=600)


def test_05_a_busy_loop_reaches_the_cpu_limit() -> None:
    verdict = judge_one("while True: pass", limits=SHORT)
    assert verdict.verdict is Verdict.TIME_LIMIT, verdict
    assert 600 <= verdict.cpu_ms < 3000, verdict


def test_06_a_sleeping_program_is_told_apart_from_a_busy_one() -> None:
    verdict = judge_one("import time; time.sleep(60)", limits=SHORT)
    assert verdict.verdict is Verdict.IDLENESS_LIMIT, verdict
    assert verdict.wall_ms < 8000, verdict
    assert verdict.cpu_ms < 600, verdict


def test_06_waiting_for_input_that_never_comes_ends_at_once() -> None:
    # There is no more input than the test's, and the program sees its end.
    verdict = judge_one("import sys; sys.stdin.read(); print('ok')", limits=SHORT)
    assert verdict.verdict is Verdict.ACCEPTED, verdict


def test_06_waiting_on_a_pipe_of_its_own_is_idleness() -> None:
    verdict = judge_one("import os; r, w = os.pipe(); os.read(r, 1)", limits=SHORT)
    assert verdict.verdict is Verdict.IDLENESS_LIMIT, verdict


def test_06_waking_up_now_and_then_holds_no_place_for_long() -> None:
    # 8% of a core: never idle for a whole look, and far from the CPU limit.
    source = (
        "import time\n"
        "while True:\n"
        "    end = time.perf_counter() + 0.008\n"
        "    while time.perf_counter() < end: pass\n"
        "    time.sleep(0.092)\n"
    )
    verdict = judge_one(source, limits=SHORT)
    assert verdict.verdict is Verdict.IDLENESS_LIMIT, verdict
    assert verdict.wall_ms < 8000, verdict


def test_06_catching_every_signal_does_not_win_time() -> None:
    source = (
        "import signal, time\n"
        "for number in range(1, 65):\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True: time.sleep(1)\n"
    )
    verdict = judge_one(source, limits=SHORT)
    assert verdict.verdict is Verdict.IDLENESS_LIMIT, verdict
    assert verdict.wall_ms < 8000, verdict


def test_07_cpu_time_of_children_is_summed() -> None:
    # No child comes near the limit by itself, and none is waited for.
    source = r"""
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    for (int i = 0; i < 40; i++) {
        if (fork() == 0) {
            while (clock() < CLOCKS_PER_SEC / 10) { }
            _exit(0);
        }
        usleep(50000);
    }
    puts("ok");
}
"""
    verdict = judge_one(source, Language.C, limits=replace(SHORT, wall_ms=4000))
    assert verdict.verdict is Verdict.TIME_LIMIT, verdict
