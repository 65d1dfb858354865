"""Errors as RFC 9457 problem details: the one place that knows HTTP status codes.

Details written for the caller are passed on. Those about our own side (paths, what
`runsc` said) go to the log: a stranger learns nothing about the machine from them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from carrel.core.errors import (
    BusyError,
    CarrelError,
    ConflictError,
    InvalidValueError,
    MissingToolError,
    NotAllowedError,
    NotFoundError,
    PlatformFaultError,
    PrivilegeError,
    SandboxClosedError,
    SandboxFileError,
    SandboxLostError,
    SignInRequiredError,
    TemplateError,
    TooLargeError,
    TooManyRequestsError,
)

RETRY_AFTER_S = 5
_TYPE = "urn:carrel:problem:"
_OUR_FAULT = "The platform failed, not the program: send the request again."


@dataclass(eq=False)  # an exception is compared by identity, and Python writes to it
class Problem(Exception):  # noqa: N818 - the RFC's word
    """One refused or failed request; raise it or send its `response()`.

    `code` is the last part of the problem's type, for programs; `detail` is for
    people and says what to do. `extra` are further members of the document.
    """

    status: HTTPStatus
    code: str
    detail: str
    retry_after: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the problem as an HTTP response."""
        # ASCII: a caller's text may hold halves of surrogate pairs, which UTF-8 cannot.
        body = json.dumps(
            {
                "type": _TYPE + self.code,
                "title": self.status.phrase,
                "status": self.status.value,
                "detail": self.detail,
                **self.extra,
            }
        )
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Response(
            body, self.status.value, headers=headers, media_type="application/problem+json"
        )


# The class of an error, its status, the last part of its type, and whether its
# message was written for the caller. The first that fits counts.
_TABLE: tuple[tuple[type[CarrelError], HTTPStatus, str, bool], ...] = (
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", True),
    (InvalidValueError, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-value", True),
    (SignInRequiredError, HTTPStatus.UNAUTHORIZED, "sign-in-required", True),
    (NotAllowedError, HTTPStatus.FORBIDDEN, "not-allowed", True),
    (NotFoundError, HTTPStatus.NOT_FOUND, "not-found", True),
    (ConflictError, HTTPStatus.CONFLICT, "conflict", True),
    (TooManyRequestsError, HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", True),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE, "busy", True),
    (TemplateError, HTTPStatus.SERVICE_UNAVAILABLE, "template-missing", True),
    (SandboxLostError, HTTPStatus.SERVICE_UNAVAILABLE, "platform-fault", False),
    (SandboxFileError, HTTPStatus.SERVICE_UNAVAILABLE, "platform-fault", False),
    (PlatformFaultError, HTTPStatus.SERVICE_UNAVAILABLE, "platform-fault", False),
    (SandboxClosedError, HTTPStatus.SERVICE_UNAVAILABLE, "shutting-down", False),
    (MissingToolError, HTTPStatus.SERVICE_UNAVAILABLE, "platform-fault", False),
    (PrivilegeError, HTTPStatus.SERVICE_UNAVAILABLE, "platform-fault", False),
    (CarrelError, HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", False),
)


def problem_of(error: Exception) -> Problem:
    """Return the problem that stands for an error; any unknown one is a fault of ours."""
    for kind, status, code, shown in _TABLE:
        if isinstance(error, kind):
            return Problem(
                status,
                code,
                str(error) if shown else _OUR_FAULT,
                _retry_after(error, status),
                {"field": error.field} if isinstance(error, InvalidValueError) else {},
            )
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", _OUR_FAULT)


def _retry_after(error: Exception, status: HTTPStatus) -> int | None:
    if isinstance(error, TooManyRequestsError | BusyError):
        return error.retry_after_s
    return RETRY_AFTER_S if status is HTTPStatus.SERVICE_UNAVAILABLE else None
