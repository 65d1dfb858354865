"""Exercises that were published in a course, and its assignments."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from carrel.api.platform import PREFIX, CurrentUser, GivenPlatform
from carrel.api.rules import RequestRules, make_router
from carrel.api.shapes import (
    AssignmentRequest,
    FullTaskResponse,
    PublishedResponse,
    TaskResponse,
    TasksResponse,
    VersionResponse,
    VersionsResponse,
    task_fields,
)
from carrel.api.statements import kept_statement_html
from carrel.core.sizes import MIB
from carrel.courses.types import AssignmentId, CourseId, VersionId
from carrel.submissions.types import Standing, Task

MAX_ARCHIVE_BYTES = 32 * MIB
_ARCHIVES = frozenset(
    {
        "application/zip",
        "application/x-zip-compressed",
        "application/gzip",
        "application/octet-stream",
    }
)

# What a browser may show by itself. Anything else is downloaded: an SVG or an HTML file of
# a teacher's would run its scripts as the student who opens it.
_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}

router: APIRouter = make_router(prefix=PREFIX, tags=["assignments"])
uploads: APIRouter = make_router(
    RequestRules(media_types=_ARCHIVES, max_body_bytes=MAX_ARCHIVE_BYTES, body_timeout_s=120),
    prefix=PREFIX,
    tags=["assignments"],
)


async def _body(request: Request) -> bytes:
    return await request.body()


@uploads.post(
    "/courses/{course_id}/exercises",
    status_code=HTTPStatus.CREATED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def publish_exercise(
    course_id: str,
    user: CurrentUser,
    platform: GivenPlatform,
    archive: Annotated[bytes, Depends(_body)],
) -> PublishedResponse:
    """Publish the exercise in a zip or tar.gz. For the staff.

    The same files again are the same version.
    """
    version = await platform.exercises.publish_archive(user, CourseId(course_id), archive)
    return PublishedResponse(exercise_version=VersionResponse.of(version))


@router.get("/courses/{course_id}/exercises")
async def list_exercises(
    course_id: str, user: CurrentUser, platform: GivenPlatform
) -> VersionsResponse:
    """Return what was published in a course, the newest first. For the staff."""
    found = await platform.exercises.versions(user, CourseId(course_id))
    return VersionsResponse(items=[VersionResponse.of(version) for version in found])


@router.post("/courses/{course_id}/assignments", status_code=HTTPStatus.CREATED)
async def make_assignment(
    course_id: str, body: AssignmentRequest, user: CurrentUser, platform: GivenPlatform
) -> TaskResponse:
    """Assign an exercise version. For the staff."""
    assignment = await platform.exercises.assign(
        user,
        CourseId(course_id),
        VersionId(body.exercise_version),
        title=body.title,
        opens_at=body.opens_at,
        due_at=body.due_at,
        closes_at=body.closes_at,
        max_attempts=body.max_attempts,
    )
    return TaskResponse(**task_fields(Task(assignment, Standing())))


@router.get("/courses/{course_id}/assignments")
async def list_assignments(
    course_id: str, user: CurrentUser, platform: GivenPlatform
) -> TasksResponse:
    """Return the assignments of a course, and how the caller stands. For its members."""
    found = await platform.submissions.tasks(user, CourseId(course_id))
    return TasksResponse(items=[TaskResponse(**task_fields(task)) for task in found])


@router.get("/assignments/{assignment_id}")
async def show_assignment(
    assignment_id: str, user: CurrentUser, platform: GivenPlatform
) -> FullTaskResponse:
    """Return an assignment with all one needs to work on it. For the members of its course.

    For students not before it opens.
    """
    task = await platform.submissions.task(user, AssignmentId(assignment_id))
    shown = task.assignment.version.shown
    base = f"{PREFIX}/assignments/{task.assignment.id}/files"
    return FullTaskResponse(
        **task_fields(task),
        course_id=task.assignment.course_id,
        statement_html=await kept_statement_html(shown.statement, shown.assets, base),
        points=shown.points,
        languages=list(shown.languages),
        starter={language.value: code for language, code in shown.starters.items()},
        file_names={language.value: name for language, name in shown.file_names.items()},
        hints=list(task.hints),
        hint_count=len(shown.hints),
        server_time=platform.clock(),
    )


@router.get("/assignments/{assignment_id}/files/{name:path}", response_class=Response)
async def show_file(
    assignment_id: str, name: str, user: CurrentUser, platform: GivenPlatform
) -> Response:
    """Return a file that the statement shows. For whom the assignment may be shown to."""
    data = await platform.exercises.asset(user, AssignmentId(assignment_id), name)
    kind = _PICTURES.get(PurePosixPath(name).suffix.lower())
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    if kind is None:
        headers["Content-Disposition"] = "attachment"
    return Response(data, media_type=kind or "application/octet-stream", headers=headers)
