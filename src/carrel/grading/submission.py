"""The one use case "grade a submission": judge it, count its points, say who may see what.

The command line, the library's names, batches, rehearsals and workers all come through
here, so that none of them can count or disclose differently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from carrel.exercises.jobs import job_for
from carrel.exercises.types import Exercise, Hint
from carrel.grading.grade import Grade, grade
from carrel.grading.hints import after_one
from carrel.grading.source import SourceFile
from carrel.grading.staff import StaffView, staff_view
from carrel.grading.student import Disclosure, StudentView, disclosure_of, student_view
from carrel.judge.judge import KEEP_BYTES, judge
from carrel.judge.plan import Submission
from carrel.judge.progress import OnProgress
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.sandbox.pool import Lender


@dataclass(frozen=True)
class GradedSubmission:
    """A submission's grade, and what each kind of reader sees of it.

    `grade` and `staff` tell everything and are for the exercise's staff only; `view` is
    the student's. Both views are values that `grading.stored` keeps.
    """

    grade: Grade
    source: SourceFile
    disclosure: Disclosure
    offered: tuple[Hint, ...] = ()
    """All hints of the exercise; a student is given those that `hints` chooses."""

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole submission."""
        return self.grade.verdict

    @property
    def isolation(self) -> str:
        """What stood between the program and the machine, e.g. `gvisor`."""
        return self.grade.isolation

    @cached_property
    def view(self) -> StudentView:
        """What the student may see."""
        return student_view(self.grade, self.source, self.disclosure)

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints as after a first attempt; whoever counts attempts asks `grading.hints`."""
        return after_one(self.offered, self.view)

    @cached_property
    def staff(self) -> StaffView:
        """What the staff may see: everything."""
        return staff_view(self.grade, self.source, self.disclosure)


async def grade_submission(
    pool: Lender,
    exercise: Exercise,
    submission: Submission,
    *,
    file_name: str | None = None,
    keep_bytes: int = KEEP_BYTES,
    on_progress: OnProgress | None = None,
) -> GradedSubmission:
    """Return the grade of a submission to an exercise.

    `file_name` is what the student calls the program; None: by its name in the sandbox.
    `keep_bytes` is how much is kept of what a test printed to stdout, and to stderr.
    `on_progress` is told how far the judge is. Raises PlatformFaultError when our side
    failed, after retries: nothing is said about the submission then.
    """
    job = replace(job_for(exercise, submission), keep_bytes=keep_bytes, on_progress=on_progress)
    return graded(exercise, submission, await judge(pool, job), file_name=file_name)


def graded(
    exercise: Exercise,
    submission: Submission,
    outcome: SubmissionVerdict,
    *,
    file_name: str | None = None,
) -> GradedSubmission:
    """Return the grade for the judge's verdicts on a submission; pure."""
    return GradedSubmission(
        grade(exercise.tests, outcome, exercise.groups),
        SourceFile.of(submission, file_name),
        disclosure_of(exercise),
        exercise.hints,
    )
