"""Micro-VMs: what they leave, and when hardware virtualisation is believed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carrel import bootstrap
from carrel.core.errors import InvalidValueError
from carrel.facade import portal
from carrel.ops.settings import Settings
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.pool import SandboxPool
from carrel.testing.leaks import Traces, assert_nothing_left

_DIES = """
import asyncio, os
from carrel.bootstrap import open_pool
from carrel.ops.settings import Settings

async def main():
    pool = await open_pool(Settings.load())
    boxes = [await pool.acquire("base") for _ in range(2)]
    print(sum(len(box.host_processes()) for box in boxes), flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def test_nothing_is_left_of_an_owner_that_was_killed(sandboxes: Path) -> None:
    portal.shutdown()
    before = Traces.of(sandboxes)
    done = subprocess.run(
        [sys.executable, "-c", _DIES],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ | {"CARREL_ISOLATION": "microvm"},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert int(done.stdout) >= 4  # two clones, and the jail of each
    assert_nothing_left(before, sandboxes)


def test_kvm_is_asked_once_and_answers_or_is_given_up(sandboxes: Path) -> None:
    settings = Settings.load()
    first = bootstrap.probe_kvm(settings)
    assert first[1]
    kept = sandboxes / "kvm.json"
    written = kept.stat().st_mtime_ns if kept.exists() else 0  # without /dev/kvm nothing is tried
    assert bootstrap.probe_kvm(settings) == first
    assert (kept.stat().st_mtime_ns if kept.exists() else 0) == written
    chosen = "microvm" if first[0] else "gvisor"
    assert bootstrap.chosen_isolation(settings.model_copy(update={"isolation": "auto"})) == chosen


def test_limits_larger_than_a_machine_are_refused_before_it_starts(
    sandboxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sandboxes
    portal.shutdown()
    monkeypatch.setenv("CARREL_ISOLATION", "microvm")

    async def ask(pool: SandboxPool) -> None:
        await pool.acquire("base", SandboxLimits(memory_bytes=8 << 30))

    try:
        with pytest.raises(InvalidValueError, match="CARREL_MICROVM_MEMORY"):
            portal.run(ask)
    finally:
        portal.shutdown()
