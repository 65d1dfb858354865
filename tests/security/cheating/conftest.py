"""Programs that cheat are no threat to the machine, and there are hundreds of them.

So the host is looked at after each, as everywhere, and the next submission is judged
after each file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def unaffected_host(nothing_left: Path) -> Path:
    """Look at the host after each test."""
    return nothing_left


@pytest.fixture(scope="module", autouse=True)
def unaffected_afterwards(sandboxes: Path, judge_the_next: Callable[[], None]) -> Iterator[None]:
    """Judge the next submission after all tests of a file."""
    del sandboxes
    yield
    judge_the_next()
