"""The pool's promises, with guests that are pretended but speak the real protocol."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from carrel.core.errors import PlatformFaultError, SandboxClosedError, SandboxLostError
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.testing.guests import FakeBackend, FakeGuest
from carrel.wire.messages import Event, Request

pytestmark = pytest.mark.quick


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in an event loop of its own, within 10 s."""

    @functools.wraps(test)
    def run(**fixtures: object) -> None:
        async def limited() -> None:
            async with asyncio.timeout(60):
                await test(**fixtures)

        asyncio.run(limited())

    return run


async def turns(count: int = 30) -> None:
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0.001)


@in_loop
async def test_what_is_returned_is_destroyed_and_never_handed_out_again() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=1)
    first = await pool.acquire("t")
    await first.destroy()
    second = await pool.acquire("t")
    assert first.id != second.id
    assert backend.guests[0].destroyed
    await second.destroy()
    await pool.close()
    assert not backend.alive
    assert backend.closed


@in_loop
async def test_no_more_exist_than_allowed_and_places_go_in_the_order_of_asking() -> None:
    backend = FakeBackend()
    pool = backend.pool(max_live=2)
    order: list[int] = []
    most = 0

    async def use(number: int) -> None:
        nonlocal most
        async with pool.sandbox("t"):
            order.append(number)
            most = max(most, len(backend.alive))
            await asyncio.sleep(0.002)

    tasks = []
    for number in range(12):
        tasks.append(asyncio.ensure_future(use(number)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == list(range(12))
    assert most <= 2
    assert pool.live == 0
    await pool.close()


@in_loop
async def test_warm_ones_are_bounded_per_template_and_in_all() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=2, total=3)
    for name in ("a", "b", "c"):
        async with pool.sandbox(name):
            pass
    await turns()
    assert sum(pool.warm.values()) == 3
    assert max(pool.warm.values()) <= 2
    await pool.close()
    assert not backend.alive


@in_loop
async def test_many_cores_warm_no_more_than_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    backend = FakeBackend()
    pool = backend.pool(size=2, total=3)
    for template in ("a", "b"):
        await (await pool.acquire(template)).destroy()
    for _ in range(50):
        await asyncio.sleep(0.002)
        assert sum(pool.warm.values()) <= 3
        assert all(count <= 2 for count in pool.warm.values())
    assert sum(pool.warm.values()) == 3
    await pool.close()


@in_loop
async def test_a_template_that_cannot_start_does_not_keep_others_cold() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=1, total=4)
    box = await pool.acquire("a")
    backend.failures = 1  # the refill that follows meets it
    await box.destroy()
    while "a" not in pool._resting:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await (await pool.acquire("b")).destroy()
    while not pool.warm.get("b"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    await pool.close()


@in_loop
async def test_a_pool_keeps_the_template_it_began_with(tmp_path: Path) -> None:
    built = [tmp_path / "first", tmp_path / "second"]
    for image in built:
        image.touch()
    started: list[Path] = []

    class Backend(FakeBackend):
        async def start(self, template: Any) -> FakeGuest:
            started.append(template.image)
            return await super().start(template)

    pool = Backend().pool()
    images = iter(built)
    pool._templates = SimpleNamespace(  # type: ignore[assignment]
        get=lambda name: SimpleNamespace(name=name, image=next(images))
    )
    for _ in range(2):
        await (await pool.acquire("t")).destroy()
    built[0].unlink()
    await (await pool.acquire("t")).destroy()
    assert started == [built[0], built[0], built[1]]
    await pool.close()


@in_loop
async def test_closing_goes_on_when_the_refill_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = FakeBackend()
    pool = backend.pool(size=1)
    box = await pool.acquire("t")

    async def fail(_: object) -> FakeGuest:
        await asyncio.sleep(0)
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(backend, "start", fail)
    await asyncio.sleep(0.01)
    await pool.close()
    assert backend.closed
    assert not box.is_alive
    assert not backend.alive


@in_loop
async def test_refill_waits_while_somebody_waits_for_a_place() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=2, max_live=1)
    box = await pool.acquire("t")
    waiter = asyncio.ensure_future(pool.acquire("t"))
    await turns(5)
    assert len(backend.guests) == 1
    await box.destroy()
    second = await waiter
    assert len(backend.alive) == 1
    await second.destroy()
    await pool.close()


@in_loop
async def test_a_warm_one_of_another_template_gives_way_to_somebody_who_waits() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=1, max_live=1)
    async with pool.sandbox("a"):
        pass
    await turns()
    assert pool.warm["a"] == 1
    box = await pool.acquire("b")
    assert box.template == "b"
    await turns()
    assert len(backend.alive) == 1
    await box.destroy()
    await pool.close()


