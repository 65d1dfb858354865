"""What the routes of the platform work with: its services, and who asks.

`bootstrap` puts a `Platform` into the application's state. Who asks is found anew for every
request, from a personal token or a session; what they may do, the services decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from carrel.accounts.service import AccountService
from carrel.accounts.types import User
from carrel.api.cookies import session_of
from carrel.core.clock import Clock, utc_now
from carrel.core.errors import NotFoundError, SignInRequiredError
from carrel.courses.exercises import ExerciseService
from carrel.courses.service import CourseService
from carrel.submissions.service import SubmissionService

PREFIX = "/api/v1"
_BEARER = "bearer "


@dataclass(frozen=True)
class Platform:
    """Accounts, courses and submissions."""

    accounts: AccountService
    courses: CourseService
    exercises: ExerciseService
    submissions: SubmissionService
    clock: Clock = utc_now


def platform_of(connection: HTTPConnection) -> Platform:
    """Return the platform of a request or a WebSocket; NotFoundError where there is none."""
    platform: Platform | None = connection.app.state.platform
    if platform is None:
        raise NotFoundError("This server has no accounts and courses: it is a playground only.")
    return platform


GivenPlatform = Annotated[Platform, Depends(platform_of)]
"""A route's parameter of this type is the application's platform, for WebSockets too."""


async def current_user(connection: HTTPConnection, platform: GivenPlatform) -> User:
    """Return who asks; SignInRequiredError for nobody.

    A token counts before a session: a program that sends one means it.
    """
    authorization = connection.headers.get("authorization", "")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return await platform.accounts.by_token(authorization[len(_BEARER) :].strip())
    session = session_of(connection)
    if session is None:
        raise SignInRequiredError(
            "Sign in first, or send a personal token: `Authorization: Bearer <token>`."
        )
    return await platform.accounts.by_session(session)


CurrentUser = Annotated[User, Depends(current_user)]
"""A route's parameter of this type is who asks; the route is for nobody else."""

Spoken = Annotated[
    Literal["en", "de"], Query(alias="lang", description="The language of sentences.")
]
"""A route's parameter of this type is the language that the caller wants."""
