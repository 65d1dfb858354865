"""How a sandbox begins and ends, and what it leaves: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from carrel.core.errors import PlatformFaultError, SandboxClosedError
from carrel.facade import portal
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Identity, Program
from carrel.testing.contract.case import cases_of, check, check_equal, check_exited, raises
from carrel.testing.judging import AMPLE, lent
from carrel.testing.leaks import Traces, assert_nothing_left

_REST_S = 0.5
_RESTING_SHARE = 0.01
"""Of a core: a busy loop takes a whole one, or its share of a crowded machine's."""


def _run_dir() -> Path:
    return Path(os.environ.get("CARREL_RUN_DIR", "/run/carrel"))


def _open_pool() -> Traces:
    """Have the pool opened and return what the host holds then."""

    async def nothing(_: SandboxPool) -> None:
        pass

    portal.run(nothing)
    with lent() as box:  # what is made once, with the first sandbox
        check_exited(box.run("true"))
    return Traces.of(_run_dir())


def a_sandbox_says_what_isolates_it() -> None:
    """By the backend's own name, on every sandbox."""
    wanted = os.environ.get("CARREL_ISOLATION", "auto")
    with lent() as box:
        check(box.live.isolation, "no name")
        check(wanted in ("auto", box.live.isolation.split()[0]), box.live.isolation)


def destroy_leaves_nothing_on_the_host() -> None:
    """Also of programs that still run, in their own sessions."""
    before = _open_pool()
    for _ in range(3):
        with lent() as box:
            box.run("/bin/sh", "-c", "setsid sleep 999 >/dev/null 2>&1 & echo x >/app/file")
            check(Traces.of(_run_dir()).new_since(before), "no trace of a living sandbox")
    assert_nothing_left(before, _run_dir())


def destroy_may_be_asked_for_twice_and_ends_every_use() -> None:
    """Whoever uses the sandbox afterwards is told why it is gone."""
    with lent() as box:
        box.kill()
        box.kill()
        check(not box.live.is_alive, "alive")
        with raises(SandboxClosedError):
            box.run("true")
        with raises(SandboxClosedError):
            box.read("/etc/hostname")


def a_lifetime_ends_a_forgotten_sandbox() -> None:
    """Nobody needs to ask."""
    before = _open_pool()
    with lent(limits=SandboxLimits(lifetime_s=1.0)) as box:
        assert_nothing_left(before, _run_dir(), within_s=60)
        with raises(SandboxClosedError):
            box.run("true")


def several_sandboxes_live_side_by_side() -> None:
    """Each with processes, files and a host name of its own."""
    with lent() as one, lent() as other:
        for number, box in enumerate((one, other)):
            box.write("/app/mine", str(number))
            box.run("/bin/sh", "-c", "sleep 30 >/dev/null 2>&1 &")
        for number, box in enumerate((one, other)):
            check_equal(box.read("/app/mine"), str(number).encode())
        check(not set(one.live.host_processes()) & set(other.live.host_processes()))
        one.kill()
        check_exited(other.run("true"))


def a_sandbox_that_rests_uses_no_cpu_and_wakes() -> None:
    """As those do that wait in a pool; also with a program in it that would use all it gets."""
    with lent() as box:
        box.run("/bin/sh", "-c", "while :; do :; done >/dev/null 2>&1 &")
        box.live.rest()
        deadline = time.monotonic() + 60
        while not all(map(_is_stopped, box.live.host_processes())):
            check(time.monotonic() < deadline, "a process of it still runs")
        used_us = box.live.usage().cpu_us
        time.sleep(_REST_S)  # what would show if anything ran
        # The kernel books the last microseconds of a stopped process late.
        more_us = box.live.usage().cpu_us - used_us
        check(more_us < 1e6 * _REST_S * _RESTING_SHARE, f"it used {more_us} µs more")
        box.live.wake()
        check_exited(box.run("true"))


def _is_stopped(pid: int) -> bool:
    return "\nState:\tT" in Path(f"/proc/{pid}/status").read_text()


def a_sandbox_killed_from_outside_is_a_platform_fault() -> None:
    """Never a pass, and never a student's fault."""
    with lent() as box:

        def kill(_: bytes) -> None:
            # All of them stopped first: none may live to tell of another's end.
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in box.live.host_processes():
                    os.kill(pid, number)

        program = Program(
            argv=("/bin/sh", "-c", "echo ok; exec sleep 90"),
            limits=AMPLE,
            identity=Identity.FRESH,
        )
        with raises(PlatformFaultError):
            box.do(lambda live: live.start(program, on_stdout=kill).wait())


def kill_all_and_reset_leave_a_usable_empty_sandbox() -> None:
    """Programs end, files go, the sandbox stays."""
    with lent() as box:
        box.run("/bin/sh", "-c", "setsid sleep 99 >/dev/null 2>&1 & echo x >/app/left")
        box.do(lambda live: live.kill_all())
        check_exited(box.run("/bin/sh", "-c", 'test -z "$(pgrep sleep)"'))
        box.do(lambda live: live.reset())
        check_equal(box.do(lambda live: live.list_directory("/app")), [])
        check_exited(box.run("true"))


_OWNER = """\
import time
from carrel.testing.judging import lent
with lent() as one, lent() as two:
    one.run("/bin/sh", "-c", "setsid sleep 999 >/dev/null 2>&1 &")
    two.write("/data/file", b"x" * 4000000)
    print("ready", flush=True)
    time.sleep(600)
"""


def kill_9_of_the_owner_leaves_nothing() -> None:
    """No process, mount, control group or file, within seconds."""
    portal.shutdown()
    before = Traces.of(_run_dir())
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    if owner.stdout is None:
        raise AssertionError
    try:
        check_equal(owner.stdout.readline(), "ready\n")
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait(30)
        owner.stdout.close()
    assert_nothing_left(before, _run_dir(), within_s=60)


def a_program_that_cannot_be_started_is_told_apart() -> None:
    """From one that exits with the same code."""
    with lent() as box:
        done = box.run("/no/such/program")
        check_equal(done.exit_code, 127)
        check(done.start_error, done)
        check_equal(box.run("/bin/sh", "-c", "exit 127").start_error, None)
        check_equal(box.run("/bin/sh", "-c", "kill -9 $$").ended, Ended.SIGNALED)


CASES = cases_of(
    a_sandbox_says_what_isolates_it,
    destroy_leaves_nothing_on_the_host,
    destroy_may_be_asked_for_twice_and_ends_every_use,
    a_lifetime_ends_a_forgotten_sandbox,
    several_sandboxes_live_side_by_side,
    a_sandbox_that_rests_uses_no_cpu_and_wakes,
    a_sandbox_killed_from_outside_is_a_platform_fault,
    kill_all_and_reset_leave_a_usable_empty_sandbox,
    kill_9_of_the_owner_leaves_nothing,
    a_program_that_cannot_be_started_is_told_apart,
)