@in_loop
async def test_a_warm_sandbox_that_died_is_replaced_unnoticed() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=1)
    await pool.prepare("t")
    backend.guests[0].hang_up()
    await turns(5)
    box = await pool.acquire("t")
    assert box.is_alive
    assert backend.guests[0].destroyed
    await box.destroy()
    await pool.close()


@in_loop
async def test_a_warm_sandbox_that_refuses_its_limits_is_replaced() -> None:
    refused: list[FakeGuest] = []

    def answer(guest: FakeGuest, request: Request, request_id: int, _: bytes) -> None:
        if request is Request.CONFIGURE and not refused:
            refused.append(guest)
            guest.send(Event.ERROR, request_id, (12).to_bytes(4, "little") + b"no")
        else:
            guest.send(Event.OK, request_id)

    backend = FakeBackend(answer)
    pool = backend.pool(size=1)
    await pool.prepare("t")
    box = await pool.acquire("t")
    assert refused[0].destroyed
    assert not backend.guests[1].destroyed
    await box.destroy()
    await pool.close()


@in_loop
async def test_a_start_that_fails_is_tried_again_and_then_a_platform_fault() -> None:
    backend = FakeBackend()
    pool = backend.pool()
    backend.failures = 2
    box = await pool.acquire("t")
    await box.destroy()
    backend.failures = 99
    with pytest.raises(PlatformFaultError, match="3 attempts"):
        await pool.acquire("t")
    assert pool.live == 0
    await pool.close()


@in_loop
async def test_giving_up_at_any_moment_loses_no_place_and_no_sandbox() -> None:
    backend = FakeBackend()
    pool = backend.pool(max_live=2)
    for pause in range(12):
        held = [await pool.acquire("t"), await pool.acquire("t")]
        waiters = [asyncio.ensure_future(pool.acquire("t")) for _ in range(3)]
        await turns(2)
        freed = [asyncio.ensure_future(box.destroy()) for box in held]
        for _ in range(pause):
            await asyncio.sleep(0)
        for waiter in waiters:
            waiter.cancel()
        results = await asyncio.gather(*waiters, return_exceptions=True)
        await asyncio.gather(*freed)
        for result in results:
            if isinstance(result, LiveSandbox):
                await result.destroy()
        await turns(5)
        assert pool.live == 0
        assert not backend.alive
    await pool.close()


@in_loop
async def test_giving_up_while_a_sandbox_starts_removes_it() -> None:
    backend = FakeBackend()
    backend.gate.clear()
    pool = backend.pool(max_live=1)
    task = asyncio.ensure_future(pool.acquire("t"))
    await turns(5)
    assert len(backend.alive) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await turns(5)
    assert not backend.alive
    assert pool.live == 0
    backend.gate.set()
    await (await pool.acquire("t")).destroy()
    await pool.close()


@in_loop
async def test_closing_ends_waiters_lent_ones_and_those_that_start() -> None:
    backend = FakeBackend()
    pool = backend.pool(max_live=2)
    lent = await pool.acquire("t")
    backend.gate.clear()
    starting = asyncio.ensure_future(pool.acquire("t"))
    waiting = asyncio.ensure_future(pool.acquire("t"))
    await turns(5)
    closing = asyncio.ensure_future(pool.close())
    await turns(5)
    backend.gate.set()
    await closing
    results = await asyncio.gather(starting, waiting, return_exceptions=True)
    assert all(isinstance(result, SandboxClosedError) for result in results), results
    assert not lent.is_alive
    await turns(5)
    assert not backend.alive
    with pytest.raises(SandboxClosedError):
        await pool.acquire("t")


@in_loop
async def test_closing_while_the_pool_refills_leaves_nothing() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=3)
    box = await pool.acquire("t")
    backend.gate.clear()
    await turns(5)
    await box.destroy()
    await pool.close()
    await turns(5)
    assert not backend.alive


@in_loop
async def test_a_guest_that_breaks_the_protocol_is_lost_and_destroyed() -> None:
    for breach in (
        b"\xff" * 16,
        b"\0" * 16,
        b"\x05\0\0\0\x82\x99\0\0\0",
        b"\x05\0\0\0\x81\0\0\0\0",
    ):
        backend = FakeBackend()
        pool: SandboxPool = backend.pool()
        box = await pool.acquire("t")
        backend.guests[0].send_raw(breach)
        await box._channel.broken
        with pytest.raises(SandboxLostError):
            await box.kill_all()
        assert backend.guests[0].destroyed
        await pool.close()


@in_loop
async def test_endless_empty_content_does_not_fill_the_host() -> None:
    def answer(guest: FakeGuest, request: Request, request_id: int, _: bytes) -> None:
        if request is Request.GET:
            guest.send(Event.DATA, request_id)
        else:
            guest.send(Event.OK, request_id)

    backend = FakeBackend(answer)
    pool = backend.pool()
    box = await pool.acquire("t")
    with pytest.raises(SandboxLostError, match="without content"):
        await box.read_file("/app/x")
    await pool.close()
