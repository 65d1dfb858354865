"""The application that `carrel serve` serves, connected to a pool."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager

from fastapi import FastAPI

from carrel.api.app import create_app
from carrel.api.gate import Gate
from carrel.api.health import Health
from carrel.api.page import Page
from carrel.api.runs import RunService
from carrel.api.services import Services
from carrel.core.errors import CarrelError
from carrel.sandbox.pool import SandboxPool

QUEUE_PER_CORE = 16
QUEUE_PATIENCE_S = 30.0

_log = logging.getLogger(__name__)

OpenPool = Callable[[], Awaitable[SandboxPool]]
IsBuilt = Callable[[str], bool]


def create_playground(
    open_pool: OpenPool,
    *,
    is_built: IsBuilt,
    version: str,
    hosts: Collection[str] = (),
    page: Page | None = None,
    running: int | None = None,
    waiting: int | None = None,
) -> FastAPI:
    """Return the playground's application.

    Its lifespan opens the pool, warms it meanwhile and closes it at the end: a request that
    comes before its template is warm waits for its own sandbox only. `is_built` says whether
    a template can be used; `hosts` are further names under which the server
    may be called (see `carrel.api.guard`); `page` is what browsers are shown. `running`
    programs at a time (default: one per core), `waiting` may queue for that.
    """
    cores = os.cpu_count() or 1
    gate = Gate(
        running=running or cores,
        waiting=QUEUE_PER_CORE * cores if waiting is None else waiting,
        patience_s=QUEUE_PATIENCE_S,
    )

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        pool = await open_pool()
        try:
            async with _beside(_warm(pool, is_built)):
                health = Health(pool, gate, is_built, version)
                yield Services(RunService(pool), health, gate, page)
        finally:
            await pool.close()

    return create_app(open_services, version=version, hosts=hosts)


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do `work` while the block runs, and no longer."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _warm(pool: SandboxPool, is_built: IsBuilt) -> None:
    """Have a sandbox of every usable template ready, one after the other."""
    for template in sorted(filter(is_built, Health.templates())):
        try:
            await pool.prepare(template)
        except (CarrelError, OSError) as error:
            _log.warning("cannot warm template %s: %s", template, error)
