"""Limits: what a program may use, and how its end says which one it met."""

from __future__ import annotations

from dataclasses import replace

from carrel.core.sizes import MIB
from carrel.sandbox.backend import Capability
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.program import Ended, Identity
from carrel.testing.contract.case import Case, cases_of, check, check_equal, check_exited
from carrel.testing.judging import AMPLE, QUICK, lent

_SHORT = replace(QUICK, cpu_ms=500, wall_ms=500)


def a_busy_program_meets_the_cpu_limit() -> None:
    """Its children's time counted."""
    with lent() as box:
        for command in (
            "while :; do :; done",
            "for i in 1 2 3; do (while :; do :; done) & done; wait",
        ):
            done = box.run("/bin/sh", "-c", command, identity=Identity.FRESH, limits=_SHORT)
            check_equal(done.ended, Ended.CPU_LIMIT)
            check(500 <= done.cpu_ms < 5000, done)  # noqa: PLR2004


def an_idle_program_meets_the_wall_limit() -> None:
    """And not a busy one on a crowded machine."""
    with lent() as box:
        done = box.run("sleep", "60", identity=Identity.FRESH, limits=_SHORT)
        check_equal(done.ended, Ended.WALL_LIMIT)
        check(500 <= done.wall_ms < 30_000 and done.cpu_ms < 500, done)  # noqa: PLR2004


_HOARD = "import sys\nx = b'1' * (int(sys.argv[1]) << 20)\nprint('had')"


def memory_up_to_the_limit_is_had_and_more_is_not() -> None:
    """Also right after one that used it all."""
    limit = (QUICK.memory_bytes or 0) // MIB
    with lent() as box:
        argv = ("python3", "-c", _HOARD)
        for size, ended in (
            (limit - 24, Ended.EXITED),
            (limit + 32, Ended.MEMORY_LIMIT),
        ):
            done = box.run(*argv, str(size), identity=Identity.FRESH)
            check(done.ended is ended, (size, done))
    with lent() as box:
        done = box.run(*argv, "4000", identity=Identity.FRESH)
        check_equal(done.ended, Ended.MEMORY_LIMIT)


_PIPES = """\
import fcntl, os, sys
held = []
for _ in range(int(sys.argv[1])):
    pipe = os.pipe()
    held.append(pipe)
    fcntl.fcntl(pipe[1], fcntl.F_SETPIPE_SZ, 1 << 20)
    os.set_blocking(pipe[1], False)
    os.write(pipe[1], bytes(1 << 20))
"""


