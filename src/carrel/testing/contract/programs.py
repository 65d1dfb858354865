"""Programs: how they start, talk and end."""

from __future__ import annotations

import signal
import time

from carrel.core.sizes import MIB
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Identity, Program
from carrel.testing.contract.case import cases_of, check, check_equal, check_exited
from carrel.testing.judging import AMPLE, lent


def exit_codes_and_signals_are_the_programs_own() -> None:
    """All that a program can say by its end."""
    with lent() as box:
        for code in (0, 1, 42, 255):
            check_exited(box.run("/bin/sh", "-c", f"exit {code}"), code)
        for number in (signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM, signal.SIGXFSZ):
            done = box.run("/bin/sh", "-c", f"kill -{int(number)} $$")
            check((done.ended, done.signal) == (Ended.SIGNALED, number), done)
        check_exited(box.run("true"))


def arguments_environment_directory_and_input_arrive() -> None:
    """Byte for byte."""
    with lent() as box:
        box.do(lambda live: live.make_directory("/data/here"))
        program = Program(
            argv=("/bin/sh", "-c", 'printf "%s|" "$@" "$NAME"; pwd; cat', "sh", "a b", "ü", ""),
            limits=AMPLE,
            env={"NAME": "ß\n"},
            cwd="/data/here",
            stdin=b"\0in\xff",
        )
        check_equal(box.execute(program).stdout, "a b|ü||ß\n|/data/here\n".encode() + b"\0in\xff")
        data = bytes(range(256)) * 12_000
        check(box.run("cat", stdin=data).stdout == data)


def each_identity_is_another_user_without_rights() -> None:
    """Never root; FRESH is another one each time, in an empty directory of its own."""
    look = (
        "id -u; stat -c %u .; ls -A | wc -l;"
        ' grep "^Cap" /proc/self/status | grep -cvE ":[[:space:]]*0+$"'
    )
    with lent() as box:
        students = box.run("/bin/sh", "-c", look).stdout.split()
        check_equal((students[0], students[3]), (b"1000", b"0"))
        fresh = [
            box.run("/bin/sh", "-c", look, identity=Identity.FRESH).stdout.split() for _ in range(3)
        ]
        check_equal(len({words[0] for words in fresh}), 3)
        for words in fresh:
            check(words[0] == words[1] and words[2:] == [b"0", b"0"], words)
        box.do(lambda live: live.make_directory("/app/build"))
        done = box.run(
            *("/bin/sh", "-c", "echo made >out; id -u"),
            identity=Identity.BUILDER,
            cwd="/app/build",
        )
        check_exited(done)
        check(done.stdout.strip() not in (b"0", b"1000"), done)
        check_equal(box.read("/app/build/out"), b"made\n")
        for identity in (Identity.STUDENT, Identity.FRESH):
            tried = box.run("/bin/sh", "-c", "echo no >>/app/build/out", identity=identity)
            check(tried.exit_code != 0, tried)


def the_usual_devices_are_there_for_everybody() -> None:
    """Output can be thrown away, zeros and random bytes read, and a full disk be had."""
    script = (
        "echo x >/dev/null && echo x 2>/dev/null >/dev/zero && : >>/dev/urandom;"
        " for name in zero random urandom; do head -c 4 /dev/$name | wc -c; done;"
        " dd if=/dev/zero of=/dev/full count=1 2>&1 | grep -c 'No space'"
    )
    with lent() as box:
        for identity in (Identity.STUDENT, Identity.FRESH):
            done = box.run("/bin/sh", "-c", script, identity=identity)
            check_equal((done.stdout, done.stderr), (b"4\n4\n4\n1\n", b""))


def nothing_of_a_fresh_program_is_left_for_the_next() -> None:
    """No process, file, System V object or socket."""
    leave = (
        "import ctypes, os, socket, sys\n"
        "libc = ctypes.CDLL(None)\n"
        "for place in ('/tmp', '/dev/shm', '.'):\n"
        "    open(place + '/left', 'w').close()\n"
        "libc.shmget(77, 4096, 0o1666); libc.semget(77, 1, 0o1666); libc.msgget(77, 0o1666)\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0left'); s.listen()\n"
        "if os.fork() == 0:\n"
        "    os.setsid(); os.dup2(os.open('/dev/null', os.O_RDWR), 1)\n"
        "    import time; time.sleep(99)\n"
    )
    look = (
        "import ctypes, os, socket\n"
        "libc = ctypes.CDLL(None)\n"
        "print([p for p in ('/tmp/left', '/dev/shm/left', 'left') if os.path.exists(p)],\n"
        "      [f(77, *r) for f, r in ((libc.shmget, (0, 0)), (libc.semget, (0, 0)),\n"
        "       (libc.msgget, (0,)))], socket.socket(socket.AF_UNIX).connect_ex('\\0left') != 0,\n"
        "      sorted(int(p) for p in os.listdir('/proc') if p.isdigit()) == [1, os.getpid()])\n"
    )
    with lent() as box:
        for _ in range(2):
            left = box.run("python3", "-c", leave, identity=Identity.FRESH)
            check_exited(left)
            if left.sandbox_lost:  # what cannot be cleaned is thrown away
                check(not box.live.is_alive, left)
                break
            seen = box.run("python3", "-c", look, identity=Identity.FRESH)
            check_equal(seen.stdout, b"[] [-1, -1, -1] True True\n")


