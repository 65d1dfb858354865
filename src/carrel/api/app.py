"""The HTTP application: its routers, its guard, and the handlers of its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI

from carrel.api.errors import add_error_handlers
from carrel.api.guard import Guard
from carrel.api.routers import ALL
from carrel.api.services import Services

OpenServices = Callable[[], AbstractAsyncContextManager[Services]]


def create_app(
    open_services: OpenServices,
    *,
    version: str,
    hosts: Collection[str] = (),
    routers: Sequence[APIRouter] = ALL,
) -> FastAPI:
    """Return the application; its lifespan is that of the services.

    `hosts` are further names under which the server may be called (see `guard`).
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services() as services:
            app.state.services = services
            app.state.platform = services.platform
            yield

    app = FastAPI(
        title="carrel",
        version=version,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.add_middleware(Guard, hosts=hosts)
    add_error_handlers(app)
    for router in routers:
        app.include_router(router)
    return app
