"""Misuse by a caller, and what happens when the operator's machine fails (cases 20, 21, 34).

Case 21, archives: the product has no upload of archives yet (files are written one by
one), so there is nothing that unpacks. What exists is tested: every size has a cap that
is checked before a sandbox is asked for, and the disk limit holds against the caller
too. Whoever adds archives adds their ratio and entry caps, and the tests here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carrel import AutoGrader, InvalidValueError, Language, TestCase
from carrel.core.errors import PlatformFaultError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.judge.plan import MAX_INPUT_BYTES, MAX_SOURCE_BYTES
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.limits import SandboxLimits
from carrel.testing.judging import AMPLE, judge_all, lent

BAD_PATHS = [
    "../x",
    "/app/../../etc/x",
    "a/../../x",
    "",
    "a\0b",
    "/app/" + "n" * 256,
    "/" + "d/" * 2100 + "x",
]


@pytest.mark.parametrize("path", BAD_PATHS, ids=range(len(BAD_PATHS)))
def test_20_an_impossible_path_is_a_clear_error_and_writes_nothing(path: str) -> None:
    with lent() as box:
        with pytest.raises(InvalidValueError, match="path"):
            box.write(path, "data")
        with pytest.raises(InvalidValueError, match="path"):
            box.read(path)
        assert box.run("ls", "-A", "/app", "/data", "/tmp").stdout.split() == [
            *(b"/app:", b"/data:", b"/tmp:")
        ]


@pytest.mark.parametrize("path", ["/etc/x", "/usr/bin/x", "/x", "/proc/x", "/proc/sys/kernel/x"])
def test_20_an_absolute_path_outside_the_writable_places_is_refused(path: str) -> None:
    with lent() as box:
        with pytest.raises(SandboxFileError) as caught:
            box.write(path, "data")
        assert caught.value.errno in {errno.EROFS, errno.ENOENT, errno.EACCES, errno.EPERM}
        assert not Path(path).exists()


def test_21_a_file_beyond_the_disk_limit_is_refused_and_nothing_half_written_stays() -> None:
    with lent(limits=SandboxLimits(disk_bytes=4 * MIB)) as box:
        with pytest.raises(SandboxFileError) as caught:
            box.write("/app/big", b"x" * 8 * MIB)
        assert caught.value.errno == errno.ENOSPC
        assert box.run("ls", "-A", "/app").stdout == b""
        box.write("/app/small", b"x" * MIB)


@pytest.mark.parametrize(
    ("field", "code", "given"),
    [
        ("code", "x" * (MAX_SOURCE_BYTES + 1), ""),
        ("input", "print()", "x" * (MAX_INPUT_BYTES + 1)),
    ],
)
def test_21_oversized_sources_and_inputs_are_refused_before_anything_starts(
    field: str, code: str, given: str
) -> None:
    with pytest.raises(InvalidValueError, match=field):
        AutoGrader().grade(code, Language.PYTHON, [TestCase(given, "")])


class Reaper(threading.Thread):
    """Kills the sandboxes of this test's owner as soon as they run a program."""

    def __init__(self, run_dir: Path, times: int) -> None:
        super().__init__(daemon=True)
        owner = next(run_dir.glob("own_*")).name
        self._groups = CgroupTree.detect().owner_groups(owner)
        self._times = times
        self.killed = 0
        self.stop = threading.Event()

    def run(self) -> None:
        done: set[str] = set()
        while not self.stop.wait(0.01) and self.killed < self._times:
            for group in [found for top in self._groups for found in top.glob("sbx_*")]:
                # A student's program is what takes that much; no sandbox does to start.
                if group.name not in done and self._used_ns(group) > 700_000_000:
                    done.add(group.name)
                    self._kill(group)
                    self.killed += 1

    @staticmethod
    def _used_ns(group: Path) -> int:
        with contextlib.suppress(OSError):
            return int((group / "cpuacct.usage").read_text())
        with contextlib.suppress(OSError):
            words = (group / "cpu.stat").read_text().split()
            if "usage_usec" in words:
                return 1000 * int(words[words.index("usage_usec") + 1])
        return 0

    @staticmethod
    def _kill(group: Path) -> None:
        pids: list[int] = []
        with contextlib.suppress(OSError):
            for procs in group.rglob("cgroup.procs"):
                pids += [int(pid) for pid in procs.read_text().split()]
        # All of them stopped first: none may live to tell of another's end.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)


@pytest.fixture
def reaper(unaffected_host: Path) -> Iterator[type[Reaper]]:
    threads: list[Reaper] = []

    class Registered(Reaper):
        def __init__(self, times: int) -> None:
            super().__init__(unaffected_host, times)
            threads.append(self)
            self.start()

    yield Registered
    for thread in threads:
        thread.stop.set()
        thread.join()


PATIENT = replace(AMPLE, cpu_ms=120_000)


def busy(seconds: float) -> SubmissionVerdict:
    source = f"import time\nwhile time.process_time() < {seconds}: pass\nprint('ok')\n"
    return judge_all(source, Language.PYTHON, [""], limits=PATIENT)


def test_34_a_sandbox_killed_mid_run_is_retried_and_no_attempt_is_lost(
    reaper: type[Reaper],
) -> None:
    killer = reaper(1)  # type: ignore[call-arg, arg-type]
    outcome = busy(3)
    assert killer.killed == 1
    assert outcome.verdict is Verdict.ACCEPTED, outcome


def test_34_a_sandbox_killed_every_time_is_a_platform_fault_and_never_a_pass(
    reaper: type[Reaper],
) -> None:
    killer = reaper(99)  # type: ignore[call-arg, arg-type]
    with pytest.raises(PlatformFaultError):
        busy(30)
    assert killer.killed == 3
