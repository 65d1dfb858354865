"""The bridge from synchronous callers to the asynchronous core.

One background event loop per process, with one pool of sandboxes in it, started
by the first use and shut down at interpreter exit. All names of the library go
through it, also the asynchronous ones, so that every event loop of a program
shares the same warm sandboxes. A forked child has neither the loop's thread nor a
right to its parent's sandboxes: it starts a loop of its own.
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

from carrel.admission.admission import Admission
from carrel.bootstrap import default_settings, make_admission, open_pool
from carrel.sandbox.pool import SandboxPool

P = ParamSpec("P")
T = TypeVar("T")

_Work = Callable[Concatenate[SandboxPool, P], Awaitable[T]]
_AdmittedWork = Callable[Concatenate[Admission, P], Awaitable[T]]


class _Portal:
    """The loop, its pool, and the process they belong to."""

    def __init__(self) -> None:
        self.process = os.getpid()
        settings = default_settings()
        started: Future[BlockingPortal] = Future()
        # A daemon thread: at interpreter exit the others are joined before atexit's
        # callbacks run, and this one has to live until then.
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="carrel", daemon=True
        )
        self._thread.start()
        self._portal = started.result()
        try:
            self.pool = self._portal.call(open_pool, settings)
            self.admission = make_admission(self.pool, settings)
        except BaseException:
            self._stop()
            raise
        atexit.register(self.close)

    @classmethod
    def _run(cls, started: Future[BlockingPortal]) -> None:
        try:
            anyio.run(cls._serve, started)
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)  # somebody waits for it

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

    def submit(self, work: Callable[[], Awaitable[T]]) -> Future[T]:
        return self._portal.start_task_soon(work)

    def close(self) -> None:
        if self.process != os.getpid():
            return  # a forked child: the sandboxes are its parent's
        atexit.unregister(self.close)
        self._portal.call(self.pool.close)
        self._stop()


_lock = threading.Lock()
_portal: _Portal | None = None


def _start_anew() -> None:
    """Forget the parent's loop, and a lock that a thread may hold that is not in the child."""
    global _lock, _portal  # noqa: PLW0603  # one per process is the point
    _lock = threading.Lock()
    _portal = None


os.register_at_fork(after_in_child=_start_anew)


def _current() -> _Portal:
    global _portal  # noqa: PLW0603  # one per process is the point
    with _lock:
        if _portal is None:
            _portal = _Portal()
        return _portal


def run(work: _Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `await work(pool, …)` on the background loop and return its result.

    May be called from any thread, several at once. Calling it from the background
    loop itself would wait for ever and raises RuntimeError.
    """
    portal = _current()
    return portal.call(lambda: work(portal.pool, *args, **kwargs))


def run_admitted(work: _AdmittedWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the same with `await work(admission, …)`, for work that takes places of the machine."""
    portal = _current()
    return portal.call(lambda: work(portal.admission, *args, **kwargs))


async def run_async(work: _Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the same for a caller with an asyncio event loop of its own."""
    portal = await asyncio.to_thread(_current)
    return await asyncio.wrap_future(portal.submit(lambda: work(portal.pool, *args, **kwargs)))


async def run_admitted_async(work: _AdmittedWork[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the same as `run_admitted` for a caller with an asyncio event loop of its own."""
    portal = await asyncio.to_thread(_current)
    return await asyncio.wrap_future(portal.submit(lambda: work(portal.admission, *args, **kwargs)))


def later(work: _Work[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Start `work(pool, …)` without waiting; nothing to do when the loop is shut down."""
    portal = _portal
    if portal is not None:
        portal.submit(lambda: work(portal.pool, *args, **kwargs))


def shutdown() -> None:
    """Destroy all sandboxes of this process now; a later use starts anew."""
    global _portal
    with _lock:
        portal, _portal = _portal, None
    if portal is not None:
        portal.close()
