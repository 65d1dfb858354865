"""The real C agent under requests that no host would send.

It trusts its host, but a bug there would be a student's way up: whatever comes, it must
answer with an error or close the channel, and go on or end; never hang. Once inside
gVisor as it is used, once compiled with AddressSanitizer and UBSan as the first process
of private namespaces, where it sees nothing of this machine.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrel.facade import portal
from carrel.sandbox.agent import SOURCES
from carrel.sandbox.pool import SandboxPool
from carrel.wire import messages
from carrel.wire.frames import EventDecoder, Frame, encode_request
from carrel.wire.messages import Event, Request

PATHS = [
    *(b"/app", b"/app/x", b"/app/d/e/f", b"/", b"", b"x", b"//app//x/", b"/app/./x"),
    *(b"/app/../etc", b"/tmp/y", b"/data/" + b"n" * 300, b"/app" + b"/d" * 400, b"/work"),
    *(b"/nowhere/x", b"/home/student/z", b"/app/x/y", b"\xff\xfe", b"/app/\xff", b"/" * 5000),
]
LONG = b"z" * 70_000
SENT = [request for request in Request if request is not Request.SHUTDOWN]


def odd_number(rng: random.Random) -> int:
    return rng.choice((0, 1, 2, 5, 31, 4096, 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(2**32)))


def odd_payload(rng: random.Random, request: Request) -> bytes:
    """Return a payload that is right, nearly right, or nothing like it."""
    path = rng.choice(PATHS)
    identity = rng.choice(list(messages.WireIdentity))
    argv = rng.choice(([b"/bin/true"], [b"/bin/sh", b"-c", b"echo hi; sleep 0.01"], [b"none"], []))
    right = {
        Request.PUT: lambda: messages.put(
            path,
            rng.choice((b"", b"data", LONG)),
            messages.PutFlag(rng.choice((0, 1, 2, 3, 4, 5, 7))),
        ),
        Request.GET: lambda: messages.get(path, rng.choice((0, 10, 2**63, 2**64 - 1))),
        Request.EXECUTE: lambda: messages.execute(
            identity=identity,
            argv=argv,
            env={b"A": b"b", b"": b""},
            cwd=rng.choice((b"", b"/app", path)),
            stdin=rng.choice((None, b"", b"in", LONG)),
            rlimits=[rng.choice((0, 1, 50, 10**7, 2**63, 2**64 - 1)) for _ in range(5)],
            kind=rng.choice((b"", b"kind", LONG)),
        ),
        Request.WAIT: lambda: messages.wait(
            identity=identity,
            kind=rng.choice((b"", b"kind", LONG)),
            stands_for=odd_number(rng),
            argv=argv,
            env={b"A": b"b"},
            rlimits=[rng.choice((0, 50, 2**64 - 1)) for _ in range(5)],
        ),
        Request.SIGNAL: lambda: messages.signal(odd_number(rng)),
        Request.CONFIGURE: lambda: messages.configure(
            disk_bytes=rng.choice((0, 2**20, 2**64 - 1)), unix_ns=0, seed=bytes(32)
        ),
    }.get(request, lambda: messages.on_path(path))()
    match rng.randrange(6):
        case 0:
            return right[: rng.randrange(len(right) + 1)]
        case 1:
            at = rng.randrange(len(right) + 1)
            return right[:at] + struct.pack("<I", odd_number(rng)) + right[at + 4 :]
        case 2:
            return right + rng.randbytes(rng.randrange(40))
        case 3:
            return rng.randbytes(rng.randrange(200))
        case _:
            return right


class Line:
    """A raw line to an agent, with no state table in between."""

    def __init__(self, to_guest: int, from_guest: int) -> None:
        self._to, self._from = to_guest, from_guest
        os.set_blocking(to_guest, False)
        os.set_blocking(from_guest, False)
        self._decoder = EventDecoder()
        self.closed = False

    def exchange(self, data: bytes, until: Callable[[Frame], bool], within_s: float = 120) -> bool:
        """Send, and read until a frame fits or the agent hangs up; False if neither comes."""
        deadline = time.monotonic() + within_s
        rest = memoryview(data)
        while not self.closed and (left := deadline - time.monotonic()) > 0:
            writers = [self._to] if rest else []
            readable, writable, _ = select.select([self._from], writers, [], left)
            if writable:
                try:
                    rest = rest[os.write(self._to, rest[: 1 << 16]) :]
                except BrokenPipeError:
                    rest = rest[:0]
            if readable:
                got = os.read(self._from, 1 << 18)
                self.closed = not got
                if any(until(frame) for frame in self._decoder.feed(got)):
                    return True
        return self.closed

    def ping(self, request_id: int) -> bool:
        """Whether the agent answers, or has hung up."""
        request = encode_request(Request.PING, request_id)
        return self.exchange(
            request, lambda f: f.request_id == request_id and f.event in (Event.OK, Event.ERROR)
        )


def answers(request_id: int) -> Callable[[Frame], bool]:
    return lambda frame: frame.request_id == request_id


def refuses(request_id: int) -> Callable[[Frame], bool]:
    return lambda frame: (frame.event, frame.request_id) == (Event.ERROR, request_id)


def configure(line: Line) -> None:
    payload = messages.configure(disk_bytes=32 << 20, unix_ns=0, seed=bytes(32))
    assert line.exchange(b"", lambda f: f.event is Event.READY)
    request = encode_request(Request.CONFIGURE, 1, payload)
    assert line.exchange(request, lambda f: f.request_id == 1 and f.event is Event.OK)


def batch(rng: random.Random, count: int) -> bytes:
    """Return many requests; few of them are what a host would send."""
    parts = []
    for _ in range(count):
        request = rng.choice(SENT)
        request_id = rng.choice((0, 1, 2, 3, 2**32 - 1, rng.randrange(2**32)))
        data = encode_request(request, request_id, odd_payload(rng, request))
        if rng.randrange(20) == 0:
            data = data[:4] + bytes([rng.randrange(256)]) + data[5:]
            data = data if data[4] != Request.SHUTDOWN else b""
        parts.append(data)
    return b"".join(parts)


@pytest.fixture
def gvisor_line(nothing_left: Path) -> Iterator[Callable[[], Line]]:
    del nothing_left
    instances = []

    async def start(pool: SandboxPool) -> Line:
        instance = await pool._backend.start(pool._templates.get("base"))
        instances.append(instance)
        return Line(instance.to_guest, instance.from_guest)

    def new() -> Line:
        line = portal.run(start)
        configure(line)
        return line

    yield new

    async def destroy(_: SandboxPool) -> None:
        for instance in instances:
            os.close(instance.to_guest)
            os.close(instance.from_guest)
            await instance.destroy()

    portal.run(destroy)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(seeds=st.lists(st.integers(0, 2**32), min_size=1, max_size=3))
def fuzz(new: Callable[[], Line], lines: list[Line], seeds: list[int]) -> None:
    if not lines or lines[-1].closed:
        lines.append(new())
    for number, seed in enumerate(seeds):
        rng = random.Random(seed)  # noqa: S311  # not a secret
        request = batch(rng, 60)
        marker = 0x7000_0000 + number
        ping = encode_request(Request.PING, marker)
        assert lines[-1].exchange(request + ping, answers(marker)), seed
        if lines[-1].closed:
            return


def test_random_requests_are_answered_or_end_the_sandbox_and_never_hang_it(
    gvisor_line: Callable[[], Line],
) -> None:
    lines: list[Line] = []
    fuzz(gvisor_line, lines)
    # Framing is never broken here, so that the agent has no reason to hang up.
    assert len(lines) == 1
    assert not lines[0].closed
    assert lines[0].ping(9)


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 64,
        b"\xff" * 64,
        struct.pack("<IBI", 4, Request.PING, 1),
        struct.pack("<IBI", messages.REQUEST_MAX + 1, Request.PUT, 1) + LONG,
    ],
    ids=["zeros", "ones", "too-short", "too-long"],
)
def test_broken_framing_ends_the_sandbox(gvisor_line: Callable[[], Line], data: bytes) -> None:
    line = gvisor_line()
    assert line.exchange(data, lambda _: False)
    assert line.closed


def test_a_host_that_goes_away_in_the_middle_ends_the_sandbox(nothing_left: Path) -> None:
    del nothing_left

    async def start(pool: SandboxPool) -> None:
        instance = await pool._backend.start(pool._templates.get("base"))
        os.set_blocking(instance.to_guest, True)
        os.write(instance.to_guest, struct.pack("<IBI", 1000, Request.PUT, 1) + b"half")
        os.close(instance.to_guest)
        await instance.ended
        os.close(instance.from_guest)
        await instance.destroy()

    portal.run(start)


def test_requests_before_configuration_are_refused(nothing_left: Path) -> None:
    del nothing_left

    async def start(pool: SandboxPool) -> None:
        instance = await pool._backend.start(pool._templates.get("base"))
        line = Line(instance.to_guest, instance.from_guest)
        assert line.exchange(b"", lambda f: f.event is Event.READY)
        refused = (request for request in SENT[2:] if request is not Request.HELLO)
        for number, request in enumerate(refused, 5):
            data = encode_request(request, number, messages.on_path(b"/app/x"))
            assert line.exchange(data, refuses(number))
        os.close(instance.to_guest)
        os.close(instance.from_guest)
        await instance.destroy()

    portal.run(start)


# --- with sanitizers -----------------------------------------------------------------

PROGRAM = r"""
#include <unistd.h>
int main(void) { char b[100]; long n; while ((n = read(0, b, 100)) > 0) write(1, b, n); return 3; }
"""
# A private root of tmpfs, a read-only /proc of a private process namespace, no network, no
# capability but the agent's own (not SYS_TIME: this kernel's clock is everybody's).
ENTER = """\
set -e
mount -t tmpfs -o size=256m none "$1"
cd "$1"
mkdir -p box app data work tmp dev/shm home/student proc bin lib lib64 usr/lib
for file in $3; do mkdir -p "./$(dirname "$file")"; cp -L "$file" "./$file"; done
cp "$2/agent" bin/agent
cp "$2/program" bin/true
cp "$2/program" bin/sh
mknod -m 666 dev/null c 1 3
mount -t proc -o ro proc proc
mount -o remount,ro,bind proc
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=99:handle_segv=1
exec setpriv --bounding-set=-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap,\
+sys_admin,+sys_resource,+sys_chroot chroot . /bin/agent
"""


def build_with_sanitizers(place: Path) -> None:
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = sorted(str(file) for file in SOURCES.glob("*.c"))
    common = ["gcc", "-O1", "-g", "-std=gnu11", "-D_GNU_SOURCE"]
    subprocess.run([*common, *sanitize, "-o", str(place / "agent"), *sources], check=True)
    (place / "program.c").write_text(PROGRAM)
    subprocess.run(
        [*common, "-static", "-o", str(place / "program"), str(place / "program.c")], check=True
    )


def test_random_requests_trip_no_sanitizer(tmp_path: Path) -> None:
    for tool in ("gcc", "unshare", "setpriv", "chroot"):
        assert shutil.which(tool) is not None, f"{tool} is missing: ./scripts/setup"
    build_with_sanitizers(tmp_path)
    listing = subprocess.run(
        ["ldd", str(tmp_path / "agent")], capture_output=True, text=True, check=True
    ).stdout
    libraries = [word for word in listing.split() if word.startswith("/")]
    root = tmp_path / "root"
    root.mkdir()
    with (tmp_path / "stderr").open("wb") as stderr:
        agent = subprocess.Popen(
            [
                *("unshare", "--pid", "--mount", "--ipc", "--net", "--uts", "--fork"),
                *("--kill-child", "--propagation", "private", "/bin/sh", "-c", ENTER, "enter"),
                *(str(root), str(tmp_path), " ".join(libraries)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    assert agent.stdin is not None
    assert agent.stdout is not None
    try:
        line = Line(agent.stdin.fileno(), agent.stdout.fileno())
        configure(line)
        for seed in range(60):
            rng = random.Random(seed)  # noqa: S311
            ping = encode_request(Request.PING, 0x7000_0000)
            data = batch(rng, 60) + ping
            answered = line.exchange(data, lambda f: f.request_id == 0x7000_0000)
            said = (tmp_path / "stderr").read_text(errors="replace")
            assert answered, (seed, said[-3000:])
            assert not line.closed, (seed, said[-3000:])
        line.exchange(encode_request(Request.SHUTDOWN, 1), lambda _: False)
        assert agent.wait(20) == 0, (tmp_path / "stderr").read_text()[-3000:]
    finally:
        agent.kill()
        agent.wait()
        agent.stdin.close()
        agent.stdout.close()
