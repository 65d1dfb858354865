"""One run: what the host decides, whatever the guest says and whoever is first."""

from __future__ import annotations

import asyncio
import functools
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from carrel.core.errors import SandboxLostError
from carrel.core.sizes import MIB
from carrel.sandbox import run as run_module
from carrel.sandbox.backend import Overhead
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Identity, Program
from carrel.testing.guests import FakeBackend, FakeGuest
from carrel.wire.messages import Event, Request

pytestmark = pytest.mark.quick

LIMITS = RunLimits(wall_ms=100, cpu_ms=100, output_bytes=10, memory_bytes=64 * MIB)
Script = Callable[[FakeGuest, int], None]


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in an event loop of its own, within 10 s."""

    @functools.wraps(test)
    def run(**fixtures: object) -> None:
        async def limited() -> None:
            async with asyncio.timeout(60):
                await test(**fixtures)

        asyncio.run(limited())

    return run


def started(guest: FakeGuest, request_id: int) -> None:
    guest.send(Event.STARTED, request_id, (7).to_bytes(4, "little"))


async def execute(
    script: Script, limits: RunLimits = LIMITS, *, obeys: bool = True
) -> tuple[Execution, FakeGuest]:
    """Run a program whose guest does what `script` says and dies when it is told to."""
    running: list[int] = []

    def answer(guest: FakeGuest, request: Request, request_id: int, _: bytes) -> None:
        if request is Request.EXECUTE:
            running.append(request_id)
            script(guest, request_id)
        elif request is Request.SIGNAL and obeys:
            guest.exit(request_id, status=signal.SIGKILL)
        elif request is not Request.SIGNAL:
            guest.send(Event.OK, request_id)

    backend = FakeBackend(answer)
    pool = backend.pool()
    box: LiveSandbox = await pool.acquire("t")
    try:
        program = Program(argv=("x",), limits=limits, identity=Identity.FRESH)
        return await box.execute(program), backend.guests[0]
    finally:
        await pool.close()


def used(guest: FakeGuest, **figures: int) -> None:
    guest.cgroup.used = replace(guest.cgroup.used, **figures)


@in_loop
async def test_a_program_that_exits_has_exited() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        guest.send(Event.STDOUT, request_id, b"hello")
        guest.exit(request_id, status=3 << 8)

    execution, _ = await execute(script)
    assert (execution.ended, execution.exit_code, execution.stdout) == (Ended.EXITED, 3, b"hello")


@in_loop
async def test_an_idle_program_is_ended_at_the_wall_limit() -> None:
    execution, guest = await execute(started)
    assert execution.ended is Ended.WALL_LIMIT
    assert execution.wall_ms >= 100
    assert Request.SIGNAL in [request for request, _, _ in guest.requests]


@in_loop
async def test_a_program_over_its_cpu_time_is_ended_before_the_wall_limit() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        used(guest, cpu_us=150_000)

    execution, _ = await execute(script, replace(LIMITS, wall_ms=60_000))
    assert execution.ended is Ended.CPU_LIMIT
    assert execution.wall_ms < 5000


@in_loop
async def test_exiting_well_just_over_the_cpu_limit_is_still_over() -> None:
    # It ends by itself, and before anybody has looked: the figure decides.
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        used(guest, cpu_us=101_000)
        guest.exit(request_id)

    execution, _ = await execute(script)
    assert execution.ended is Ended.CPU_LIMIT
    assert execution.exit_code == 0


@in_loop
async def test_an_exit_after_the_kill_does_not_undo_its_cause() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        guest.send(Event.STDOUT, request_id, b"x" * 11)
        guest.exit(request_id)

    execution, _ = await execute(script)
    assert execution.ended is Ended.OUTPUT_LIMIT
    assert execution.stdout == b"x" * 10
    assert execution.stdout_truncated


@in_loop
async def test_a_busy_program_on_a_crowded_machine_gets_its_cpu_time() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)

        async def work() -> None:
            start = last = time.monotonic()
            while last < start + 0.4:  # this test's own machine may be crowded too
                await asyncio.sleep(0.02)
                now = time.monotonic()
                passed_us, last = 1e6 * (now - last), now
                used(guest, cpu_us=guest.cgroup.used.cpu_us + int(0.15 * passed_us))
                guest.cgroup.waited_us += int(0.85 * passed_us)
            guest.exit(request_id)

        asyncio.ensure_future(work())  # noqa: RUF006  # the run outlives it

    execution, _ = await execute(script)
    assert execution.ended is Ended.EXITED
    assert execution.wall_ms > 300
    strict, _ = await execute(script, replace(LIMITS, strict_wall=True))
    assert strict.ended is Ended.WALL_LIMIT


@in_loop
async def test_waking_up_now_and_then_wins_no_time() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)

        async def work() -> None:
            last = time.monotonic()
            while not guest.ended.done():
                await asyncio.sleep(0.02)
                now = time.monotonic()
                step_s = min(now - last, 0.1)  # however long this loop was kept from it
                used(guest, cpu_us=guest.cgroup.used.cpu_us + int(0.05e6 * step_s))
                last = now

        asyncio.ensure_future(work())  # noqa: RUF006

    execution, _ = await execute(script)
    assert execution.ended is Ended.WALL_LIMIT
    assert execution.cpu_ms < 50  # and not the 100 ms that it would like


@in_loop
async def test_a_watch_that_fails_ends_the_program_and_not_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)

        def fail() -> int:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr(guest.cgroup, "cpu_us", fail)

    with pytest.raises(SandboxLostError, match="Too many open files"):
        await execute(script)


@in_loop
async def test_a_callback_that_fails_ends_the_program_with_its_error() -> None:
    def answer(guest: FakeGuest, request: Request, request_id: int, _: bytes) -> None:
        if request is Request.EXECUTE:
            started(guest, request_id)
            guest.send(Event.STDOUT, request_id, b"x")
        elif request is Request.SIGNAL:
            guest.exit(request_id, status=signal.SIGKILL)
        else:
            guest.send(Event.OK, request_id)

    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    pool = FakeBackend(answer).pool()
    box = await pool.acquire("t")
    with pytest.raises(OSError, match="No space left"):
        await box.execute(Program(argv=("x",), limits=LIMITS), on_stdout=full)
    await pool.close()


@in_loop
async def test_no_program_is_patient_for_ever() -> None:
    limits = replace(LIMITS, wall_ms=20, cpu_ms=None)

    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)

        async def work() -> None:
            while not guest.ended.done():
                await asyncio.sleep(0.005)
                used(guest, cpu_us=guest.cgroup.used.cpu_us + 50_000)

        asyncio.ensure_future(work())  # noqa: RUF006

    execution, _ = await execute(script, limits)
    assert execution.ended is Ended.WALL_LIMIT
    assert execution.wall_ms < 20 * 20 + 700


@in_loop
async def test_a_guest_that_does_not_obey_is_given_up() -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(run_module, "_GRACE_S", 0.1)
    try:
        execution, guest = await execute(started, obeys=False)
    finally:
        patch.undo()
    assert execution.ended is Ended.WALL_LIMIT
    assert execution.sandbox_lost
    assert guest.destroyed


@in_loop
async def test_a_guest_that_hangs_up_is_lost_and_never_a_verdict() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        guest.send(Event.STDOUT, request_id, b"ok")
        guest.hang_up()

    with pytest.raises(SandboxLostError):
        await execute(script)


@in_loop
async def test_a_guest_killed_for_its_memory_is_the_programs_doing() -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        used(guest, oom_kills=1, peak_bytes=400 * MIB)
        guest.hang_up()

    execution, _ = await execute(script)
    assert execution.ended is Ended.MEMORY_LIMIT
    assert execution.sandbox_lost


@pytest.mark.parametrize(
    ("guest_peak", "host_peak", "ended"),
    [
        (10, 10, Ended.EXITED),
        (80, 80, Ended.MEMORY_LIMIT),
        (500, 10, Ended.EXITED),  # shared pages count once on the host
        (1, 120, Ended.MEMORY_LIMIT),  # children's, which the guest's figure does not hold
        (0, 80, Ended.MEMORY_LIMIT),  # a guest that lies low
    ],
)
def test_memory_is_decided_by_what_the_host_saw(
    guest_peak: int, host_peak: int, ended: Ended
) -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        used(guest, memory_bytes=host_peak * MIB, peak_bytes=host_peak * MIB)
        guest.exit(request_id, peak=guest_peak * MIB)

    execution, _ = asyncio.run(execute(script))
    assert execution.ended is ended


@pytest.mark.parametrize(("slack", "ended"), [(0, Ended.MEMORY_LIMIT), (20, Ended.EXITED)])
@in_loop
async def test_how_much_the_sandbox_itself_may_grow_is_the_backends_word(
    monkeypatch: pytest.MonkeyPatch, slack: int, ended: Ended
) -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        used(guest, memory_bytes=80 * MIB, peak_bytes=80 * MIB)
        guest.exit(request_id, peak=10 * MIB)

    monkeypatch.setattr(FakeBackend, "overhead", Overhead(96 * MIB, slack * MIB))
    execution, _ = await execute(script)
    assert execution.ended is ended


def send_nothing(_guest: FakeGuest, _request_id: int) -> None:
    pass


@pytest.mark.parametrize("begin", [send_nothing, started])
@pytest.mark.parametrize(
    "send",
    [
        lambda guest, n: guest.send(Event.EXIT, n, b"short"),
        lambda guest, n: guest.exit(n + 1),
        lambda guest, n: guest.send(Event.OK, n),
        lambda guest, n: guest.send(Event.DATA, n, b"x"),
        lambda guest, _: guest.send(Event.READY, 0, bytes(4)),
        lambda guest, n: guest.send(Event.ERROR, n, b"\xff\xff\xff\xff"),
        lambda guest, n: guest.send(Event.STARTED, n, b""),
        lambda guest, _: guest.send_raw(b"\xff" * 9),
    ],
)
def test_nonsense_from_a_guest_is_a_lost_sandbox(begin: Script, send: Script) -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        begin(guest, request_id)
        send(guest, request_id)

    with pytest.raises(SandboxLostError):
        asyncio.run(execute(script))


@pytest.mark.parametrize("event", [Event.STDOUT, Event.STDERR, Event.EXIT])
def test_output_or_an_end_before_the_start_is_nonsense(event: Event) -> None:
    with pytest.raises(SandboxLostError):
        asyncio.run(execute(lambda guest, n: guest.send(event, n, bytes(48))))


@pytest.mark.parametrize("status", [0x7F, 0x137F, -1, 2**31 - 1, 0xFF00])
def test_any_status_can_be_told_and_only_zero_is_success(status: int) -> None:
    def script(guest: FakeGuest, request_id: int) -> None:
        started(guest, request_id)
        guest.exit(request_id, status=status)

    execution, _ = asyncio.run(execute(script))
    assert execution.exit_code != 0


@in_loop
async def test_a_machine_that_sleeps_through_its_timers_is_woken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asleep: list[int] = []

    def answer(guest: FakeGuest, request: Request, request_id: int, _: bytes) -> None:
        asleep.append(request_id)
        if request is Request.PING:
            for each in asleep:
                guest.send(Event.OK, each)
            asleep.clear()

    monkeypatch.setattr(FakeBackend, "overhead", Overhead(0, 0, machine_bytes=10**12))
    backend = FakeBackend(answer)
    pool = backend.pool()
    try:
        box = await pool.acquire("t")
        await box.kill_all()
    finally:
        await pool.close()
    pings = [request for request, _, _ in backend.guests[0].requests if request is Request.PING]
    assert len(pings) >= 2  # CONFIGURE was asleep, and so was KILL_ALL
