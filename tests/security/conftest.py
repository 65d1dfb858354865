"""After every abuse nothing is left on the host, and the next submission is unaffected.

The host is looked at after each test. The next submission is judged after each file, and
where disk, processes or memory are what is abused (`next_is_unaffected`) after each test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel.judge.verdict import Verdict
from carrel.testing.judging import judge_one

_SOON_S = 60.0
"""Not how fast it is, which a busy machine decides: that nothing holds it up."""


@pytest.fixture(scope="session")
def judge_the_next() -> Callable[[], None]:
    """Judge a right program, on the machine that was just abused."""

    def judge() -> None:
        started = time.monotonic()
        verdict = judge_one("print(int(input()) + 1)", stdin="41", expected="42\n")
        assert verdict.verdict is Verdict.ACCEPTED, verdict
        assert time.monotonic() - started < _SOON_S, "the next submission had to wait"

    return judge


@pytest.fixture(scope="module", autouse=True)
def unaffected_afterwards(sandboxes: Path, judge_the_next: Callable[[], None]) -> Iterator[None]:
    """Judge the next submission after all tests of a file."""
    del sandboxes
    yield
    judge_the_next()


@pytest.fixture(autouse=True)
def unaffected_host(nothing_left: Path) -> Path:
    """Look at the host after each test."""
    return nothing_left


@pytest.fixture
def next_is_unaffected(unaffected_host: Path, judge_the_next: Callable[[], None]) -> Iterator[None]:
    """Judge the next submission after each test."""
    del unaffected_host
    yield
    judge_the_next()
