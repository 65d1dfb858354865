"""Runtimes that wait: started before anybody's program is there, one run each, seen by nobody."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace

from carrel.core.sizes import MIB
from carrel.sandbox.channel import GuestError
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Ended, Execution, Identity, Program, Waiter
from carrel.sandbox.requests import wait_payload
from carrel.testing.contract.case import cases_of, check, check_equal, check_exited
from carrel.testing.judging import AMPLE, QUICK, Box, lent
from carrel.wire.messages import Request

_WAITS = """\
import os, sys
{first}
os.write(3, b'r')
number = lambda at: int.from_bytes(data[at:at + 4], 'little')
data = os.read(3, 1 << 16)
while len(data) < 4 + number(0): data += os.read(3, 1 << 16)
words, at = [], 4
while at < len(data):
    words.append(data[at + 4:at + 4 + number(at)])
    at += 4 + number(at)
os.close(3)
os.chdir(words[0])
os.execvp(words[1], words[1:])
"""


def _env(first: str = "", identity: Identity = Identity.FRESH) -> Waiter:
    """Return a waiter that becomes whatever follows the word `env`."""
    return Waiter(
        name="env",
        argv=("python3", "-I", "-S", "-c", _WAITS.format(first=first)),
        becomes=Program(("env",), RunLimits(wall_ms=60_000), identity),
    )


def _run(box: Box, *words: str, limits: RunLimits = AMPLE, stdin: bytes = b"") -> Execution:
    return box.run("env", *words, identity=Identity.FRESH, limits=limits, stdin=stdin)


def _processes(box: Box) -> set[str]:
    found = box.run("/bin/sh", "-c", "echo /proc/[0-9]* $$").stdout.decode()
    *folders, own = found.split()
    return {name.removeprefix("/proc/") for name in folders} - {own}


def _sh(waiters: Sequence[Waiter], script: str, stdin: bytes = b"") -> tuple[Execution, int]:
    """Return how a script ended in a new sandbox, and how many of `waiters` it used up."""
    with lent(waiters=waiters) as box:
        before = len(_processes(box))
        done = _run(box, "/bin/sh", "-c", script, "sh", "a b", "", stdin=stdin)
        return done, before - len(_processes(box))


def a_waiting_program_becomes_the_one_it_is_told_to_be() -> None:
    """With its directory, arguments, input, limits, rights and end, like one that just began."""
    script = (
        'printf "%s|" "$@"; pwd | tr -d 0-9; ls -A; stat -c "%a %h %s" . /dev/stdin;'
        " for what in -c -f -n -s -t; do ulimit -H $what; ulimit -S $what; done;"
        ' grep -E "^(Cap|NoNew|Seccomp:|Groups)" /proc/self/status;'
        ' [ $(id -u) = $(stat -c %u .) ] && [ $(id -u) -ge 20000 ] && echo "own user";'
        " ls /proc/self/fd | head -3; umask; head -c 3; cat | wc -c; exit 7"
    )
    for stdin in (b"", b"some input", bytes(range(256)) * 2000):
        cold, none = _sh((), script, stdin)
        warm, used = _sh((_env(),), script, stdin)
        check_equal((none, used), (0, 1))
        check_exited(warm, 7)
        check_equal((warm.stdout, warm.stderr), (cold.stdout, cold.stderr))
    killed, used = _sh((_env(),), "kill -TERM $$")
    check_equal((killed.ended, killed.signal, used), (Ended.SIGNALED, 15, 1))


def one_that_waits_serves_one_run_and_the_next_starts_as_ever() -> None:
    """Also one whose input or arguments are more than it can be given."""
    with lent(waiters=[_env(), _env()]) as box:
        waiting = _processes(box)
        users = [_run(box, "id", "-u").stdout for _ in range(4)]
        check_equal(len(set(users)), 4)
        check_equal(len(waiting - _processes(box)), 2)
    with lent(waiters=[_env(), _env()]) as box:
        large = bytes(range(256)) * 8192
        check(_run(box, "cat", stdin=large).stdout == large)
        check_equal(_run(box, "echo", "x" * 60_000).stdout.count(b"x"), 60_000)
        check_exited(_run(box, "true"))


def another_program_takes_none_that_waits() -> None:
    """Neither another command nor another user, nor one with another environment."""
    with lent(waiters=[_env()]) as box:
        waiting = _processes(box)
        check_exited(box.run("true", identity=Identity.FRESH))
        check_exited(box.run("env", "true"))
        more = Program(("env", "true"), AMPLE, Identity.FRESH, env={"MORE": "1"})
        check_exited(box.execute(more))
        check(waiting <= _processes(box))
        check_exited(_run(box, "true"))
        check(not waiting <= _processes(box))


def what_a_run_leaves_is_killed_while_others_wait() -> None:
    """However it hides and multiplies; and the sandbox goes on."""
    leave = (
        "import ctypes, os, time\n"
        "for n in range(40):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"  # a folder in /proc that is root's
        "        if os.fork(): os._exit(0)\n"
        "        os.closerange(0, 9)\n"
        "        while n < 20: time.sleep(99)\n"
        "        for _ in range(10**6):\n"
        "            if os.fork(): os._exit(0)\n"
        "        time.sleep(99)\n"
    )
    with lent(waiters=[_env(), _env()]) as box:
        box.run("/bin/sh", "-c", "setsid sleep 99 >/dev/null 2>&1 &")
        waiting = _processes(box)
        done = _run(box, "python3", "-c", leave, limits=replace(AMPLE, processes=100))
        check(not done.sandbox_lost, done)
        left = _processes(box)
        check(left < waiting and len(left) == len(waiting) - 2, (left, waiting))
        check_equal(_run(box, "echo", "well").stdout, b"well\n")


def a_run_that_ends_at_its_limit_leaves_the_others_waiting() -> None:
    """Time, memory and output are the run's own, not what it took to make the runtime wait."""
    burn = "for n in range(12_000_000): pass\nkept = bytes(30_000_000)"
    with lent(limits=SandboxLimits(memory_bytes=128 * MIB), waiters=[_env(burn)] * 3) as box:
        limits = replace(QUICK, cpu_ms=300, wall_ms=20_000, memory_bytes=128 * MIB)
        check_exited(_run(box, "true", limits=limits))
        done = _run(box, "sh", "-c", "while :; do :; done", limits=limits)
        check_equal(done.ended, Ended.CPU_LIMIT)
        done = _run(box, "sleep", "99", limits=replace(limits, wall_ms=200))
        check_equal((done.ended, done.sandbox_lost), (Ended.WALL_LIMIT, False))
        check_exited(_run(box, "true"))
    fill = "data = bytearray(1)\nwhile True: data += b'x' * 1_000_000"
    with lent(limits=SandboxLimits(memory_bytes=128 * MIB), waiters=[_env()]) as box:
        done = _run(box, "python3", "-c", fill)
        check_equal(done.ended, Ended.MEMORY_LIMIT)


