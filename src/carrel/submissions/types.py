"""Submissions, their files, their way and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType

from carrel.accounts.types import User
from carrel.courses.types import Assignment, AssignmentId, CourseId
from carrel.grading.student import StudentView
from carrel.judge.progress import Progress
from carrel.languages.registry import Language
from carrel.submissions.states import Status

SubmissionId = NewType("SubmissionId", str)


@dataclass(frozen=True)
class SourceText:
    """A file of a submission: its name as the student gave it, and its content."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Submission:
    """Something that was handed in. `attempt` counts a student's submissions from 1.

    The first of `files` is the program, the others lie beside it. `progress` is how far
    the judge is, while the status is RUNNING.
    """

    id: SubmissionId
    assignment_id: AssignmentId
    course_id: CourseId
    user: User
    attempt: int
    language: Language
    status: Status
    created_at: datetime
    progress: Progress | None = None
    graded_at: datetime | None = None
    files: tuple[SourceText, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a queued submission stands: `number` 1 is the next one.

    `estimate_s` is when its grading is likely to be over, in seconds; None where nobody
    can tell: no worker is there, or nothing was graded yet.
    """

    number: int
    estimate_s: int | None


@dataclass(frozen=True)
class Seen:
    """A submission as somebody may see it; `view` is there once it is graded."""

    submission: Submission
    place: Place | None
    view: StudentView | None


@dataclass(frozen=True)
class Moment:
    """What there is to tell of a submission's way at a moment."""

    status: Status
    place: Place | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class Points:
    """What a submission earned."""

    earned: float
    total: float


@dataclass(frozen=True)
class Standing:
    """How somebody stands at an assignment.

    `attempts_used` leaves out what a platform fault spoiled. `newest` is the status of
    the newest submission. `failed` counts the graded ones that did not earn all points.
    """

    attempts_used: int = 0
    newest: Status | None = None
    best: Points | None = None
    failed: int = 0


@dataclass(frozen=True)
class Task:
    """An assignment, and how the caller stands at it; `hints` are those that are open."""

    assignment: Assignment
    standing: Standing
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A submission that a worker is to grade, under a lease."""

    submission_id: SubmissionId
    lease: int
    faults: int


@dataclass(frozen=True)
class Work:
    """What a worker needs to grade a claimed submission; `package` is its exercise's hash."""

    language: Language
    files: tuple[SourceText, ...]
    package: str


@dataclass(frozen=True)
class Result:
    """What is stored of a grading, once: the views as `grading.stored` makes them."""

    verdict: str
    points: Points
    view: Mapping[str, Any]
    staff_view: Mapping[str, Any]
    seconds: float
