"""The bridge from synchronous callers to the asynchronous core.

One background event loop per process, with one pool of sandboxes in it, started
by the first use and shut down at interpreter exit. All names of the library go
through it, also the asynchronous ones, so that every event loop of a program
shares the same warm sandboxes.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Concatenate, ParamSpec, TypeVar

import anyio
from anyio.from_thread import BlockingPortal

from carrel.bootstrap import default_settings, open_pool
from carrel.sandbox.pool import SandboxPool

P = ParamSpec("P")
T = TypeVar("T")

_Work = Callable[Concatenate[SandboxPool, P], Awaitable[T]]


class _Portal:
    """The loop, its pool, and the process they belong to."""

    def __init__(self) -> None:
        self.process = os.getpid()
        settings = default_settings()
        started: Future[BlockingPortal] = Future()
        # A daemon thread: at interpreter exit the others are joined before atexit's
        # callbacks run, and this one has to live until then.
        self._thread = threading.Thread(
            target=anyio.run, args=(self._serve, started), name="carrel", daemon=True
        )
        self._thread.start()
        self._portal = started.result()
        try:
            self.pool = self._portal.call(open_pool, settings)
        except BaseException:
            self._stop()
            raise
        atexit.register(self.close)

    @staticmethod
    async def _serve(started: Future[BlockingPortal]) -> None:
        async with BlockingPortal() as portal:
            started.set_result(portal)
            await portal.sleep_until_stopped()

    def _stop(self) -> None:
        self._portal.call(self._portal.stop)
        self._thread.join()

    def call(self, work: Callable[[], Awaitable[T]]) -> T:
        return self._portal.call(work)

    def submit(self, work: Callable[[], Awaitable[T]]) -> asyncio.Future[T]:
        return asyncio.wrap_future(self._portal.start_task_soon(work))

    def close(self) -> None:
        if self.process != os.getpid():
            return  # a forked child: the sandboxes are its parent's
        atexit.unregister(self.close)
        self._portal.call(self.pool.close)
        self._stop()


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
