"""What a worker does with submissions: claim, grade, and store one result.

Theory of operation. A claim gives a lease (`states`). While the submission is graded,
its progress is written to the database, seldom enough to cost nothing, and never waited
for. In the end one unit of work stores the result and takes the submission out of the
queue, if the lease still holds; if not, somebody else has it, and this result is dropped.

A platform fault is noted and the submission queued again, later; see `states`. An error
that nobody expected counts as one: whatever it was, the student did not do it.

When the worker is told to end, the submission goes back into the queue at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from anyio import to_thread

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.core.clock import Clock, utc_now
from carrel.core.errors import CarrelError, ExerciseFaultError, PlatformFaultError
from carrel.courses import packages
from carrel.courses.exercise_store import ExerciseStore
from carrel.db.engine import Database
from carrel.exercises.types import Exercise
from carrel.grading.stored import bounded, to_plain
from carrel.grading.submission import GradedSubmission, grade_submission
from carrel.judge.plan import Submission as Program
from carrel.judge.progress import Phase, Progress
from carrel.submissions.queue_store import QueueStore
from carrel.submissions.states import Event, after_fault, wait_after
from carrel.submissions.types import Claim, Points, Result, Work

LEASE = timedelta(seconds=30)
PROGRESS_S = 0.2
_EXERCISES_KEPT = 8

_log = logging.getLogger(__name__)


class Exercises:
    """The exercises that were graded last, loaded; by the hash of their files."""

    def __init__(self, database: Database, kept: int = _EXERCISES_KEPT) -> None:
        self._database = database
        self._kept = kept
        self._loaded: OrderedDict[str, Exercise] = OrderedDict()

    async def exercise(self, key: str) -> Exercise:
        """Return an exercise; PlatformFaultError if its files are not what they should be."""
        if key not in self._loaded:
            async with self._database.reading() as unit:
                files = await ExerciseStore(unit).package(key)
            if await to_thread.run_sync(packages.hash_of, files) != key:
                raise PlatformFaultError(f"the files of exercise {key} are damaged")
            self._loaded[key] = await to_thread.run_sync(packages.load, files)
            while len(self._loaded) > self._kept:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(key)
        return self._loaded[key]


class SubmissionQueue:
    """The queue of submissions, as one worker sees it (a `dispatch.local.Queue`).

    `name` must be the worker's alone. `is_only_worker`: no other one uses this database,
    so whatever runs when it begins was left by a dead one.
    """

    def __init__(
        self,
        database: Database,
        admission: Admission,
        name: str,
        places: int,
        *,
        is_only_worker: bool = False,
        clock: Clock = utc_now,
        progress_s: float = PROGRESS_S,
    ) -> None:
        self._database = database
        self._admission = admission
        self._name = name
        self._places = places
        self._begins_alone = is_only_worker
        self._clock = clock
        self._progress_s = progress_s
        self._exercises = Exercises(database)

    async def take(self, count: int) -> Sequence[Claim]:
        """Claim up to `count` submissions."""
        now = self._clock()
        async with self._database.reading() as unit:  # most looks find nothing: write nothing
            if not await QueueStore(unit).is_any_waiting(now):
                return []
        async with self._database.writing() as unit:
            return await QueueStore(unit).claim(self._name, count, now, now + LEASE)

    async def see_to(self, job: Claim) -> None:
        """Grade a submission, and store what came of it."""
        try:
            await self._grade(job)
        except asyncio.CancelledError:
            await self._let_go(job, Event.RELEASE, faults=job.faults)
            raise
        except Exception as error:  # noqa: BLE001 - a submission must not get lost by any of them
            faults = job.faults + 1
            retry = not isinstance(error, ExerciseFaultError)
            event = after_fault(faults, is_worth_a_retry=retry)
            known = isinstance(error, CarrelError)
            _log.error(
                "submission %s, fault %d, %s: %s: %s",
                *(job.submission_id, faults, event.value, type(error).__name__, error),
                exc_info=None if known else error,
            )
            await self._let_go(job, event, faults=faults)

    async def beat(self) -> None:
        """Keep this worker's leases, and queue again what dead workers have begun."""
        now = self._clock()
        async with self._database.writing() as unit:
            store = QueueStore(unit)
            seen_since = None if self._begins_alone else now - LEASE
            count = await store.take_over(now, seen_since=seen_since)
            await store.beat(self._name, self._places, now, now + LEASE)
        self._begins_alone = False
        if count:
            _log.warning("took over %d submissions that a dead worker had begun", count)

    async def leave(self) -> None:
        """Say that this worker has ended."""
        async with self._database.writing() as unit:
            await QueueStore(unit).leave(self._name)

    async def _grade(self, claim: Claim) -> None:
        async with self._database.reading() as unit:
            work = await QueueStore(unit).work(claim)
        exercise = await self._exercises.exercise(work.package)
        async with (
            self._admission.ask(Kind.GRADING) as pool,
            _Reports(self._database, claim, self._progress_s) as reports,
        ):
            begun = time.monotonic()
            graded = await grade_submission(
                pool,
                exercise,
                _program(work),
                file_name=work.files[0].name,
                on_progress=reports.note,
            )
            seconds = time.monotonic() - begun
        result = await to_thread.run_sync(to_result, graded, seconds)
        async with self._database.writing() as unit:
            stored = await QueueStore(unit).finish(claim, result, self._clock())
        if not stored:
            _log.warning("dropped a result of %s: the lease was over", claim.submission_id)

    async def _let_go(self, claim: Claim, event: Event, *, faults: int) -> None:
        wait = wait_after(faults) if event is Event.RETRY else timedelta()

        async def write() -> None:
            async with self._database.writing() as unit:
                await QueueStore(unit).give_back(claim, event, self._clock() + wait, faults=faults)

        try:
            await asyncio.shield(write())
        except CarrelError as error:  # the lease will run out, and do the same
            _log.warning("could not let go of %s: %s", claim.submission_id, error)


class _Reports:
    """Writes progress to the database: the newest only, and not too often."""

    def __init__(self, database: Database, claim: Claim, pause_s: float) -> None:
        self._database = database
        self._claim = claim
        self._pause_s = pause_s
        self._newest: Progress | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self, progress: Progress) -> None:
        """Take a step of the judge; it is written when there is time."""
        self._newest = progress
        self._news.set()

    async def __aenter__(self) -> Self:
        self.note(Progress(Phase.COMPILING, 0, 0))
        self._task = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _write(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._newest is not None:
                with contextlib.suppress(CarrelError):  # it is a courtesy, not the work
                    async with self._database.writing() as unit:
                        await QueueStore(unit).progress(self._claim, self._newest)
            await asyncio.sleep(self._pause_s)


def _program(work: Work) -> Program:
    first, *others = work.files
    return Program(work.language, first.content, {file.name: file.content for file in others})


def to_result(graded: GradedSubmission, seconds: float) -> Result:
    """Return what is stored of a grading; it blocks for a moment if the views are large."""
    view = bounded(graded.view)
    return Result(
        verdict=graded.verdict.value,
        points=Points(view.earned, view.total),
        view=to_plain(view),
        staff_view=to_plain(bounded(graded.staff)),
        seconds=seconds,
    )
