"""After every abuse: the next submission is unaffected, and nothing is left on the host."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel.judge.verdict import Verdict
from carrel.testing.judging import judge_one

_SOON_S = 8.0


@pytest.fixture(scope="session")
def judge_the_next() -> Callable[[], None]:
    """Judge a right program, on the machine that was just abused."""

    def judge() -> None:
        started = time.monotonic()
        verdict = judge_one("print(int(input()) + 1)", stdin="41", expected="42\n")
        assert verdict.verdict is Verdict.ACCEPTED, verdict
        assert time.monotonic() - started < _SOON_S, "the next submission had to wait"

    return judge


@pytest.fixture(autouse=True)
def unaffected_host(nothing_left: Path, judge_the_next: Callable[[], None]) -> Iterator[Path]:
    """Look at the host and judge the next submission after each test."""
    yield nothing_left
    judge_the_next()
