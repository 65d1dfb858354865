"""Whatever ends an owner of sandboxes, nothing of them stays on the host."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carrel import AsyncSandbox, Sandbox
from carrel.core.errors import PlatformFaultError, SandboxClosedError
from carrel.facade import portal
from carrel.facade.handover import HandOver
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.owner import Owner, sweep_dead_owners
from carrel.sandbox.pool import SandboxPool
from carrel.testing.judging import lent
from carrel.testing.leaks import Traces, assert_nothing_left

BUSY_OWNER = """\
import sys, threading, time
from carrel import Sandbox
boxes = [Sandbox.create("base") for _ in range(3)]
def busy(box):
    try: box.commands.run("while :; do :; done & setsid sleep 999 & sleep 999", timeout=600)
    except Exception: pass
for box in boxes: threading.Thread(target=busy, args=(box,), daemon=True).start()
while not all(box._box._channel._conversation.open_requests for box in boxes): time.sleep(0.01)
print("ready", flush=True)
time.sleep(600)
"""


TALKING_OWNER = """\
import asyncio
from carrel.facade import portal
from carrel.live.interpreter import Interpreter
from carrel.live.languages import PYTHON_REPL
from carrel.live.repl import ReplSession
from carrel.live.repl_limits import ReplLimits
async def talk(pool):
    limits = ReplLimits(rest_s=0.1)
    start = lambda: Interpreter.start(pool, PYTHON_REPL, limits)
    opened = [ReplSession(start, limits) for _ in range(2)]
    for session in opened: await session.open()
    for message in opened[0].messages(), opened[1].messages():
        assert (await anext(message))["type"] == "ready"
    code = "import subprocess; subprocess.Popen(['sleep', '999'], start_new_session=True)"
    await opened[0].send({"type": "execute", "code": code + chr(10) + "while True: pass"})
    while not opened[0]._cell: await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)  # the other one rests
    print("ready", flush=True)
    await asyncio.sleep(600)
