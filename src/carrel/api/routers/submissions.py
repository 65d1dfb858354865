"""Hand in, see what was handed in, and follow it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from carrel.api.platform import PREFIX, CurrentUser, GivenPlatform, Spoken
from carrel.api.rules import RequestRules, make_router
from carrel.api.shapes import SubmissionRequest, SubmissionResponse, SubmissionsResponse
from carrel.core.sizes import MIB
from carrel.courses.types import AssignmentId
from carrel.grading.stored import to_plain
from carrel.judge.progress import Phase
from carrel.submissions.states import Status
from carrel.submissions.types import Moment, SourceText, SubmissionId

# Four mebibytes of files, of which each character may be an escape in JSON.
router: APIRouter = make_router(
    RequestRules(max_body_bytes=24 * MIB), prefix=PREFIX, tags=["submissions"]
)


@router.post("/assignments/{assignment_id}/submissions", status_code=HTTPStatus.ACCEPTED)
async def hand_in(
    assignment_id: str, body: SubmissionRequest, user: CurrentUser, platform: GivenPlatform
) -> SubmissionResponse:
    """Hand in. For students of the course, within the assignment's times, and its staff.

    When this is answered, the submission is stored and will be graded.
    """
    files = [
        SourceText(file.name, file.content.encode("utf-8", "surrogatepass")) for file in body.files
    ]
    submission = await platform.submissions.submit(
        user, AssignmentId(assignment_id), body.language, files
    )
    return SubmissionResponse.of(submission)


@router.get("/assignments/{assignment_id}/submissions")
async def list_submissions(
    assignment_id: str, user: CurrentUser, platform: GivenPlatform
) -> SubmissionsResponse:
    """Return what was handed in, the newest first. For members: their own; for staff: all."""
    found = await platform.submissions.submissions(user, AssignmentId(assignment_id))
    return SubmissionsResponse(items=[SubmissionResponse.of(one) for one in found])


@router.get("/submissions/{submission_id}")
async def show_submission(
    submission_id: str,
    user: CurrentUser,
    platform: GivenPlatform,
    lang: Spoken = "en",
    form: Literal["sentences", "stored"] = "sentences",
) -> SubmissionResponse:
    """Return a submission and its result. For who handed it in, and the course's staff.

    `form` is `stored` for programs that make sentences themselves: the same view with the
    names of messages and their values.
    """
    seen = await platform.submissions.see(user, SubmissionId(submission_id))
    response = SubmissionResponse.seen(seen, lang)
    if form == "stored" and seen.view is not None:
        response.view = to_plain(seen.view)
    return response


class WayEvent(BaseModel):
    """The data of an event, by its name; names come in this order, and may come again.

    `queued` has `place` (1 is the next) and `estimate_s` (null where nobody can tell),
    `testing` has `done` and `total`. `graded` and `fault` are the last one.
    """

    event: Literal["queued", "compiling", "testing", "graded", "fault"]
    place: int | None = None
    estimate_s: int | None = None
    done: int | None = None
    total: int | None = None


async def _way(
    submission_id: str, user: CurrentUser, platform: GivenPlatform
) -> AsyncGenerator[Moment, None]:
    # A dependency, since who may not follow must hear so before the answer begins.
    return await platform.submissions.follow(user, SubmissionId(submission_id))


@router.get(
    "/submissions/{submission_id}/events",
    response_class=EventSourceResponse,
    responses={
        HTTPStatus.OK.value: {"description": "server-sent events", "model": WayEvent},
    },
)
async def follow_submission(
    way: Annotated[AsyncGenerator[Moment, None], Depends(_way)],
) -> AsyncIterator[ServerSentEvent]:
    """Tell how far a submission is, from now to its end. For who may see it."""
    last: tuple[str, dict[str, Any]] | None = None
    async with aclosing(way):
        async for moment in way:
            told = event_of(moment)
            if told != last:
                last = told
                yield ServerSentEvent(event=told[0], data=told[1])


def event_of(moment: Moment) -> tuple[str, dict[str, Any]]:
    """Return the name and the data of the event that tells a moment; pure."""
    match moment.status:
        case Status.GRADED:
            return "graded", {}
        case Status.PLATFORM_FAULT:
            return "fault", {}
        case Status.QUEUED:
            place = moment.place
            return "queued", {
                "place": None if place is None else place.number,
                "estimate_s": None if place is None else place.estimate_s,
            }
    progress = moment.progress
    if progress is None or progress.phase is Phase.COMPILING:
        return "compiling", {}
    return "testing", {"done": progress.done, "total": progress.total}
