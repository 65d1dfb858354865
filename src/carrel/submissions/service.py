"""Hand in, look at what was handed in, and follow it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from carrel.accounts.types import User
from carrel.core.clock import Clock, utc_now
from carrel.core.errors import NotFoundError
from carrel.core.ids import new_id
from carrel.courses.access import enter, enter_assignment
from carrel.courses.deadlines import check_hand_in, check_opened
from carrel.courses.exercise_store import ExerciseStore
from carrel.courses.permissions import Action, may, require
from carrel.courses.store import CourseStore
from carrel.courses.types import Actor, Assignment, AssignmentId, CourseId
from carrel.db.engine import Database, Unit
from carrel.grading.hints import unlocked
from carrel.grading.stored import student_view_from
from carrel.submissions.permissions import may_see
from carrel.submissions.rules import check_files, check_language, check_waiting
from carrel.submissions.standings import share
from carrel.submissions.states import Status
from carrel.submissions.store import SubmissionStore
from carrel.submissions.types import (
    Moment,
    Seen,
    SourceText,
    Standing,
    Submission,
    SubmissionId,
    Task,
)
from carrel.submissions.watch import Watch, places_in_queue

INTERACTIVE = 0
"""The priority of what somebody waits for; smaller numbers come first."""

_NO_SUBMISSION = "There is no such submission, or you may not see it."


def _nobody() -> None:
    """Wake nobody: the worker looks by itself."""


class SubmissionService:
    """Submissions and standings. The first argument is who asks."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        wake_worker: Callable[[], None] = _nobody,
        watch: Watch | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake_worker = wake_worker
        self._watch = watch or Watch(database, clock=clock)

    async def submit(
        self, user: User, assignment_id: AssignmentId, language: str, files: Sequence[SourceText]
    ) -> Submission:
        """Take a submission: when this returns, it is stored with its job, and will be graded.

        Raises ConflictError when the assignment takes none (any more), InvalidValueError for
        a language or files that it does not take, TooManyRequestsError while very many
        submissions of the same user wait; nothing is stored then.
        """
        checked = check_files(files)
        async with self._database.writing() as unit:
            # Others who hand in as the same user wait here: no attempt is given twice.
            assignment, actor = await enter_assignment(unit, user, assignment_id, lock=True)
            require(actor, Action.HAND_IN)
            store = SubmissionStore(unit)
            check_waiting(await store.unfinished(user.id))
            now = self._clock()
            if not may(actor, Action.HAND_IN_ANY_TIME):
                standing = (await store.standings(user.id, [assignment_id])).get(assignment_id)
                check_hand_in(assignment, now, (standing or Standing()).attempts_used)
            submission = Submission(
                SubmissionId(new_id("sub")),
                assignment_id,
                assignment.course_id,
                user,
                attempt=await store.last_attempt(assignment_id, user.id) + 1,
                language=check_language(language, assignment.version.shown),
                status=Status.QUEUED,
                created_at=now,
                files=checked,
            )
            await store.add(submission, assignment.version.id, INTERACTIVE)
        self._wake_worker()
        return submission

    async def see(self, user: User, submission_id: SubmissionId) -> Seen:
        """Return a submission, its place in the queue, and its result as a student sees it.

        NotFoundError for what `user` may not see, as for what is not there.
        """
        async with self._database.reading() as unit:
            submission = await self._visible(unit, user, submission_id)
            place = None
            if submission.status is Status.QUEUED:
                place = (await places_in_queue(unit, self._clock)).get(submission_id)
            stored = None
            if submission.status is Status.GRADED:
                stored = await SubmissionStore(unit).stored_view(submission_id)
        view = None if stored is None else student_view_from(stored)
        return Seen(submission, place, view)

    async def submissions(self, user: User, assignment_id: AssignmentId) -> list[Submission]:
        """Return what was handed in, the newest first: all of it for staff, else one's own."""
        async with self._database.reading() as unit:
            _, actor = await enter_assignment(unit, user, assignment_id)
            everybody = may(actor, Action.SEE_ALL_SUBMISSIONS)
            return await SubmissionStore(unit).submissions(
                assignment_id, None if everybody else user.id
            )

    async def follow(self, user: User, submission_id: SubmissionId) -> AsyncGenerator[Moment, None]:
        """Return what yields how far a submission is, from the present moment to the end.

        NotFoundError comes before the first moment, for what `user` may not see.
        """
        async with self._database.reading() as unit:
            await self._visible(unit, user, submission_id)
        return self._watch.follow(submission_id)

    async def tasks(self, user: User, course_id: CourseId) -> list[Task]:
        """Return the assignments of a course, and how `user` stands at each."""
        async with self._database.reading() as unit:
            _, actor = await enter(unit, user, course_id)
            require(actor, Action.SEE_COURSE)
            assignments = await ExerciseStore(unit).assignments(course_id)
            standings = await SubmissionStore(unit).standings(
                user.id, [assignment.id for assignment in assignments]
            )
        return [_task(one, standings.get(one.id, Standing())) for one in assignments]

    async def task(self, user: User, assignment_id: AssignmentId) -> Task:
        """Return an assignment and how `user` stands; ConflictError before it opens."""
        async with self._database.reading() as unit:
            assignment, actor = await enter_assignment(unit, user, assignment_id)
            require(actor, Action.SEE_COURSE)
            if not may(actor, Action.SEE_CLOSED):
                check_opened(assignment, self._clock())
            standings = await SubmissionStore(unit).standings(user.id, [assignment_id])
        return _task(assignment, standings.get(assignment_id, Standing()))

    async def _visible(self, unit: Unit, user: User, submission_id: SubmissionId) -> Submission:
        submission = await SubmissionStore(unit).submission(submission_id)
        if submission is not None:
            role = await CourseStore(unit).role(submission.course_id, user.id)
            if role is not None and may_see(Actor(user, role), submission.user.id):
                return submission
        raise NotFoundError(_NO_SUBMISSION)


def _task(assignment: Assignment, standing: Standing) -> Task:
    best = 0.0 if standing.best is None else 100 * share(standing.best)
    hints = unlocked(assignment.version.shown.hints, standing.failed, best)
    return Task(assignment, standing, tuple(hints))
