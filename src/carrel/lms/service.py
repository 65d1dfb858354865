"""A learning platform hands in for its students, and waits for the result.

Who comes from there is a user of its own kind: the login is made from the platform's id of
the student and cannot be one that somebody signs in with. So a platform, or whoever has
got its secret, hands in as its own students and as nobody else.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import aclosing

from carrel.accounts.rules import LMS_PREFIX, MAX_NAME
from carrel.accounts.service import AccountService
from carrel.accounts.types import User
from carrel.core.errors import BusyError, InvalidValueError, NotFoundError, PlatformFaultError
from carrel.courses.exercises import ExerciseService
from carrel.courses.service import CourseService
from carrel.courses.types import Assignment, AssignmentId, Role
from carrel.grading.student import StudentView
from carrel.submissions.service import SubmissionService
from carrel.submissions.states import Status
from carrel.submissions.types import SourceText, SubmissionId

PATIENCE_S = 100.0
MAX_STUDENT_ID = 200
_RETRY_AFTER_S = 30


class LmsService:
    """Submissions of a learning platform. Who calls has checked its signature."""

    def __init__(
        self,
        accounts: AccountService,
        courses: CourseService,
        exercises: ExerciseService,
        submissions: SubmissionService,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._accounts = accounts
        self._courses = courses
        self._exercises = exercises
        self._submissions = submissions
        self._patience_s = patience_s

    async def submit(
        self, student_id: str, assignment_id: AssignmentId, code: str, language: str | None = None
    ) -> StudentView:
        """Hand in for a student, and return the result as the student may see it.

        `language` may be left out where the assignment takes one only. Raises what
        `SubmissionService.submit` raises, NotFoundError for an unknown assignment,
        PlatformFaultError when it cannot be graded, and BusyError when that takes longer
        than the platform's patience; it is graded all the same then.
        """
        assignment = await self._exercises.assignment(assignment_id)
        if assignment is None:
            raise NotFoundError("There is no such assignment.")
        chosen = language or _only_language(assignment)
        user = await self._student(student_id)
        await self._courses.ensure_member(assignment.course_id, user, Role.STUDENT)
        names = assignment.version.shown.file_names
        name = next((names[one] for one in names if one.value == chosen), "solution")
        file = SourceText(name, code.encode("utf-8", "surrogatepass"))
        submission = await self._submissions.submit(user, assignment_id, chosen, [file])
        await self._graded(user, submission.id)
        seen = await self._submissions.see(user, submission.id)
        if seen.view is None:
            raise PlatformFaultError(f"submission {submission.id} could not be graded")
        return seen.view

    async def _student(self, student_id: str) -> User:
        if not student_id.strip() or len(student_id) > MAX_STUDENT_ID:
            raise InvalidValueError(
                "student_id", student_id[:MAX_STUDENT_ID], f"give 1 to {MAX_STUDENT_ID} characters"
            )
        digest = hashlib.sha256(student_id.encode("utf-8", "surrogatepass")).hexdigest()
        shown = "".join(one if one.isprintable() else "?" for one in student_id)
        return await self._accounts.ensure_user(
            f"{LMS_PREFIX}{digest[:32]}", shown[:MAX_NAME].strip()
        )

    async def _graded(self, user: User, submission_id: SubmissionId) -> None:
        """Wait until a submission is graded, or has come to its end otherwise."""
        try:
            async with (
                asyncio.timeout(self._patience_s),
                aclosing(await self._submissions.follow(user, submission_id)) as moments,
            ):
                async for moment in moments:
                    if moment.status is Status.PLATFORM_FAULT:
                        return
        except TimeoutError:
            raise BusyError(
                f"The submission {submission_id} is stored and waits to be graded: many others "
                "came before it. Its result will stand in the course.",
                _RETRY_AFTER_S,
            ) from None


def _only_language(assignment: Assignment) -> str:
    languages = assignment.version.shown.languages
    if len(languages) != 1:
        raise InvalidValueError("language", None, f"give one of {', '.join(languages)}")
    return languages[0]
