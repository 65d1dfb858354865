"""`POST /lms/submit`: a learning platform hands in, by its signature and no other way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from carrel.api.app import create_app
from carrel.api.platform import Platform as PlatformServices
from carrel.api.routers import SIGNED
from carrel.api.services import Services
from carrel.courses.types import Assignment
from carrel.link.types import Worker
from carrel.lms.service import LmsService
from carrel.lms.signature import sign
from carrel.testing.platform import RIGHT, SECRET, SUM, Platform
from carrel.testing.web import BASE

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

SHARED = "what both know"
ONE_LANGUAGE = {
    **SUM,
    "exercise.toml": SUM["exercise.toml"].replace(b'["python", "java"]', b'["python"]'),
}


@asynccontextmanager
async def calling(platform: Platform, secret: str = SHARED) -> AsyncIterator[httpx.AsyncClient]:
    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        services = PlatformServices(
            platform.accounts, platform.courses, platform.exercises, platform.submissions
        )
        yield Services(cast("Worker", None), "0", platform=services, lms_secret=secret)

    app = create_app(open_services, version="0", routers=SIGNED)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
    ):
        yield client


async def post(
    client: httpx.AsyncClient, body: Any, *, signature: str | None = "", secret: str = SHARED
) -> httpx.Response:
    """Send a body, signed with the secret unless another signature is given."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    if signature is not None:
        headers["x-lms-signature"] = signature or sign(data, secret)
    return await client.post("/lms/submit", content=data, headers=headers)


def of(assignment: Assignment, **more: Any) -> dict[str, Any]:
    code = RIGHT.content.decode()
    return {"student_id": "s-1", "assignment_id": assignment.id, "code": code, **more}


async def test_a_signed_submission_is_graded_and_answered(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course, ONE_LANGUAGE)
    async with calling(platform) as client, platform.working():
        answer = await post(client, of(assignment))
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["feedback"]
        assert {**found, "feedback": ""} == {
            "student_id": "s-1",
            "assignment_id": assignment.id,
            "score": 100.0,
            "passed": True,
            "feedback": "",
        }
        assert SECRET not in answer.text
        # The same student again is the same user, and another one another.
        await post(client, of(assignment))
        await post(client, of(assignment, student_id="s-2\nx"))
        handed_in = await platform.submissions.submissions(platform.administrator, assignment.id)
        assert sorted(one.attempt for one in handed_in) == [1, 1, 2]
        assert {one.user.name for one in handed_in} == {"s-1", "s-2?x"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature": None},
        {"signature": "0" * 64},
        {"signature": "nonsense"},
        {"secret": "another"},
    ],
)
async def test_without_the_platforms_signature_nothing_happens(
    platform: Platform, wrong: dict[str, Any]
) -> None:
    assignment = await platform.assignment(await platform.course(), ONE_LANGUAGE)
    async with calling(platform) as client:
        answer = await post(client, of(assignment), **wrong)
        assert answer.status_code == 401
        # What is no JSON is refused for its signature, too: it was not parsed.
        assert (await post(client, b"{", **wrong)).status_code == 401
    assert not await platform.submissions.submissions(platform.administrator, assignment.id)


async def test_where_no_secret_is_set_no_platform_may_hand_in(platform: Platform) -> None:
    async with calling(platform, secret="") as client:
        answer = await post(client, {}, signature="0" * 64)
    assert answer.status_code == 403
    assert "CARREL_LMS_SECRET" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"assignment_id": "asg_none"}, 404, "assignment"),
        ({"student_id": " "}, 422, "student_id"),
        ({"student_id": "x" * 500}, 422, "student_id"),
        ({"code": 5}, 422, "code"),
        ({"code": ""}, 422, "empty"),
        ({"grade": 100}, 422, "grade"),
        ({"language": "cobol"}, 422, "language"),
        ({"language": None}, 422, "language"),
    ],
)
async def test_what_is_wrong_is_named(
    platform: Platform, change: dict[str, Any], status: int, named: str
) -> None:
    assignment = await platform.assignment(await platform.course())
    async with calling(platform) as client:
        answer = await post(client, of(assignment, language="python") | change)
    assert answer.status_code == status, answer.text
    assert named in answer.json()["detail"]


async def test_who_comes_from_a_platform_cannot_sign_in_and_is_nobody_else(
    platform: Platform,
) -> None:
    ada = await platform.person("ada")
    assignment = await platform.assignment(await platform.course(), ONE_LANGUAGE)
    async with calling(platform) as client, platform.working():
        assert (await post(client, of(assignment, student_id="ada"))).status_code == 200
    [submission] = await platform.submissions.submissions(platform.administrator, assignment.id)
    assert submission.user.id != ada.id
    assert submission.user.login.startswith("lms-")


async def test_a_platform_that_waits_too_long_is_told_that_it_is_stored(
    platform: Platform,
) -> None:
    assignment = await platform.assignment(await platform.course(), ONE_LANGUAGE)
    service = LmsService(
        platform.accounts,
        platform.courses,
        platform.exercises,
        platform.submissions,
        patience_s=timedelta(milliseconds=50).total_seconds(),
    )
    with pytest.raises(Exception, match="is stored"):
        await service.submit("s", assignment.id, "print(1)")
    assert len(await platform.submissions.submissions(platform.administrator, assignment.id)) == 1
