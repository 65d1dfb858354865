"""`POST /lms/submit`: a learning platform hands in for a student, and is told the result."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request as HttpRequest

from carrel.api.platform import GivenPlatform, Spoken
from carrel.api.rules import RequestRules, make_router
from carrel.api.services import GivenServices
from carrel.api.shapes import Request, view_fields
from carrel.core.errors import InvalidValueError, NotAllowedError, SignInRequiredError
from carrel.core.sizes import KIB
from carrel.courses.types import AssignmentId
from carrel.lms.service import LmsService
from carrel.lms.signature import verify_lms_signature

MAX_BODY_BYTES = 6 * 256 * KIB + 64 * KIB

router: APIRouter = make_router(
    RequestRules(max_body_bytes=MAX_BODY_BYTES), tags=["learning platforms"]
)


class LmsRequest(Request):
    """A student's program, as a learning platform sends it."""

    student_id: Annotated[str, Field(max_length=1000)]
    assignment_id: Annotated[str, Field(max_length=100)]
    code: str
    language: Annotated[str | None, Field(max_length=100)] = None


class LmsResponse(BaseModel):
    """The result: `score` in per cent, and whether all tests passed."""

    student_id: str
    assignment_id: str
    score: float
    passed: bool
    feedback: str


async def signed(
    request: HttpRequest,
    services: GivenServices,
    x_lms_signature: Annotated[str | None, Header()] = None,
) -> LmsRequest:
    """Return what was sent, once its signature is known to be the platform's.

    Nothing of the body is believed, nor even parsed, before that.
    """
    if not services.lms_secret:
        raise NotAllowedError(
            "No learning platform may hand in here: the operator has set no CARREL_LMS_SECRET."
        )
    body = await request.body()
    if not verify_lms_signature(body, x_lms_signature, services.lms_secret):
        raise SignInRequiredError(
            "The signature is missing or wrong. Send the header `X-LMS-Signature`: the "
            "HMAC-SHA256 of the body, as it is sent, under the secret that you share, in hex."
        )
    try:
        return LmsRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise InvalidValueError(field, None, first["msg"]) from None


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": LmsRequest.model_json_schema()}},
    }
}


@router.post("/lms/submit", openapi_extra=_BODY)
async def submit(
    given: Annotated[LmsRequest, Depends(signed)], platform: GivenPlatform, lang: Spoken = "en"
) -> LmsResponse:
    """Hand in for a student and return the result, when it is graded. For who signs the body."""
    service = LmsService(
        platform.accounts, platform.courses, platform.exercises, platform.submissions
    )
    view = await service.submit(
        given.student_id, AssignmentId(given.assignment_id), given.code, given.language
    )
    told = view_fields(view, lang)
    return LmsResponse(
        student_id=given.student_id,
        assignment_id=given.assignment_id,
        score=round(view.percentage, 2),
        passed=view.passed,
        feedback="\n".join([*map(str, told["feedback"]), str(told["summary"])]),
    )
