"""After every abuse: the next submission is unaffected, and nothing is left on the host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.judge.verdict import Verdict
from carrel.testing.judging import judge_one

_SOON_S = 8.0


@pytest.fixture(autouse=True)
def unaffected_host(nothing_left: Path) -> Iterator[Path]:
    """Judge a right program after each test, on the machine that was just abused."""
    yield nothing_left
    started = time.monotonic()
    verdict = judge_one("print(int(input()) + 1)", stdin="41", expected="42\n")
    assert verdict.verdict is Verdict.ACCEPTED, verdict
    assert time.monotonic() - started < _SOON_S, "the next submission had to wait"