def no_program_reaches_one_that_waits() -> None:
    """Not by signals, tracing, its memory, its descriptors or its limits."""
    attack = (
        "import ctypes, glob, os, resource, signal, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "me = (os.getpid(), os.getppid(), 1)\n"
        "pids = [p for p in map(int, filter(str.isdigit, os.listdir('/proc'))) if p not in me]\n"
        "def tried(name, work):\n"
        "    try: print(name, pid, repr(work())[:99])\n"
        "    except OSError: pass\n"
        "def call(*args):\n"
        "    if libc.syscall(*map(ctypes.c_long, args)) < 0:\n"
        "        raise OSError(ctypes.get_errno(), '')\n"
        "space = ctypes.create_string_buffer(64)\n"
        "vector = (ctypes.c_ulong * 2)(ctypes.addressof(space), 64)\n"
        "at = ctypes.addressof(vector)\n"
        "x86 = os.uname().machine == 'x86_64'\n"
        "for pid in pids:\n"
        "    for number in range(65): tried('kill', lambda: os.kill(pid, number))\n"
        "    for request in (16, 0x4206): tried('trace', lambda: call(101 if x86 else 117, request,"
        " pid, 0, 0))\n"
        "    tried('read', lambda: call(310 if x86 else 270, pid, at, 1, at, 1, 0))\n"
        "    tried('write', lambda: call(311 if x86 else 271, pid, at, 1, at, 1, 0))\n"
        "    tried('limit', lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1)))\n"
        "    tried('pidfd', lambda: call(438, os.pidfd_open(pid), 3, 0))\n"
        "    for name in ('mem', 'cwd', 'root', *(f'fd/{n}' for n in range(64))):\n"
        "        for mode in (os.O_RDONLY, os.O_WRONLY):\n"
        "            tried(name, lambda: os.open(f'/proc/{pid}/{name}', mode | os.O_NONBLOCK))\n"
        "print(len(pids))\n"
    )
    for identity in (Identity.FRESH, Identity.STUDENT):
        with lent(waiters=[_env(), _env(identity=Identity.BUILDER)]) as box:
            waiting = _processes(box)
            done = box.run("python3", "-c", attack, identity=identity)
            check_exited(done)
            check_equal(done.stdout.decode(), "2\n")
            check_equal(_processes(box), waiting)
            check_equal(_run(box, "cat", stdin=b"safe").stdout, b"safe")


def nothing_waits_that_failed_or_came_too_late() -> None:
    """One that ends, says something or says nothing at all is left out; programs still run."""
    broken = ("sys.exit(3)", "print('hello', flush=True)", "os.close(3)")
    with lent(waiters=[_env(first) for first in broken]) as box:
        check_equal(_processes(box), {"1"})
        check_equal(_run(box, "echo", "well").stdout, b"well\n")

        async def late(_: object) -> int:
            try:
                await box.live._channel.ask(Request.WAIT, wait_payload(_env()))  # noqa: SLF001
            except GuestError as error:
                return error.errno or 0
            return 0

        check_equal(box.do(late), errno.EINVAL)


CASES = cases_of(
    a_waiting_program_becomes_the_one_it_is_told_to_be,
    one_that_waits_serves_one_run_and_the_next_starts_as_ever,
    another_program_takes_none_that_waits,
    what_a_run_leaves_is_killed_while_others_wait,
    a_run_that_ends_at_its_limit_leaves_the_others_waiting,
    no_program_reaches_one_that_waits,
    nothing_waits_that_failed_or_came_too_late,
)