portal.run(talk)
"""


@pytest.fixture
def before(sandboxes: Path) -> Iterator[Traces]:
    """What is on the host before, without an owner; the same must be there afterwards."""
    portal.shutdown()
    traces = Traces.of(sandboxes)
    yield traces
    portal.shutdown()
    assert_nothing_left(traces, sandboxes)


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start an owner as a process of its own and wait until it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def stop(process: subprocess.Popen[str], number: int) -> None:
    """End the process with a signal and wait for it."""
    process.send_signal(number)
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()


def guard_of(run_dir: Path) -> int:
    """Return the process id of the only guard in this run directory."""
    found = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _is_guard(entry, run_dir)
    ]
    assert len(found) == 1, found
    return found[0]


def _is_guard(process: Path, run_dir: Path) -> bool:
    try:
        line = (process / "cmdline").read_text()
    except OSError:
        return False
    return "sweep.py" in line and f"{run_dir}/" in line


def test_kill_9_of_a_busy_owner_leaves_nothing_within_seconds(
    before: Traces, sandboxes: Path
) -> None:
    owner = start(BUSY_OWNER)
    held = Traces.of(sandboxes)
    assert len(held.cgroups) >= 3
    assert len(held.processes) >= 10
    stop(owner, signal.SIGKILL)
    assert_nothing_left(before, sandboxes)


def test_kill_9_of_an_owner_with_open_sessions_leaves_nothing(
    before: Traces, sandboxes: Path
) -> None:
    owner = start(TALKING_OWNER)
    assert len(Traces.of(sandboxes).cgroups) >= 2
    stop(owner, signal.SIGKILL)
    assert_nothing_left(before, sandboxes, within_s=8)


def test_kill_9_of_owner_and_guard_is_swept_at_the_next_start(
    before: Traces, sandboxes: Path
) -> None:
    owner = start(BUSY_OWNER)
    os.kill(guard_of(sandboxes), signal.SIGKILL)
    stop(owner, signal.SIGKILL)
    with lent() as box:  # a new owner, in this process
        now = Traces.of(sandboxes)
        assert len([entry for entry in now.entries if "/own_" in entry and "/sbx_" in entry]) == 1
        assert box.run("true").exit_code == 0
    portal.shutdown()
    assert_nothing_left(before, sandboxes)


def test_the_guard_ignores_the_signals_of_a_terminal(before: Traces, sandboxes: Path) -> None:
    del before
    owner = start(BUSY_OWNER)
    guard = guard_of(sandboxes)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(guard, number)
    stop(owner, signal.SIGKILL)


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.06, 0.1])
def test_kill_9_while_sandboxes_start_leaves_nothing(
    before: Traces, sandboxes: Path, delay: float
) -> None:
    script = """
        import threading
        from carrel import Sandbox
        from carrel.facade import portal
        portal._current()
        print("ready", flush=True)
        threads = [threading.Thread(target=Sandbox.create, args=("base",)) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        import time; time.sleep(60)
    """
    owner = start(script)
    time.sleep(delay)  # the moment of the kill is what the cases differ in
    stop(owner, signal.SIGKILL)
    assert_nothing_left(before, sandboxes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_command_line_ends_it_and_its_sandbox(
    before: Traces, sandboxes: Path, tmp_path: Path, number: int
) -> None:
    program = tmp_path / "wait.py"
    program.write_text("import time\nprint('ready', flush=True)\ntime.sleep(100)\n")
    command = subprocess.Popen(
        [sys.executable, "-m", "carrel.cli.main", "run", str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "ready\n"
    os.killpg(command.pid, number)  # as a terminal does: to the whole group
    _, stderr = command.communicate(timeout=60)
    assert command.returncode != 0
    assert "Traceback" not in stderr, stderr
    assert_nothing_left(before, sandboxes)


def test_a_forgotten_sandbox_dies_at_the_end_of_its_lifetime(
    before: Traces, sandboxes: Path
) -> None:
    del before
    portal.run(_nothing)
    without = Traces.of(sandboxes)
    box = Sandbox.create("base", lifetime=1)
    assert box.commands.run("echo hi").stdout == "hi\n"
    assert_nothing_left(without, sandboxes)
    assert not box.is_alive
    with pytest.raises(SandboxClosedError, match="lifetime of 1 s"):
        box.commands.run("echo hi")


def test_closing_the_pool_destroys_sandboxes_that_are_lent_and_busy(
    before: Traces, sandboxes: Path
) -> None:
    boxes = [Sandbox.create("base") for _ in range(2)]
    boxes[0].commands.run("setsid sleep 999 >/dev/null 2>&1 & sleep 0.1")
    portal.shutdown()
    assert_nothing_left(before, sandboxes)


def test_a_sandbox_given_up_while_it_starts_is_removed(nothing_left: Path) -> None:
    async def give_up(pool: SandboxPool, after_s: float) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(after_s):
                await pool.acquire("base")
        while pool._background:
            await asyncio.gather(*pool._background, return_exceptions=True)
        assert pool.live == 0

    for after_s in (0.0001, 0.005, 0.02, 0.05):
        started = time.monotonic()
        portal.run(give_up, after_s)
        assert time.monotonic() - started < 30
    assert_nothing_left(Traces.of(nothing_left), nothing_left)


FORKING_OWNER = """\
import multiprocessing, os, sys, time
from carrel import Sandbox
from carrel.core.errors import SandboxClosedError
from carrel.facade import portal

def child(box, ready):
    box.kill()  # the parent's: nothing happens
    try: box.commands.run("true")
    except SandboxClosedError: ready.set()
    with open(sys.argv[1]) as fifo: fifo.read()  # until the parent is dead and swept
    with Sandbox.create("base") as own:
        print(own.commands.run("echo own").stdout, end="", flush=True)
    portal.shutdown()
    os._exit(0)

box = Sandbox.create("base")
context = multiprocessing.get_context("fork")
ready = context.Event()
with portal._lock:  # held at the fork, as by another thread
    context.Process(target=child, args=(box, ready)).start()
assert ready.wait(120)
assert box.commands.run("echo alive").stdout == "alive\\n"
print("ready", flush=True)
time.sleep(600)
"""


def test_a_forked_child_neither_keeps_nor_ends_its_parents_sandboxes(
    before: Traces, sandboxes: Path, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    os.mkfifo(go_on)
    owner = start(FORKING_OWNER, str(go_on))
    assert owner.stdout is not None
    held = Traces.of(sandboxes)
    assert len(held.cgroups - before.cgroups) >= 1
    owner.send_signal(signal.SIGKILL)
    owner.wait(60)
    # What the child prints is still wanted: that pipe is this test's.
    assert_nothing_left(replace(before, descriptors=held.descriptors), sandboxes)
    with go_on.open("w"):  # opens when the child opens it: it lives
        pass
    assert owner.stdout.read() == "own\n"  # to the child's end
    owner.stdout.close()


def test_a_sandbox_that_is_ready_when_its_creator_gives_up_is_destroyed(
    before: Traces, sandboxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del before
    portal.run(_nothing)
    without = Traces.of(sandboxes)
    made: list[LiveSandbox] = []
    creations: list[asyncio.Future[AsyncSandbox]] = []
    take = HandOver.take

    async def take_and_cancel(self: HandOver, pool: SandboxPool) -> LiveSandbox:
        box = await take(self, pool)
        made.append(box)
        creation = creations[0]
        creation.get_loop().call_soon_threadsafe(creation.cancel)  # before the result gets there
        return box

    async def give_up() -> None:
        creations.append(asyncio.ensure_future(AsyncSandbox.create("base")))
        with pytest.raises(asyncio.CancelledError):
            await creations[0]

    monkeypatch.setattr(HandOver, "take", take_and_cancel)
    asyncio.run(give_up())
    assert len(made) == 1
    assert_nothing_left(without, sandboxes)
    assert not made[0].is_alive


def test_a_guard_that_cannot_start_is_a_platform_fault_and_leaves_nothing(
    before: Traces, sandboxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PlatformFaultError, match="/nowhere/python"):
        Owner(sandboxes, CgroupTree.detect())
    assert_nothing_left(before, sandboxes, within_s=0)


def test_what_an_owner_elsewhere_left_is_not_taken_for_ours(
    before: Traces, sandboxes: Path
) -> None:
    tree = CgroupTree.detect()
    with tempfile.TemporaryDirectory(dir=sandboxes.parent) as elsewhere:
        owner = Owner(Path(elsewhere), tree)
        tree.create(owner.id, "sbx_left")
        os.kill(guard_of(Path(elsewhere)), signal.SIGKILL)
        asyncio.run(owner.close())  # without a guard nothing is removed
        assert any(group.exists() for group in tree.owner_groups(owner.id))
        assert_nothing_left(before, sandboxes)
        assert sweep_dead_owners(Path(elsewhere), tree) == [owner.id]
    assert_nothing_left(before, sandboxes)


def test_an_owner_may_be_closed_twice(before: Traces, sandboxes: Path) -> None:
    async def close_twice() -> None:
        owner = Owner(sandboxes, CgroupTree.detect())
        await owner.close()
        await owner.close()

    asyncio.run(close_twice())
    assert_nothing_left(before, sandboxes)


def test_a_sandbox_that_cannot_be_started_leaves_no_descriptor(
    nothing_left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_pidfd(_: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pidfd_open", no_pidfd)
        with pytest.raises(PlatformFaultError, match="Too many open files"):
            Sandbox.create("base")
    assert_nothing_left(Traces.of(nothing_left), nothing_left)


def test_owners_side_by_side_do_not_harm_each_other(before: Traces, sandboxes: Path) -> None:
    del before
    other = start(BUSY_OWNER)
    with lent() as box:
        stop(other, signal.SIGKILL)
        third = start(
            'from carrel import Sandbox; Sandbox.create("base"); print("ready", flush=True)'
        )
        third.wait(60)
        assert third.stdout is not None
        third.stdout.close()
        assert sweep_dead_owners(sandboxes, CgroupTree.detect()) in ([], [_dead(sandboxes)])
        assert box.run("echo", "alive").stdout == b"alive\n"


def _dead(run_dir: Path) -> str | None:
    return next((entry.name for entry in run_dir.glob("own_*")), None)


async def _nothing(_: object) -> None:
    pass
