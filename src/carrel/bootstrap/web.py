"""The application that `carrel serve` serves, connected to a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI

from carrel.api.app import create_app
from carrel.api.page import Page
from carrel.api.routers import ALL, PLATFORM, SIGNED
from carrel.api.services import Services
from carrel.bootstrap.platform import make_platform, open_database, web_folder
from carrel.core.errors import CarrelError
from carrel.link.types import Worker
from carrel.ops.settings import Settings

OpenWorker = Callable[[], AbstractAsyncContextManager[Worker]]


def create_server(
    worker: Worker,
    settings: Settings,
    *,
    is_playground: bool,
    version: str,
    hosts: Collection[str] = (),
    page: Page | None = None,
) -> FastAPI:
    """Return the application with accounts and courses; its database is open for its lifespan.

    `is_playground`: anyone may run programs, signed in or not. The rest is as for
    `create_playground`.
    """
    poking: set[asyncio.Task[None]] = set()

    async def poke() -> None:
        with suppress(CarrelError):  # the worker looks by itself a moment later
            await worker.poke()

    def wake_worker() -> None:
        task = asyncio.get_running_loop().create_task(poke())
        poking.add(task)
        task.add_done_callback(poking.discard)

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        async with open_database(settings) as database:
            yield Services(
                worker,
                version,
                page,
                make_platform(database, wake_worker=wake_worker, scratch=web_folder(settings)),
                is_playground=is_playground,
                lms_secret=settings.lms_secret or "",
            )

    return create_app(
        open_services, version=version, hosts=hosts, routers=(*ALL, *PLATFORM, *SIGNED)
    )


def create_playground(
    open_worker: OpenWorker,
    *,
    version: str,
    hosts: Collection[str] = (),
    page: Page | None = None,
) -> FastAPI:
    """Return an application without accounts, in which anyone may run programs.

    The worker is opened for its lifespan.

    `hosts` are further names under which the server may be called (see
    `carrel.api.guard`); `page` is what browsers are shown.
    """

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        async with open_worker() as worker:
            yield Services(worker, version, page, is_playground=True)

    return create_app(open_services, version=version, hosts=hosts)
