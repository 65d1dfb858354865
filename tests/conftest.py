"""Fixtures for every test: a place on the host of our own, and proof that nothing stays.

Tests of the sandbox are plain functions. They reach the asynchronous core through the
library's own background loop, as its users do; there is no second event loop to keep
apart, and one fixture (`sandboxes`) starts and ends it.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import hypothesis
import pytest

from carrel.facade import portal
from carrel.ops.settings import Settings
from carrel.testing.leaks import Traces, assert_nothing_left

# A shell starts background jobs with SIGINT ignored, and children inherit that: the
# tests that press Ctrl-C would wait for a program that cannot hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A noisy machine breaks a deadline for each example; pytest's own bounds the whole test.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--isolation",
        choices=sorted(set(get_args(Settings.model_fields["isolation"].annotation)) - {"auto"}),
        default="gvisor",
        help="what isolates the sandboxes of the tests (default: gvisor)",
    )

    parser.addoption(
        "--database",
        choices=["postgresql", "sqlite"],
        default="sqlite",
        help="what the platform's tests store in (default: sqlite)",
    )


@pytest.fixture(scope="session")
def isolation(request: pytest.FixtureRequest) -> str:
    """Which backend the sandboxes of this test run are of."""
    return str(request.config.getoption("--isolation"))


@pytest.fixture(scope="session")
def run_dir() -> Iterator[Path]:
    """Where this test run's owners have their places; at the end nothing may be left there."""
    place = Path(f"/run/carrel-test-{os.getpid()}")
    place.mkdir(mode=0o700)
    before = Traces.of(place)
    yield place
    portal.shutdown()
    assert_nothing_left(before, place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def sandboxes(
    run_dir: Path, isolation: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Give a module real sandboxes, none of them kept warm; returns the run directory.

    Without warm ones nothing is started behind a test's back, and what is there
    after it can be compared with what was there before. Where the isolation cannot be
    had (no root, a missing tool), the tests fail: they promise it.
    """
    portal.shutdown()
    tmp_path_factory.getbasetemp()  # pytest's own place, before ours takes over
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as own:
        patch.setattr(tempfile, "tempdir", own)  # so that every file in it is ours
        patch.setenv("TMPDIR", own)
        patch.setenv("CARREL_RUN_DIR", str(run_dir))
        patch.setenv("CARREL_POOL_SIZE", "0")
        patch.setenv("CARREL_ISOLATION", isolation)
        portal.run(_nothing)  # says what is missing
        portal.shutdown()
        yield run_dir
        portal.shutdown()


@pytest.fixture
def nothing_left(sandboxes: Path) -> Iterator[Path]:
    """Fail a test after which the host holds anything that it did not hold before."""
    portal.run(_nothing)  # the owner, its guard and the loop belong to no test
    before = Traces.of(sandboxes)
    yield sandboxes
    assert_nothing_left(before, sandboxes)


async def _nothing(_: object) -> None:
    pass


@pytest.fixture
def kattis_package(tmp_path: Path) -> Callable[[str], Path]:
    """Return what unpacks one of the packages in tests/data/kattis: `-- name --`, then its text."""

    def unpack(name: str) -> Path:
        folder = tmp_path / "packages" / name
        text = (Path(__file__).parent / f"data/kattis/{name}.txt").read_text(encoding="utf-8")
        for part in text.removeprefix("-- ").split("\n-- "):
            file, content = part.split(" --\n", maxsplit=1)
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.rstrip("\n") + "\n", encoding="utf-8")
        return folder

    return unpack
