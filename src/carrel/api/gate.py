"""How many requests run at once, and how many may wait for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from carrel.api.problems import RETRY_AFTER_S, Problem


class Gate:
    """Lets `running` through at a time, in the order of asking; `waiting` may queue.

    Who comes when the queue is full, or waited `patience_s`, is told to come again:
    a quick no is kinder than an answer after the client has given up.
    """

    def __init__(self, *, running: int, waiting: int, patience_s: float) -> None:
        self._places = asyncio.Semaphore(running)
        self._capacity = running
        self._queue = waiting
        self._patience_s = patience_s
        self.running = 0
        self.waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for a `with` block; raises Problem (503) when there is none to hope for."""
        await self._enter()
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._places.release()

    async def _enter(self) -> None:
        if self._places.locked() and self.waiting >= self._queue:
            raise self._busy()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._places.acquire()
        except TimeoutError:
            raise self._busy() from None
        finally:
            self.waiting -= 1

    def _busy(self) -> Problem:
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "busy",
            f"{self._capacity} programs are running and {self.waiting} are waiting: "
            f"send the request again in {RETRY_AFTER_S} seconds.",
            RETRY_AFTER_S,
        )
