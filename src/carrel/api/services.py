"""What the routes work with: made once by `bootstrap`, given to each route as a dependency."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from carrel.accounts.types import User
from carrel.api.page import Page
from carrel.api.platform import Platform, current_user
from carrel.api.seats import Seats, seats_of_runs, seats_of_sessions
from carrel.core.errors import SignInRequiredError
from carrel.link.types import Worker


@dataclass(frozen=True)
class Services:
    """All that the routes of one application need.

    `worker` runs programs and live sessions, in this process or in another; `page` is what
    browsers are shown, None where it was not built. `platform` are accounts and courses, None
    where there are none. `is_playground` lets anyone run programs; `lms_secret` signs what a
    learning platform sends, empty where none may; `seats` counts each user's live sessions,
    `runs` each user's programs.
    """

    worker: Worker
    version: str
    page: Page | None = None
    platform: Platform | None = None
    is_playground: bool = False
    lms_secret: str = ""
    seats: Seats = field(default_factory=seats_of_sessions)
    runs: Seats = field(default_factory=seats_of_runs)

    @property
    def start(self) -> Literal["/play", "/courses"]:
        """The place of the page where people begin here."""
        return "/play" if self.is_playground else "/courses"


def services_of(connection: HTTPConnection) -> Services:
    """Return what the application of a request or a WebSocket works with."""
    services: Services = connection.app.state.services
    return services


GivenServices = Annotated[Services, Depends(services_of)]
"""A route's parameter of this type is the application's services, for WebSockets too."""


async def check_runner(connection: HTTPConnection, services: GivenServices) -> User | None:
    """Return who may run programs here; None for anyone on a playground.

    Raises SignInRequiredError for who may not.

    For requests and for WebSockets, before they are accepted.
    """
    if services.is_playground:
        return None
    if services.platform is None:
        raise SignInRequiredError("This server lets nobody run programs.")
    return await current_user(connection, services.platform)


Runner = Annotated[User | None, Depends(check_runner)]
"""A route's parameter of this type is who runs something; see `check_runner`."""