def memory_that_no_process_maps_is_counted() -> None:
    """Held by the kernel, here in pipes: no more than the declared slack is overlooked."""
    limit = 24 * MIB
    with lent() as box:
        slack = box.live.overhead.slack_bytes
        check(slack <= 48 * MIB, slack)
        limits = replace(AMPLE, memory_bytes=limit)
        for size, ended in ((4, Ended.EXITED), ((limit + slack) // MIB, Ended.MEMORY_LIMIT)):
            argv = ("python3", "-I", "-S", "-c", _PIPES, str(size))
            done = box.run(*argv, identity=Identity.FRESH, limits=limits)
            check(done.ended is ended, (size, done))


def processes_and_threads_are_limited() -> None:
    """Without making the sandbox unusable."""
    source = (
        "import os, errno, time\nn = 0\n"
        "try:\n    while n < 400:\n        n += 1\n"
        "        os.fork() or (time.sleep(9), os._exit(0))\n"
        "except OSError as e: print(n <= 22, errno.errorcode[e.errno])\n"
    )
    with lent() as box:
        limits = replace(AMPLE, processes=20)
        done = box.run("python3", "-c", source, identity=Identity.FRESH, limits=limits)
        check_equal(done.stdout, b"True EAGAIN\n")
        check_exited(box.run("true", identity=Identity.FRESH))


def output_is_limited_and_said_to_be() -> None:
    """Each stream by itself; the program is ended."""
    with lent() as box:
        limits = replace(AMPLE, output_bytes=100_000)
        for stream in ("stdout", "stderr"):
            redirect = " >&2" if stream == "stderr" else ""
            done = box.run(
                "/bin/sh", "-c", f"yes{redirect}", identity=Identity.FRESH, limits=limits
            )
            check_equal(done.ended, Ended.OUTPUT_LIMIT)
            check_equal(len(getattr(done, stream)), 100_000)
            check(getattr(done, f"{stream}_truncated"), done)


def a_files_size_is_limited() -> None:
    """By the signal that says so."""
    with lent() as box:
        limits = replace(AMPLE, file_bytes=MIB)
        argv = ("/bin/sh", "-c", "exec head -c 2M /dev/zero >/tmp/x")
        done = box.run(*argv, identity=Identity.FRESH, limits=limits)
        check(done.exit_code != 0 or done.signal, done)
        check_exited(box.run("/bin/sh", "-c", "test ! -e /tmp/x", identity=Identity.FRESH))


def open_files_and_stack_are_limited() -> None:
    """As the system limits that a program can ask for."""
    with lent() as box:
        limits = replace(AMPLE, open_files=64, stack_bytes=4 * MIB)
        done = box.run("/bin/sh", "-c", "ulimit -n; ulimit -s; ulimit -c", limits=limits)
        files, stack, core = done.stdout.split()
        check_equal((files, stack), (b"64", b"4096"))
        check(core == b"0", done)


def the_disk_limit_is_one_for_all_places() -> None:
    """And what was written is gone with its program."""
    with lent(limits=SandboxLimits(disk_bytes=16 * MIB)) as box:
        fill = "for p in /tmp /dev/shm .; do head -c 9M /dev/zero >$p/x || echo full; done"
        for _ in range(2):
            done = box.run("/bin/sh", "-c", fill, identity=Identity.FRESH)
            check_equal(done.stdout.count(b"full"), 2)


def a_share_of_a_core_is_held() -> None:
    """Over seconds; verdicts by CPU time do not depend on it."""
    with lent(limits=SandboxLimits(cpu=0.25)) as box:
        done = box.run("timeout", "2", "sh", "-c", "while :; do :; done")
        share = done.cpu_ms / done.wall_ms
        check(share < 0.4, (share, done))  # noqa: PLR2004


_MANY = """\
import os
made = 0
try:
    for number in range(300_000):
        os.close(os.open(f'/tmp/{number}', os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError as error: print(error.errno)
"""


def the_number_of_files_is_limited_by_itself() -> None:
    """ENOSPC, long before memory is short."""
    with lent(limits=SandboxLimits(disk_bytes=16 * MIB)) as box:
        done = box.run("python3", "-c", _MANY, identity=Identity.FRESH)
        check_equal(done.stdout, b"28\n")


def the_number_of_files_is_limited_through_memory() -> None:
    """No more than the memory limit pays for."""
    with lent(limits=SandboxLimits(disk_bytes=16 * MIB)) as box:
        limits = replace(AMPLE, memory_bytes=32 * MIB)
        done = box.run("python3", "-c", _MANY, identity=Identity.FRESH, limits=limits)
        check(done.ended is not Ended.EXITED or done.exit_code != 0 or done.stdout, done)


CASES = (
    *cases_of(
        a_busy_program_meets_the_cpu_limit,
        an_idle_program_meets_the_wall_limit,
        a_share_of_a_core_is_held,
        alone=True,
    ),
    *cases_of(
        memory_up_to_the_limit_is_had_and_more_is_not,
        memory_that_no_process_maps_is_counted,
        processes_and_threads_are_limited,
        output_is_limited_and_said_to_be,
        a_files_size_is_limited,
        open_files_and_stack_are_limited,
        the_disk_limit_is_one_for_all_places,
    ),
    Case(
        "the_number_of_files_is_limited",
        the_number_of_files_is_limited_by_itself,
        needs=Capability.INODE_LIMIT,
        otherwise=the_number_of_files_is_limited_through_memory,
    ),
)
