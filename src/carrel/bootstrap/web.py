"""The application that `carrel serve` serves, connected to a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from carrel.api.app import create_app
from carrel.api.page import Page
from carrel.api.services import Services
from carrel.link.types import Worker

OpenWorker = Callable[[], AbstractAsyncContextManager[Worker]]


def create_playground(
    open_worker: OpenWorker,
    *,
    version: str,
    hosts: Collection[str] = (),
    page: Page | None = None,
) -> FastAPI:
    """Return the playground's application; the worker is opened for its lifespan.

    `hosts` are further names under which the server may be called (see
    `carrel.api.guard`); `page` is what browsers are shown.
    """

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        async with open_worker() as worker:
            yield Services(worker, version, page)

    return create_app(open_services, version=version, hosts=hosts)
