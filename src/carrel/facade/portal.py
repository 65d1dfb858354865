"""The bridge from synchronous callers to the asynchronous core.

One background event loop per process, with one pool of sandboxes in it, started
by the first use and shut down at interpreter exit. All names of the library go
through it, also the asynchronous ones, so that every event loop of a program
shares the same warm sandboxes.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401  # registers its own end first: ours comes before
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from carrel.bootstrap import default_settings, open_pool
from carrel.sandbox.pool import SandboxPool

P = ParamSpec("P")
T = TypeVar("T")

_Work = Callable[Concatenate[SandboxPool, P], Awaitable[T]]


class _Portal:
    """The loop, its pool, and the process they belong to."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._manager = start_blocking_portal("asyncio", name="carrel")
        self._portal: BlockingPortal = self._manager.__enter__()
        try:
            self.pool = self._portal.call(open_pool, default_settings())
        except BaseException:
            self._manager.__exit__(None, None, None)
            raise
        self._closed = False
        # atexit's callbacks run only after the executor's threads are joined and closed,
        # too late to destroy sandboxes with their help; these run before.
        threading._register_atexit(self.close)  # type: ignore[attr-defined]  # noqa: SLF001

    def call(self, work: Callable[[], Awaitable[T]]) -> T:
        return self._portal.call(work)

    def submit(self, work: Callable[[], Awaitable[T]]) -> asyncio.Future[T]:
        return asyncio.wrap_future(self._portal.start_task_soon(work))

    def close(self) -> None:
        if self._closed or self.process != os.getpid():
            return  # a forked child: the sandboxes are its parent's
        self._closed = True
        self._portal.call(self.pool.close)
        self._manager.__exit__(None, None, None)


_lock = threading.Lock()
_portal: _Portal | None = None


def _current() -> _Portal:
    global _portal  # noqa: PLW0603  # one per process is the point
    with _lock:
        if _portal is None or _portal.process != os.getpid():
            _portal = _Portal()
        return _portal


def run(work: _Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `await work(pool, …)` on the background loop and return its result.

    May be called from any thread, several at once. Calling it from the background
    loop itself would wait for ever and raises RuntimeError.
    """
    portal = _current()
    return portal.call(lambda: work(portal.pool, *args, **kwargs))


async def run_async(work: _Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the same for a caller with an asyncio event loop of its own."""
    portal = await asyncio.to_thread(_current)
    return await portal.submit(lambda: work(portal.pool, *args, **kwargs))


def shutdown() -> None:
    """Destroy all sandboxes of this process now; a later use starts anew."""
    global _portal
    with _lock:
        portal, _portal = _portal, None
    if portal is not None:
        portal.close()
