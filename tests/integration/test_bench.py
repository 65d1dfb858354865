"""Each piece of the benchmark measures something real; how fast it is, is not tested."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from carrel.bench.figures import Figure
from carrel.bench.suite import QUICK, open_suite
from carrel.cli.main import main
from carrel.languages.registry import Language
from carrel.ops.settings import Settings
from carrel.testing.leaks import Traces, assert_nothing_left

# It keeps every core busy on purpose.
pytestmark = pytest.mark.alone

SMALLEST = dataclasses.replace(
    QUICK,
    warm=1,
    cold=1,
    tests=2,
    submissions=2,
    cycles=2,
    fairness_cpu_ms=1000,
    rated=(Language.PYTHON,),
)


@pytest.fixture(scope="module")
def figures(sandboxes: Path) -> list[Figure]:
    settings = Settings.load().model_copy(update={"pool_size": 1})  # something is warm

    async def measure() -> list[Figure]:
        place = sandboxes / "bench"
        async with open_suite(settings, place, SMALLEST) as steps:
            found = [await step() for _, step in steps]
        assert not list(place.glob("own_*"))
        for lock in place.iterdir():
            lock.unlink()
        place.rmdir()
        return found

    return asyncio.run(measure())


def test_every_figure_has_a_value_a_floor_and_a_goal(figures: list[Figure]) -> None:
    assert len({figure.id for figure in figures}) == len(figures) == 8
    for figure in figures:
        assert math.isfinite(figure.value), figure
        assert figure.floor is not None, figure
        assert figure.floor_is, figure
        assert figure.met is not None, figure
        json.dumps(figure.as_dict())


def test_nothing_is_left_by_the_cycles(figures: list[Figure]) -> None:
    (growth,) = (figure for figure in figures if figure.id == "growth")
    assert growth.details["left"] == []


def test_the_mix_ends_in_every_way(figures: list[Figure]) -> None:
    (fairness,) = (figure for figure in figures if figure.id == "fairness")
    verdicts = {kind: found[0].value for kind, found in fairness.details["verdicts"].items()}
    assert verdicts["accepted"] == "accepted"
    assert verdicts["over the CPU limit"] == "time-limit-exceeded"
    assert verdicts["idle"] == "idleness-limit-exceeded"
    assert verdicts["too much memory"] == "memory-limit-exceeded"


@pytest.mark.quick
def test_it_needs_root(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert main(["bench"]) == 4
    assert "carrel bench needs root" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_it_is_ended(sandboxes: Path, number: int) -> None:
    before = Traces.of(sandboxes)
    with subprocess.Popen(
        [sys.executable, "-m", "carrel.cli.main", "bench", "--quick"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"CARREL_RUN_DIR": str(sandboxes)},
    ) as process:
        deadline = time.monotonic() + 120
        while not list(sandboxes.glob("bench-*/own_*/sbx_*")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(timeout=120) == 130
    assert not list(sandboxes.glob("bench-*"))
    assert_nothing_left(before, sandboxes)
