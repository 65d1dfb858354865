"""Submissions and their results in the database, as people ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from carrel.accounts.types import UserId
from carrel.courses.store import to_user
from carrel.courses.types import AssignmentId, CourseId
from carrel.db.engine import Unit
from carrel.db.tables import assignments, jobs, results, submission_files, submissions, users
from carrel.judge.progress import Phase, Progress
from carrel.languages.registry import Language
from carrel.submissions.standings import with_another
from carrel.submissions.states import Status
from carrel.submissions.types import (
    Moment,
    Points,
    SourceText,
    Standing,
    Submission,
    SubmissionId,
)


class SubmissionStore:
    """What was handed in, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def last_attempt(self, assignment_id: AssignmentId, user_id: UserId) -> int:
        """Return the number of somebody's newest submission, 0 before the first."""
        last = await self._unit.scalar(
            select(func.max(submissions.c.attempt)).where(
                submissions.c.assignment_id == assignment_id, submissions.c.user_id == user_id
            )
        )
        return int(last or 0)

    async def unfinished(self, user_id: UserId) -> int:
        """Return how many of somebody's submissions are queued or running."""
        unfinished = [status.value for status in Status if not status.is_final]
        count = await self._unit.scalar(
            select(func.count())
            .select_from(submissions.join(jobs, jobs.c.submission_id == submissions.c.id))
            .where(submissions.c.user_id == user_id, jobs.c.status.in_(unfinished))
        )
        return int(count or 0)

    async def add(self, submission: Submission, version_id: str, priority: int) -> None:
        """Add a submission and its job: both are there, or neither."""
        await self._unit.execute(
            submissions.insert().values(
                id=submission.id,
                assignment_id=submission.assignment_id,
                user_id=submission.user.id,
                exercise_version_id=version_id,
                attempt=submission.attempt,
                language=submission.language.value,
                created_at=submission.created_at,
            )
        )
        rows = [
            {
                "submission_id": submission.id,
                "position": position,
                "name": file.name,
                "content": file.content,
            }
            for position, file in enumerate(submission.files)
        ]
        await self._unit.execute(submission_files.insert(), rows)
        await self._unit.execute(
            jobs.insert().values(
                submission_id=submission.id,
                status=submission.status.value,
                priority=priority,
                lease=0,
                faults=0,
                losses=0,
                done=0,
                total=0,
                available_at=submission.created_at,
            )
        )

    async def submission(self, submission_id: SubmissionId) -> Submission | None:
        """Return a submission with its files."""
        found = await self._unit.execute(
            self._submissions().where(submissions.c.id == submission_id)
        )
        row = found.one_or_none()
        if row is None:
            return None
        return _to_submission(row, await self.files(submission_id))

    async def files(self, submission_id: SubmissionId) -> tuple[SourceText, ...]:
        """Return the files of a submission, the program first."""
        found = await self._unit.execute(
            select(submission_files.c.name, submission_files.c.content)
            .where(submission_files.c.submission_id == submission_id)
            .order_by(submission_files.c.position)
        )
        return tuple(SourceText(row.name, row.content) for row in found)

    async def submissions(
        self, assignment_id: AssignmentId, user_id: UserId | None = None
    ) -> list[Submission]:
        """Return what was handed in, the newest first, without files; by one user or by all."""
        query = self._submissions().where(submissions.c.assignment_id == assignment_id)
        if user_id is not None:
            query = query.where(submissions.c.user_id == user_id)
        found = await self._unit.execute(query.order_by(jobs.c.number.desc()))
        return [_to_submission(row) for row in found]

    async def stored_view(self, submission_id: SubmissionId) -> Any:
        """Return the student's view of the result as it is stored; None before it is graded."""
        return await self._unit.scalar(
            select(results.c.view).where(results.c.submission_id == submission_id)
        )

    async def standings(
        self, user_id: UserId, assignment_ids: Sequence[AssignmentId]
    ) -> dict[AssignmentId, Standing]:
        """Return how somebody stands at these assignments; those without submissions are left out.

        The cost depends on how much this user handed in there, and on nothing else.
        """
        found = await self._unit.execute(
            select(submissions.c.assignment_id, jobs.c.status, results.c.earned, results.c.total)
            .select_from(self._joined())
            .where(
                submissions.c.user_id == user_id, submissions.c.assignment_id.in_(assignment_ids)
            )
            .order_by(submissions.c.attempt)
        )
        standings: dict[AssignmentId, Standing] = {}
        for row in found:
            key = AssignmentId(row.assignment_id)
            points = None if row.earned is None else Points(row.earned, row.total)
            standings[key] = with_another(
                standings.get(key, Standing()), Status(row.status), points
            )
        return standings

    async def moments(self, submission_ids: Sequence[SubmissionId]) -> dict[SubmissionId, Moment]:
        """Return where these submissions are, without places in the queue."""
        found = await self._unit.execute(
            select(
                jobs.c.submission_id, jobs.c.status, jobs.c.phase, jobs.c.done, jobs.c.total
            ).where(jobs.c.submission_id.in_(submission_ids))
        )
        return {
            row.submission_id: Moment(Status(row.status), progress=_to_progress(row))
            for row in found
        }

    @staticmethod
    def _joined() -> Any:
        return submissions.join(jobs, jobs.c.submission_id == submissions.c.id).outerjoin(
            results, results.c.submission_id == submissions.c.id
        )

    @classmethod
    def _submissions(cls) -> Select[Any]:
        return select(
            submissions.c.id.label("submission_id"),
            submissions.c.assignment_id,
            submissions.c.attempt,
            submissions.c.language,
            submissions.c.created_at.label("submitted_at"),
            assignments.c.course_id,
            jobs.c.status,
            jobs.c.phase,
            jobs.c.done,
            jobs.c.total,
            results.c.graded_at,
            users.c.id,
            users.c.login,
            users.c.name,
            users.c.administrator,
        ).select_from(
            cls._joined()
            .join(assignments, assignments.c.id == submissions.c.assignment_id)
            .join(users, users.c.id == submissions.c.user_id)
        )


def _to_submission(row: Any, files: tuple[SourceText, ...] = ()) -> Submission:
    return Submission(
        SubmissionId(row.submission_id),
        AssignmentId(row.assignment_id),
        CourseId(row.course_id),
        to_user(row),
        row.attempt,
        Language(row.language),
        Status(row.status),
        row.submitted_at,
        _to_progress(row),
        row.graded_at,
        files,
    )


def _to_progress(row: Any) -> Progress | None:
    if row.status != Status.RUNNING or row.phase is None:
        return None
    return Progress(Phase(row.phase), row.done, row.total)
