"""The platform's routes over a test's platform, asked without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx
from fastapi import FastAPI

from carrel.accounts.types import User
from carrel.api.app import create_app
from carrel.api.platform import Platform as PlatformServices
from carrel.api.routers import PLATFORM
from carrel.api.services import Services
from carrel.link.types import Worker
from carrel.testing.platform import Platform

BASE = "http://127.0.0.1:8000"


def app_over(platform: Platform) -> FastAPI:
    """Return the application of a platform; it has nothing that runs programs."""
    services = Services(
        cast("Worker", None),
        "0",
        platform=PlatformServices(
            platform.accounts,
            platform.courses,
            platform.exercises,
            platform.submissions,
            platform.clock,
        ),
    )

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        yield services

    app = create_app(open_services, version="0", routers=PLATFORM)
    app.state.platform = services.platform  # also for who does without the lifespan
    return app


@asynccontextmanager
async def asking(
    platform: Platform, user: User | None = None, *, token: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the platform, with a personal token of the user's if one is given."""
    if user is not None:
        token = (await platform.accounts.new_token(user, "test")).secret
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app_over(platform))
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        yield client