def output_comes_while_the_program_runs() -> None:
    """Both streams, apart, before its end."""
    # It goes on when it is told that both have come.
    program = Program(
        argv=("/bin/sh", "-c", "echo out; echo err >&2; read -r line; echo $line"),
        limits=AMPLE,
        stdin=None,
    )

    async def answer(live: LiveSandbox) -> Execution:
        seen = {"out": b"", "err": b""}

        def note(stream: str, data: bytes) -> None:
            seen[stream] += data
            if seen == {"out": b"out\n", "err": b"err\n"}:
                run.write(b"end\n")

        run = live.start(
            program,
            on_stdout=lambda data: note("out", data),
            on_stderr=lambda data: note("err", data),
        )
        return await run.wait()

    with lent() as box:
        done = box.do(answer)
    check_exited(done)
    check_equal((done.stdout, done.stderr), (b"out\nend\n", b"err\n"))


async def _converse(live: LiveSandbox) -> Execution:
    said: list[bytes] = []
    program = Program(
        argv=("/bin/sh", "-c", 'while read -r line; do echo "got $line"; done; echo end'),
        limits=AMPLE,
        stdin=None,
    )

    def answer(data: bytes) -> None:
        said.append(data)
        if len(said) == 3:  # noqa: PLR2004
            run.end_input()
        elif len(said) < 3:  # noqa: PLR2004
            run.write(f"line {len(said)}\n".encode())

    run = live.start(program, on_stdout=answer)
    run.write(b"line 0\n")
    return await run.wait()


def input_can_be_given_while_the_program_runs() -> None:
    """And its end, when the caller says so."""
    with lent() as box:
        done = box.do(_converse)
    check_exited(done)
    check_equal(done.stdout, b"got line 0\ngot line 1\ngot line 2\nend\n")


def a_program_can_be_signalled_and_killed() -> None:
    """By its caller, at any time; the sandbox stays."""

    async def interrupt(live: LiveSandbox) -> Execution:
        program = Program(
            argv=("/bin/sh", "-c", "trap 'echo caught; exit 5' USR1; echo up; sleep 60 & wait"),
            limits=AMPLE,
        )
        run = live.start(program, on_stdout=lambda _: run.signal(signal.SIGUSR1))
        return await run.wait()

    async def kill(live: LiveSandbox) -> Execution:
        program = Program(argv=("/bin/sh", "-c", "trap '' TERM; echo up; sleep 60"), limits=AMPLE)
        run = live.start(program, on_stdout=lambda _: run.kill())
        return await run.wait()

    with lent() as box:
        check_exited(box.do(interrupt), 5)
        started = time.monotonic()
        check_equal(box.do(kill).ended, Ended.KILLED)
        check(time.monotonic() - started < 30)  # noqa: PLR2004
        check_exited(box.run("true"))


def a_child_in_the_background_does_not_hold_the_program() -> None:
    """Its end is its own, whoever still has its output open."""
    with lent() as box:
        started = time.monotonic()
        done = box.run("/bin/sh", "-c", "sleep 90 & echo done", identity=Identity.FRESH)
        check_exited(done)
        check(time.monotonic() - started < 30, done)  # noqa: PLR2004


def the_host_measures_cpu_and_memory() -> None:
    """Of all processes of a program, those it did not wait for included."""
    burn = (
        "import os, sys, time\n"
        "if os.fork(): os._exit(os.wait()[1])\n"
        "block = b'x' * (40 << 20)\n"
        "end = time.process_time() + 0.4 * float(sys.argv[1])\n"
        "while time.process_time() < end: pass\n"
    )
    with lent() as box:
        # An emulated program's own clock shows its slower pace, and the time that the host
        # gave to others as its own.
        slowdown = box.live.overhead.slowdown
        much = str(slowdown if slowdown == 1 else 2 * slowdown)
        done = box.run("python3", "-c", burn, much, identity=Identity.FRESH)
        check_exited(done)
        check(380 <= done.cpu_ms < 1500, done)  # noqa: PLR2004
        check(38 * MIB <= done.memory_bytes < 128 * MIB, done)
        little = box.run("true", identity=Identity.FRESH)
        check(little.memory_bytes < 24 * MIB, little)
        check(box.do(_cpu_us) > 380_000)  # noqa: PLR2004


async def _cpu_us(live: LiveSandbox) -> int:
    return live.usage().cpu_us


CASES = (
    *cases_of(
        exit_codes_and_signals_are_the_programs_own,
        arguments_environment_directory_and_input_arrive,
        each_identity_is_another_user_without_rights,
        the_usual_devices_are_there_for_everybody,
        nothing_of_a_fresh_program_is_left_for_the_next,
        output_comes_while_the_program_runs,
        input_can_be_given_while_the_program_runs,
        a_program_can_be_signalled_and_killed,
        a_child_in_the_background_does_not_hold_the_program,
    ),
    *cases_of(the_host_measures_cpu_and_memory, alone=True),
)
