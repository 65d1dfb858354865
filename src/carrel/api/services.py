"""What the routes work with: made once by `bootstrap`, given to each route as a dependency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from carrel.api.page import Page
from carrel.link.types import Worker


@dataclass(frozen=True)
class Services:
    """All that the routes of one application need.

    `worker` runs programs and live sessions, in this process or in another; `page` is what
    browsers are shown, None where it was not built.
    """

    worker: Worker
    version: str
    page: Page | None = None


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


GivenServices = Annotated[Services, Depends(_services)]
"""A route's parameter of this type is the application's services, for WebSockets too."""
