"""Whoever waits for a submission hears how far it is.

Theory of operation. The worker is another process, perhaps on another machine; what both
have is the database. So one task of this process looks there ten times a second (four times
when many wait) for all submissions that anybody here waits for at once, and only while there
are some. Work and memory are bounded whatever a listener does: each has one place for the
newest moment, and a slow one skips what it was too slow for. Somebody who begins to listen
gets the present moment first, so nothing is missed between asking and listening.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

from carrel.core.clock import Clock, utc_now
from carrel.core.errors import PlatformFaultError
from carrel.db.engine import Database, Unit
from carrel.submissions.queue_store import QueueStore
from carrel.submissions.queueing import place
from carrel.submissions.states import Status
from carrel.submissions.store import SubmissionStore
from carrel.submissions.types import Moment, Place, SubmissionId

LOOK_S = 0.1
BUSY_LOOK_S = 0.25
_FEW = 10
WORKER_SEEN = timedelta(seconds=30)
_AT_A_TIME = 500

_log = logging.getLogger(__name__)


async def places_in_queue(unit: Unit, clock: Clock) -> dict[SubmissionId, Place]:
    """Return the place of everything that waits."""
    store = QueueStore(unit)
    queued = await store.queued()
    if not queued:
        return {}
    running, mean_s = await store.running(), await store.mean_seconds()
    at_a_time = await store.places(clock() - WORKER_SEEN)
    return {one: place(number, running, at_a_time, mean_s) for number, one in enumerate(queued, 1)}


class _Listener:
    """One place for the newest moment."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.newest: Moment | None = None

    def tell(self, moment: Moment) -> None:
        if moment != self.newest:
            self.newest = moment
            self.news.set()


class Watch:
    """Follows submissions for listeners of this process; needs one event loop."""

    def __init__(
        self, database: Database, *, look_s: float = LOOK_S, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._look_s = look_s
        self._clock = clock
        self._listeners: dict[SubmissionId, set[_Listener]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens, and no task looks."""
        return not self._listeners and self._task is None

    async def follow(self, submission_id: SubmissionId) -> AsyncGenerator[Moment, None]:
        """Yield the present moment, then each newer one, and end after a final one.

        Close the iterator (`contextlib.aclosing`) when nobody listens any more. Who may
        follow is the caller's business.
        """
        listener = _Listener()
        self._listeners.setdefault(submission_id, set()).add(listener)
        try:
            await self._look_once([submission_id])
            if self._task is None:
                self._task = asyncio.create_task(self._look())
            while True:
                await listener.news.wait()
                listener.news.clear()
                moment = listener.newest
                if moment is None:
                    continue
                yield moment
                if moment.status.is_final:
                    return
        finally:
            others = self._listeners[submission_id]
            others.discard(listener)
            if not others:
                del self._listeners[submission_id]
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _look(self) -> None:
        while True:
            many = len(self._listeners) > _FEW
            await asyncio.sleep(max(BUSY_LOOK_S, self._look_s) if many else self._look_s)
            try:
                await self._look_once(list(self._listeners))
            except PlatformFaultError as error:
                _log.warning("cannot look at submissions, trying again: %s", error)

    async def _look_once(self, wanted: list[SubmissionId]) -> None:
        for start in range(0, len(wanted), _AT_A_TIME):
            some = wanted[start : start + _AT_A_TIME]
            async with self._database.reading() as unit:
                moments = await SubmissionStore(unit).moments(some)
                places = {}
                if any(moment.status is Status.QUEUED for moment in moments.values()):
                    places = await places_in_queue(unit, self._clock)
            for submission_id, moment in moments.items():
                told = replace(moment, place=places.get(submission_id))
                for listener in self._listeners.get(submission_id, ()):
                    listener.tell(told)
