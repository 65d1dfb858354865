"""What the routes work with: made once by `bootstrap`, given to each route as a dependency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from carrel.admission.admission import Admission
from carrel.api.health import Health
from carrel.api.page import Page
from carrel.api.runs import RunService


@dataclass(frozen=True)
class Services:
    """All that the routes of one application need."""

    runs: RunService
    health: Health
    admission: Admission
    page: Page | None = None
    """What browsers are shown; None where it was not built."""


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


GivenServices = Annotated[Services, Depends(_services)]
"""A route's parameter of this type is the application's services, for WebSockets too."""
