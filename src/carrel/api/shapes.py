"""The JSON of the platform's routes: what is sent, and what is answered."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from carrel.accounts.types import User
from carrel.courses.types import Course, ExerciseVersion, Member, Role
from carrel.grading.feedback import feedback
from carrel.grading.student import StudentView
from carrel.submissions.states import Status
from carrel.submissions.types import Points, Seen, Submission, Task
from carrel.texts.message import translated


def _in_every_zone(value: datetime) -> datetime:
    if not MINYEAR < value.year < MAXYEAR:
        raise ValueError("give a time that has a year in every time zone")
    return value


Time = Annotated[AwareDatetime, AfterValidator(_in_every_zone)]
"""A time with its zone, which UTC can express."""


class Request(BaseModel):
    """What is sent; a field that is not known is a mistake that the caller should hear of."""

    model_config = ConfigDict(extra="forbid")


class CourseRequest(Request):
    """A new course."""

    title: str


class InvitationRequest(Request):
    """A new invitation; `limit` is how often it can be used."""

    role: Role
    limit: int | None = None
    expires_at: Time | None = None


class CodeRequest(Request):
    """The code of an invitation."""

    code: Annotated[str, Field(max_length=200)]


class AcceptRequest(CodeRequest):
    """The code, and for who is not signed in the account to make."""

    name: Annotated[str, Field(max_length=1000)] | None = None
    login: Annotated[str, Field(max_length=1000)] | None = None
    password: Annotated[str, Field(max_length=1000)] | None = Field(default=None, repr=False)


class AssignmentRequest(Request):
    """A new assignment of an exercise version; without times it is open for ever."""

    exercise_version: Annotated[str, Field(max_length=100)]
    title: str | None = None
    opens_at: Time | None = None
    due_at: Time | None = None
    closes_at: Time | None = None
    max_attempts: int | None = None


class FileContent(Request):
    """A file of a submission."""

    name: str
    content: str = Field(repr=False)


class SubmissionRequest(Request):
    """What is handed in; the first file is the program, others lie beside it."""

    language: str
    files: list[FileContent]


class PersonResponse(BaseModel):
    """Somebody, as others see them."""

    id: str
    name: str
    login: str

    @classmethod
    def of(cls, user: User) -> PersonResponse:
        """Return a user for JSON."""
        return cls(id=user.id, name=user.name, login=user.login)


class MeResponse(PersonResponse):
    """The caller."""

    administrator: bool
    server_time: datetime

    @classmethod
    def me(cls, user: User, now: datetime) -> MeResponse:
        """Return the caller for JSON."""
        return cls(
            id=user.id,
            name=user.name,
            login=user.login,
            administrator=user.administrator,
            server_time=now,
        )


class CourseResponse(BaseModel):
    """A course, and what the caller is in it."""

    id: str
    title: str
    role: Role

    @classmethod
    def of(cls, course: Course, role: Role) -> CourseResponse:
        """Return a course for JSON."""
        return cls(id=course.id, title=course.title, role=role)


class CoursesResponse(BaseModel):
    """Courses."""

    items: list[CourseResponse]


class MemberResponse(PersonResponse):
    """Somebody in a course."""

    role: Role
    joined_at: datetime

    @classmethod
    def member(cls, member: Member) -> MemberResponse:
        """Return a member for JSON."""
        user = member.user
        return cls(
            id=user.id,
            name=user.name,
            login=user.login,
            role=member.role,
            joined_at=member.joined_at,
        )


class MembersResponse(BaseModel):
    """Who is in a course."""

    items: list[MemberResponse]


class InvitationResponse(BaseModel):
    """A new invitation: its code, which is told once, and the page to open with it."""

    code: str
    url: str


class InvitedResponse(BaseModel):
    """What an invitation is for."""

    course_title: str
    role: Role


class VersionResponse(BaseModel):
    """A published exercise version."""

    id: str
    exercise: str
    title: str
    hash: str
    published_at: datetime

    @classmethod
    def of(cls, version: ExerciseVersion) -> VersionResponse:
        """Return a version for JSON."""
        return cls(
            id=version.id,
            exercise=version.exercise,
            title=version.title,
            hash=version.hash,
            published_at=version.published_at,
        )


class PublishedResponse(BaseModel):
    """What was published."""

    exercise_version: VersionResponse


class VersionsResponse(BaseModel):
    """What was published in a course, the newest first."""

    items: list[VersionResponse]


class PointsResponse(BaseModel):
    """Points."""

    earned: float
    total: float

    @classmethod
    def of(cls, points: Points | None) -> PointsResponse | None:
        """Return points for JSON."""
        return None if points is None else cls(earned=points.earned, total=points.total)


StateName = Literal["not-begun", "in-progress", "graded", "platform-fault"]
_STATES: dict[Status | None, StateName] = {
    None: "not-begun",
    Status.QUEUED: "in-progress",
    Status.RUNNING: "in-progress",
    Status.GRADED: "graded",
    Status.PLATFORM_FAULT: "platform-fault",
}


class TaskResponse(BaseModel):
    """An assignment, and how the caller stands: `state` is that of the newest submission."""

    id: str
    title: str
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    max_attempts: int | None
    attempts_used: int
    best: PointsResponse | None
    state: StateName


def task_fields(task: Task) -> dict[str, Any]:
    """Return what every answer about an assignment has."""
    assignment, standing = task.assignment, task.standing
    return {
        "id": assignment.id,
        "title": assignment.title,
        "opens_at": assignment.opens_at,
        "due_at": assignment.due_at,
        "closes_at": assignment.closes_at,
        "max_attempts": assignment.max_attempts,
        "attempts_used": standing.attempts_used,
        "best": PointsResponse.of(standing.best),
        "state": _STATES[standing.newest],
    }


class TasksResponse(BaseModel):
    """The assignments of a course."""

    items: list[TaskResponse]


class FullTaskResponse(TaskResponse):
    """An assignment with all that one needs to work on it; `points` are all there are."""

    course_id: str
    statement_html: str
    points: int
    languages: list[str]
    starter: dict[str, str]
    file_names: dict[str, str]
    hints: list[str]
    hint_count: int
    server_time: datetime


class SubmissionResponse(BaseModel):
    """A submission. `files`, `place` and `view` are there where one was asked for by its id.

    `view` is null until it is graded: the result as a student may see it, with `summary`
    and `feedback` in sentences.
    """

    id: str
    assignment_id: str
    user: PersonResponse
    attempt: int
    status: Status
    place: int | None = None
    estimate_s: int | None = None
    language: str
    files: list[FileContent] = []
    created_at: datetime
    graded_at: datetime | None
    view: dict[str, Any] | None = None

    @classmethod
    def of(cls, submission: Submission) -> SubmissionResponse:
        """Return a submission for JSON."""
        return cls(
            id=submission.id,
            assignment_id=submission.assignment_id,
            user=PersonResponse.of(submission.user),
            attempt=submission.attempt,
            status=submission.status,
            language=submission.language,
            files=[
                FileContent(name=file.name, content=file.content.decode("utf-8", "replace"))
                for file in submission.files
            ],
            created_at=submission.created_at,
            graded_at=submission.graded_at,
        )

    @classmethod
    def seen(cls, seen: Seen, language: str) -> SubmissionResponse:
        """Return a submission with its place and its result for JSON."""
        response = cls.of(seen.submission)
        if seen.place is not None:
            response.place, response.estimate_s = seen.place.number, seen.place.estimate_s
        if seen.view is not None:
            response.view = view_fields(seen.view, language)
        return response


class SubmissionsResponse(BaseModel):
    """Submissions, the newest first."""

    items: list[SubmissionResponse]


def view_fields(view: StudentView, language: str) -> dict[str, Any]:
    """Return a result as a student may see it, sentences in `language`."""
    told = feedback(view)
    return {
        **view.as_dict(language),
        "summary": told.summary.in_language(language),
        "feedback": [translated(sentence, language) for sentence in told.sentences],
    }
