"""Courses, their members and invitations."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from carrel.api.platform import PREFIX, CurrentUser, GivenPlatform
from carrel.api.rules import make_router
from carrel.api.shapes import (
    CodeRequest,
    CourseRequest,
    CourseResponse,
    CoursesResponse,
    InvitationRequest,
    InvitationResponse,
    InvitedResponse,
    MemberResponse,
    MembersResponse,
)
from carrel.courses.types import CourseId, Role

router: APIRouter = make_router(prefix=PREFIX, tags=["courses"])


@router.get("/courses")
async def list_courses(user: CurrentUser, platform: GivenPlatform) -> CoursesResponse:
    """Return the caller's courses. For everybody who is signed in."""
    found = await platform.courses.courses(user)
    return CoursesResponse(items=[CourseResponse.of(course, role) for course, role in found])


@router.post("/courses", status_code=HTTPStatus.CREATED)
async def make_course(
    body: CourseRequest, user: CurrentUser, platform: GivenPlatform
) -> CourseResponse:
    """Make a course, with the caller as its instructor. For administrators."""
    course = await platform.courses.create(user, body.title)
    return CourseResponse.of(course, Role.INSTRUCTOR)


@router.get("/courses/{course_id}")
async def show_course(course_id: str, user: CurrentUser, platform: GivenPlatform) -> CourseResponse:
    """Return a course. For its members."""
    course, role = await platform.courses.course(user, CourseId(course_id))
    return CourseResponse.of(course, role)


@router.get("/courses/{course_id}/members")
async def list_members(
    course_id: str, user: CurrentUser, platform: GivenPlatform
) -> MembersResponse:
    """Return who is in a course. For its staff."""
    found = await platform.courses.members(user, CourseId(course_id))
    return MembersResponse(items=[MemberResponse.member(member) for member in found])


@router.post("/courses/{course_id}/invitations", status_code=HTTPStatus.CREATED)
async def make_invitation(
    course_id: str, body: InvitationRequest, user: CurrentUser, platform: GivenPlatform
) -> InvitationResponse:
    """Make an invitation. For the staff; only instructors invite staff."""
    made = await platform.courses.invite(
        user, CourseId(course_id), body.role, most_uses=body.limit, expires_at=body.expires_at
    )
    return InvitationResponse(code=made.code, url=f"/join#{made.code}")


@router.post("/invitations/look")
async def look_at_invitation(body: CodeRequest, platform: GivenPlatform) -> InvitedResponse:
    """Return what an invitation is for. For everybody who has its code.

    By POST, so that the code gets into no log and no history.
    """
    invitation = await platform.courses.look(body.code)
    return InvitedResponse(course_title=invitation.course.title, role=invitation.role)
