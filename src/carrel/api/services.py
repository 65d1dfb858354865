"""What the routes work with: made once by `bootstrap`, given to each route as a dependency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from carrel.api.page import Page
from carrel.api.platform import Platform, current_user
from carrel.core.errors import SignInRequiredError
from carrel.link.types import Worker


@dataclass(frozen=True)
class Services:
    """All that the routes of one application need.

    `worker` runs programs and live sessions, in this process or in another; `page` is what
    browsers are shown, None where it was not built. `platform` are accounts and courses, None
    where there are none. `is_playground` lets anyone run programs; `lms_secret` signs what a
    learning platform sends, empty where none may.
    """

    worker: Worker
    version: str
    page: Page | None = None
    platform: Platform | None = None
    is_playground: bool = False
    lms_secret: str = ""

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


async def check_runner(connection: HTTPConnection, services: GivenServices) -> None:
    """Raise SignInRequiredError unless the caller may run programs here.

    For requests and for WebSockets, before they are accepted.
    """
    if not services.is_playground:
        if services.platform is None:
            raise SignInRequiredError("This server lets nobody run programs.")
        await current_user(connection, services.platform)
