"""What the agent is asked beside programs and files: PING, KILL_ALL, RESET and SHUTDOWN.

No caller of carrel's sends RESET today (a used sandbox is destroyed); what the agent
promises for it is held here, so that who needs it may rely on it.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from carrel.core.errors import SandboxFileError
from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Identity, Program
from carrel.testing.judging import AMPLE, Box, lent
from carrel.wire import messages
from carrel.wire.messages import Request

pytestmark = pytest.mark.usefixtures("nothing_left")

SLEEPER = "sleep 987 >/dev/null 2>&1 & echo started"
LOOK = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null"


def sleepers(box: Box) -> int:
    return box.run("/bin/sh", "-c", LOOK).stdout.count(b"sleep 987")


def ask(box: Box, request: Request) -> bytes:
    async def work(_: SandboxPool) -> bytes:
        return await box.live._channel.ask(request)

    return portal.run(work)


def test_ping_is_answered_while_programs_run() -> None:
    with lent() as box:
        box.run("/bin/sh", "-c", SLEEPER)
        assert ask(box, Request.PING) == b""


def test_kill_all_leaves_no_process_and_all_files() -> None:
    with lent() as box:
        box.run("/bin/sh", "-c", f"echo data >/app/file; {SLEEPER}")
        assert sleepers(box) == 1
        ask(box, Request.KILL_ALL)
        assert sleepers(box) == 0
        assert box.read("/app/file") == b"data\n"


def test_reset_removes_every_file_and_process_and_leaves_a_usable_sandbox() -> None:
    fill = (
        "mkdir -p /app/d/e/f; ln -s /etc /app/link; mkfifo /tmp/fifo; touch /dev/shm/x /data/x;"
        f"mkdir -m 0 /home/student/closed; {SLEEPER}"
    )
    look = "ls -A /app /data /tmp /dev/shm /home/student; ipcs -m | grep -c 0x || true"
    with lent() as box:
        empty = box.run("/bin/sh", "-c", look).stdout
        box.write("/app/kept", "kept", readonly=True)
        box.write("/data/deep/er/kept", "kept", readonly=True)
        assert box.run("/bin/sh", "-c", fill).exit_code == 0
        assert box.run("/bin/sh", "-c", look).stdout != empty
        ask(box, Request.RESET)
        assert sleepers(box) == 0
        assert box.run("/bin/sh", "-c", look).stdout == empty
        # The names are free again, for either kind of file.
        box.write("/app/kept", "again", readonly=True)
        assert box.run("/bin/sh", "-c", "echo mine >/app/kept").exit_code != 0
        assert box.run("cat", "/app/kept").stdout == b"again"
        assert box.run("id", "-u", identity=Identity.FRESH).exit_code == 0


def test_reset_says_so_when_it_cannot_remove_everything() -> None:
    many = "import os\nfor n in range(6000): open(f'/app/{n}', 'w').close()"
    with lent() as box:
        assert box.run("python3", "-c", many).exit_code == 0
        with pytest.raises(SandboxFileError):
            ask(box, Request.RESET)


def test_shutdown_ends_the_sandbox_with_its_programs() -> None:
    async def start_and_end(pool: SandboxPool) -> int:
        live = await pool.acquire("base")
        try:
            program = Program(argv=("/bin/sh", "-c", SLEEPER), limits=AMPLE)
            assert (await live.execute(program)).exit_code == 0
            live._channel.tell(Request.SHUTDOWN, 1)
            async with asyncio.timeout(60):
                await live._channel.broken  # the agent hung up
                return await live._instance.ended
        finally:
            await live.destroy()

    assert portal.run(start_and_end) == 0


def disk_bytes(box: Box, command: bytes) -> int:
    """Run a shell command as its own user and return how much it added to the disk."""

    async def work(_: SandboxPool) -> int:
        payload = messages.execute(
            identity=messages.WireIdentity.STUDENT,
            argv=[b"/bin/sh", b"-c", command],
            env={b"PATH": b"/usr/bin:/bin"},
            cwd=b"/app",
            stdin=b"",
            rlimits=[0] * 5,
        )
        answer = box.live._channel.begin(Request.EXECUTE, payload)[1]
        report = messages.parse_exit((await answer).payload)
        assert report.status == 0
        return report.disk_bytes

    return portal.run(work)


def test_a_program_answers_only_for_what_it_added_to_the_disk_itself() -> None:
    with lent() as box:
        box.write("/app/before", os.urandom(8 * MIB))
        assert disk_bytes(box, b"true") < MIB
        assert 4 * MIB <= disk_bytes(box, b"head -c 4M /dev/urandom >/app/x") < 5 * MIB
        assert disk_bytes(box, b"rm -f /app/x") == 0


def test_a_readonly_file_stays_protected_when_its_successor_does_not_fit() -> None:
    replaced = "echo mine >/app/new; mv -f /app/new /app/kept"
    with lent(limits=SandboxLimits(disk_bytes=4 * MIB)) as box:
        box.write("/app/kept", "kept", readonly=True)
        with pytest.raises(SandboxFileError):
            box.write("/app/kept", bytes(5 * MIB), readonly=True)
        box.run("/bin/sh", "-c", replaced)
        assert box.read("/app/kept") == b"kept"


def remove(box: Box, path: str) -> None:
    async def work(_: SandboxPool) -> None:
        await box.live.remove(path)

    portal.run(work)


def test_a_readonly_file_stays_protected_when_its_directory_is_too_full_to_be_removed() -> None:
    many = "import os\nos.mkdir('d')\nfor n in range(6000): open(f'd/{n}', 'w').close()"
    replaced = "echo mine >/app/d/new; mv -f /app/d/new /app/d/kept"
    with lent() as box:
        assert box.run("python3", "-c", many).exit_code == 0
        box.write("/app/d/kept", "kept", readonly=True)  # the last one, and looked at last
        with pytest.raises(SandboxFileError):
            remove(box, "/app/d")
        box.run("/bin/sh", "-c", replaced)
        assert box.read("/app/d/kept") == b"kept"
