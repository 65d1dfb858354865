"""The queue in the database: claims, leases, progress and results.

Every change names the state that it starts from (`states.TABLE`), and what a worker
reports names its lease too: a row that is not as it must be is left alone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Update, and_, delete, func, select, update

from carrel.db.engine import Unit
from carrel.db.tables import (
    exercise_versions,
    jobs,
    results,
    submission_files,
    submissions,
    workers,
)
from carrel.judge.progress import Progress
from carrel.languages.registry import Language
from carrel.submissions.states import Event, Status, after, after_loss
from carrel.submissions.types import Claim, Result, SourceText, SubmissionId, Work

_SAMPLE = 100


class QueueStore:
    """The jobs, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def claim(
        self, worker: str, count: int, now: datetime, lease_until: datetime
    ) -> list[Claim]:
        """Claim up to `count` submissions for a worker, interactive ones first, in order."""
        found = await self._unit.execute(
            select(jobs.c.submission_id, jobs.c.lease, jobs.c.faults)
            .where(jobs.c.status == Status.QUEUED.value, jobs.c.available_at <= now)
            .order_by(jobs.c.priority, jobs.c.number)
            .limit(count)
            .with_for_update(skip_locked=True)  # left out by SQLite, where only one claims
        )
        claims = [
            Claim(SubmissionId(row.submission_id), row.lease + 1, row.faults) for row in found
        ]
        for claim in claims:
            await self._unit.execute(
                update(jobs)
                .where(jobs.c.submission_id == claim.submission_id)
                .values(
                    status=after(Status.QUEUED, Event.CLAIM).value,
                    lease=claim.lease,
                    worker=worker,
                    lease_until=lease_until,
                    phase=None,
                    done=0,
                    total=0,
                )
            )
        return claims

    async def is_any_waiting(self, now: datetime) -> bool:
        """Return whether there is something to claim."""
        found = await self._unit.scalar(
            select(jobs.c.number)
            .where(jobs.c.status == Status.QUEUED.value, jobs.c.available_at <= now)
            .limit(1)
        )
        return found is not None

    async def work(self, claim: Claim) -> Work:
        """Return what is needed to grade a claimed submission."""
        row = (
            await self._unit.execute(
                select(submissions.c.language, exercise_versions.c.hash)
                .join(
                    exercise_versions, exercise_versions.c.id == submissions.c.exercise_version_id
                )
                .where(submissions.c.id == claim.submission_id)
            )
        ).one()
        files = await self._unit.execute(
            select(submission_files.c.name, submission_files.c.content)
            .where(submission_files.c.submission_id == claim.submission_id)
            .order_by(submission_files.c.position)
        )
        texts = tuple(SourceText(file.name, file.content) for file in files)
        return Work(Language(row.language), texts, row.hash)

    async def progress(self, claim: Claim, progress: Progress) -> None:
        """Note how far a grading is."""
        await self._unit.execute(
            self._under(claim).values(
                phase=progress.phase.value, done=progress.done, total=progress.total
            )
        )

    async def finish(self, claim: Claim, result: Result, now: datetime) -> bool:
        """Store the result of a grading; return False, storing nothing, if the lease is over."""
        done = await self._unit.execute(
            self._under(claim).values(
                status=after(Status.RUNNING, Event.RESULT).value, worker=None, lease_until=None
            )
        )
        if not done.rowcount:
            return False
        await self._unit.execute(
            results.insert().values(
                submission_id=claim.submission_id,
                lease=claim.lease,
                verdict=result.verdict,
                earned=result.points.earned,
                total=result.points.total,
                view=dict(result.view),
                staff_view=dict(result.staff_view),
                seconds=result.seconds,
                graded_at=now,
            )
        )
        return True

    async def give_back(
        self, claim: Claim, event: Event, available_at: datetime, *, faults: int
    ) -> bool:
        """Let a submission go: into the queue, to be claimed from then on, or as given up.

        Returns False, changing nothing, if the lease is over.
        """
        done = await self._unit.execute(
            self._under(claim).values(
                status=after(Status.RUNNING, event).value,
                faults=faults,
                available_at=available_at,
                worker=None,
                lease_until=None,
            )
        )
        return bool(done.rowcount)

    async def beat(self, worker: str, places: int, now: datetime, lease_until: datetime) -> None:
        """Say that a worker lives: its leases are good until then."""
        await self._unit.execute(
            update(jobs)
            .where(jobs.c.status == Status.RUNNING.value, jobs.c.worker == worker)
            .values(lease_until=lease_until)
        )
        known = await self._unit.execute(
            update(workers).where(workers.c.name == worker).values(places=places, seen_at=now)
        )
        if not known.rowcount:
            await self._unit.execute(
                workers.insert().values(name=worker, places=places, seen_at=now)
            )

    async def leave(self, worker: str) -> None:
        """Forget a worker that has ended."""
        await self._unit.execute(delete(workers).where(workers.c.name == worker))

    async def take_over(self, now: datetime, *, seen_since: datetime | None) -> int:
        """Queue again what dead workers have begun, and return how many that were.

        Dead is whose lease is over; with `seen_since` None, every worker there has been.
        """
        dead = and_(jobs.c.status == Status.RUNNING.value)
        gone = and_(True)
        if seen_since is not None:
            dead = and_(dead, jobs.c.lease_until <= now)
            gone = and_(workers.c.seen_at < seen_since)
        found = await self._unit.execute(
            select(jobs.c.number, jobs.c.losses).where(dead).with_for_update(skip_locked=True)
        )
        rows = found.all()
        for row in rows:
            event = after_loss(row.losses + 1)
            await self._unit.execute(
                update(jobs)
                .where(jobs.c.number == row.number)
                .values(
                    status=after(Status.RUNNING, event).value,
                    losses=row.losses + 1,
                    worker=None,
                    lease_until=None,
                )
            )
        await self._unit.execute(delete(workers).where(gone))
        return len(rows)

    async def queued(self) -> list[SubmissionId]:
        """Return all that waits, the next one first."""
        found = await self._unit.scalars(
            select(jobs.c.submission_id)
            .where(jobs.c.status == Status.QUEUED.value)
            .order_by(jobs.c.priority, jobs.c.number)
        )
        return [SubmissionId(one) for one in found]

    async def running(self) -> int:
        """Return how many are being graded."""
        count = await self._unit.scalar(
            select(func.count()).select_from(jobs).where(jobs.c.status == Status.RUNNING.value)
        )
        return int(count or 0)

    async def places(self, seen_since: datetime) -> int:
        """Return how many can be graded at a time by the workers that live."""
        places = await self._unit.scalar(
            select(func.sum(workers.c.places)).where(workers.c.seen_at >= seen_since)
        )
        return int(places or 0)

    async def mean_seconds(self) -> float | None:
        """Return how long the newest gradings took on average; None before the first."""
        newest = (
            select(results.c.seconds).order_by(results.c.graded_at.desc()).limit(_SAMPLE).subquery()
        )
        mean = await self._unit.scalar(select(func.avg(newest.c.seconds)))
        return None if mean is None else float(mean)

    @staticmethod
    def _under(claim: Claim) -> Update:
        """Return an update of a job that does nothing unless the lease holds."""
        return update(jobs).where(
            jobs.c.submission_id == claim.submission_id,
            jobs.c.status == Status.RUNNING.value,
            jobs.c.lease == claim.lease,
        )
