"""The worker of this machine, connected to a pool of sandboxes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from carrel.admission.admission import Admission, cores
from carrel.admission.rules import Kind, default_rules
from carrel.core.errors import CarrelError
from carrel.dispatch.local import LocalWorker as JobWorker
from carrel.sandbox.pool import SandboxPool
from carrel.submissions.types import Claim
from carrel.worker.health import Health
from carrel.worker.live import LiveSessions
from carrel.worker.local import LocalWorker
from carrel.worker.runs import RunService

QUEUE_PER_CORE = 16
QUEUE_PATIENCE_S = 30.0

_log = logging.getLogger(__name__)

OpenPool = Callable[[], Awaitable[SandboxPool]]
IsBuilt = Callable[[str], bool]
Grade = Callable[[Admission], AbstractAsyncContextManager[JobWorker[Claim]]]


@asynccontextmanager
async def open_worker(
    open_pool: OpenPool,
    *,
    is_built: IsBuilt,
    places: int = 64,
    running: int | None = None,
    waiting: int | None = None,
    grade: Grade | None = None,
) -> AsyncIterator[LocalWorker]:
    """Give a worker with a pool of its own while the block runs.

    The pool is warmed meanwhile: a program that comes before its template is warm waits
    for its own sandbox only. `is_built` says whether a template can be used. `places` are
    how many sandboxes there can be, `running` how many programs compute at a time
    (default: one per core), `waiting` how many of a kind may queue for that. `grade`
    is what also grades submissions while the block runs.
    """
    busy = running or cores()
    queue = QUEUE_PER_CORE * busy if waiting is None else waiting
    rules = default_rules(busy, places, queues=dict.fromkeys(Kind, queue))
    pool = await open_pool()
    admission = Admission(pool, rules)
    live = LiveSessions(admission)
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_beside(_warm(pool, is_built)))
            wake: Callable[[], None] = _nobody
            if grade is not None:
                wake = (await stack.enter_async_context(grade(admission))).wake
            yield LocalWorker(
                RunService(admission, patience_s=QUEUE_PATIENCE_S),
                Health(pool, admission, is_built),
                sessions=live.kinds,
                on_poke=wake,
            )
    finally:
        await live.close()
        await pool.close()


def _nobody() -> None:
    """Wake nobody: there is no queue."""


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
