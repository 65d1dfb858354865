"""Work for somebody who may go away: it ends when nobody reads its result any more."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class CallerGoneError(Exception):
    """The caller went away before there was an answer."""


async def unless_gone(gone: Coroutine[Any, Any, object], work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` comes to, and cancel it when `gone` ends first.

    Raises CallerGoneError then, and what `work` raises otherwise. When this returns, both
    have ended.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(gone)
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise CallerGoneError
        return working.result()
    finally:
        await _cancel(leaving)
        await _cancel(working)


async def _cancel(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait until it has cleaned up; its result is of no interest."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # so that asyncio does not complain that nobody looked
