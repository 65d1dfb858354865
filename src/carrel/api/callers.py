"""Callers who go away before they are answered: what was done for them ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

T = TypeVar("T")


class ClientGoneError(Exception):
    """The caller closed the connection before there was an answer."""


async def unless_gone(request: Request, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await the work, and cancel it when the caller goes away: nobody reads the answer."""
    task = asyncio.ensure_future(work())
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        await _cancel(gone)
        await _cancel(task)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _cancel(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait until it has cleaned up; its result is of no interest."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # so that asyncio does not complain that nobody looked
