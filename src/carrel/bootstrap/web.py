"""The application that `carrel serve` serves, connected to a pool."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager

from fastapi import FastAPI

from carrel.admission.admission import Admission, cores
from carrel.admission.rules import Kind, default_rules
from carrel.api.app import create_app
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
    places: int = 64,
    running: int | None = None,
    waiting: int | None = None,
) -> FastAPI:
    """Return the playground's application.

    Its lifespan opens the pool, warms it meanwhile and closes it at the end: a request that
    comes before its template is warm waits for its own sandbox only. `is_built` says whether
    a template can be used; `hosts` are further names under which the server
    may be called (see `carrel.api.guard`); `page` is what browsers are shown. `places` are
    how many sandboxes there can be, `running` how many programs compute at a time
    (default: one per core), `waiting` how many of a kind may queue for that.
    """
    busy = running or cores()
    queue = QUEUE_PER_CORE * busy if waiting is None else waiting
    rules = default_rules(busy, places, queues=dict.fromkeys(Kind, queue))

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        pool = await open_pool()
        admission = Admission(pool, rules)
        try:
            async with _beside(_warm(pool, is_built)):
                yield Services(
                    RunService(admission, patience_s=QUEUE_PATIENCE_S),
                    Health(pool, admission, is_built, version),
                    admission,
                    page,
                )
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
