"""Connections that never become requests: they keep nobody else out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from carrel.api.connections import Incomplete
from carrel.testing.listening import listening

pytestmark = pytest.mark.quick

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[int]:
    """Serve one route with the real server on a free port; yields the port."""
    app = FastAPI()

    @app.get("/")
    async def hello() -> str:
        return "hello"

    async with listening(app, **options) as port:
        yield port


def serve(work: Callable[[int], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with serving(**options) as port:
            await work(port)

    asyncio.run(main())


async def opened(port: int, said: bytes = b"", source: str = "127.0.0.1") -> Line:
    line = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    line[1].write(said)
    await line[1].drain()
    return line


async def status_of(line: Line) -> int:
    words = (await line[0].readline()).split()
    return int(words[1]) if words else 0


def test_connections_without_a_request_push_out_each_other_only() -> None:
    async def work(port: int) -> None:
        held = [await opened(port, b"GET / HTTP/1.1\r\nX-Slow: ") for _ in range(60)]
        for _ in range(20):
            line = await opened(port, REQUEST)
            assert await status_of(line) == 200
            line[1].close()
        # The oldest were closed, with the reason; the youngest may still go on.
        assert await status_of(held[0]) == 408
        held[-1][1].write(b"x\r\nHost: a\r\n\r\n")
        assert await status_of(held[-1]) == 200
        for _, writer in held:
            writer.close()

    serve(work, incomplete=Incomplete(most=10, timeout_s=3600))


def test_who_sends_little_is_not_pushed_out_by_another_address() -> None:
    async def work(port: int) -> None:
        slow = await opened(port, b"GET / HTTP/1.1\r\n", source="127.0.0.2")
        held = [await opened(port, b"GET") for _ in range(40)]
        slow[1].write(b"Host: a\r\n\r\n")
        assert await status_of(slow) == 200
        for _, writer in (slow, *held):
            writer.close()

    serve(work, incomplete=Incomplete(most=10, timeout_s=3600))


@pytest.mark.parametrize("first", [b"", REQUEST])
def test_headers_that_do_not_come_are_given_up(first: bytes) -> None:
    """Those of the first request, and those of a later one on the same connection."""

    async def work(port: int) -> None:
        line = await opened(port, first)
        if first:
            assert await status_of(line) == 200
            await line[0].readuntil(b"\r\n\r\n")
            await line[0].readexactly(len(b'"hello"'))
        line[1].write(b"GET / HTTP/1.1\r\nHost")
        assert await status_of(line) == 408
        assert b"connection: close" in await line[0].read()
        line[1].close()

    serve(work, incomplete=Incomplete(timeout_s=0.05))


def test_one_address_has_only_a_part_of_the_connections() -> None:
    async def work(port: int) -> None:
        held = []
        for _ in range(3):
            line = await opened(port, REQUEST)
            assert await status_of(line) == 200
            held.append(line)  # and keeps it alive
        refused = await opened(port)
        assert await status_of(refused) == 429
        other = await opened(port, REQUEST, source="127.0.0.2")
        assert await status_of(other) == 200
        for _, writer in (refused, other, *held):
            writer.close()

    serve(work, per_address=3)
