"""A worker in this process: takes jobs from a queue, so many at a time, and sees to each.

Theory of operation. What is to be done stands in the queue, committed; this worker has
nothing to lose. It takes as many jobs as it has free places, and looks again when a
place becomes free, when it is woken, and every `poll_s` in any case: a wake-up that got
lost costs no more than that. Every `beat_s` it says that it lives, and takes over what
dead workers have left; it does so before its first job, too.

When it is told to end (cancelled), what runs is cancelled, and the queue lets each job
go in an orderly way. When it is killed, the queue finds out.

A queue that fails, because its database is away for a moment, ends nothing: what failed
is tried again at the next look.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from carrel.core.errors import CarrelError

POLL_S = 0.2
BEAT_S = 5.0

Job = TypeVar("Job")

_log = logging.getLogger(__name__)


class Queue(Protocol[Job]):
    """Where jobs come from; `see_to` answers for each until it is out of the worker's hands."""

    async def take(self, count: int) -> Sequence[Job]:
        """Return up to `count` jobs, which are this worker's from now on."""

    async def see_to(self, job: Job) -> None:
        """Do a job. What goes wrong with it is noted in the queue; nothing is raised."""

    async def beat(self) -> None:
        """Say that this worker lives, and take over what dead ones have left."""

    async def leave(self) -> None:
        """Say that this worker has ended."""


class LocalWorker(Generic[Job]):
    """Runs jobs of one queue, at most `places` at a time."""

    def __init__(
        self, queue: Queue[Job], places: int, *, poll_s: float = POLL_S, beat_s: float = BEAT_S
    ) -> None:
        self._queue = queue
        self._places = places
        self._poll_s = poll_s
        self._beat_s = beat_s
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Have the worker look for jobs at once; from its own event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled; then wait until all that runs has been let go."""
        beating = asyncio.create_task(self._beat())
        try:
            await self._work()
        finally:
            for task in (beating, *self._running):
                task.cancel()
            await asyncio.gather(beating, *self._running, return_exceptions=True)
            with self._failures("say that it has ended"):
                await self._queue.leave()

    async def _work(self) -> None:
        with self._failures("take over what was left"):
            await self._queue.beat()
        while True:
            self._woken.clear()
            with self._failures("take jobs"):
                while len(self._running) < self._places:
                    free = self._places - len(self._running)
                    jobs = await self._queue.take(free)
                    for job in jobs:
                        self._start(job)
                    if len(jobs) < free:
                        break
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._woken.wait()

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._queue.see_to(job))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a job ended in an error that nobody expected", exc_info=error)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_s)
            with self._failures("say that it lives"):
                await self._queue.beat()

    @staticmethod
    @contextlib.contextmanager
    def _failures(what: str) -> Iterator[None]:
        try:
            yield
        except CarrelError as error:
            _log.warning("the worker could not %s, and tries again: %s", what, error)
