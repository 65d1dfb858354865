"""Accounts, courses and submissions, connected to the database that the settings name.

Three processes use what is here: the parent prepares, as root, before the others begin;
the web process serves; the worker grades.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from carrel.accounts.service import AccountService
from carrel.admission.admission import Admission, cores
from carrel.api.platform import Platform
from carrel.core.errors import ConflictError
from carrel.courses.exercises import ExerciseService
from carrel.courses.service import CourseService
from carrel.db.data_directory import WEB, WORKER, prepare_data
from carrel.db.engine import Database
from carrel.db.migrating import migrate
from carrel.dispatch.local import LocalWorker
from carrel.ops.settings import Settings
from carrel.sandbox.durable import locked
from carrel.submissions.service import SubmissionService
from carrel.submissions.types import Claim
from carrel.submissions.worker import SubmissionQueue

_LOCK = "lock"


def _nobody() -> None:
    """Wake nobody: the worker looks by itself."""


@asynccontextmanager
async def prepared_platform(settings: Settings, *, uid: int, gid: int) -> AsyncIterator[Platform]:
    """Make or check the data directory and the tables, and give the platform for a block.

    For root, and a web process of this user and group. Keep the block open until the web
    process has opened the database, and it finds all files that it needs. Raises what
    `prepare_data` and `migrate` raise.
    """
    prepare_data(settings.data, uid=uid, gid=gid)
    async with open_database(settings) as database:
        await migrate(database)
        yield make_platform(database)


async def administrator_link(platform: Platform) -> str:
    """Return the secret of a link by which the administrator, made if there is none, signs in."""
    user = await platform.accounts.first_administrator()
    return (await platform.accounts.new_link(user.id)).secret


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Give the database for a block; it must have been prepared."""
    database = await Database.open(settings.data, settings.database_url)
    try:
        yield database
    finally:
        await database.close()


def make_platform(
    database: Database,
    *,
    wake_worker: Callable[[], None] = _nobody,
    scratch: Path | None = None,
) -> Platform:
    """Return the platform over a database.

    `wake_worker` is called after a submission was stored; it must not block. `scratch` is
    a folder that the process may write to.
    """
    accounts = AccountService(database)
    return Platform(
        accounts,
        CourseService(database, accounts),
        ExerciseService(database, scratch=scratch),
        SubmissionService(database, wake_worker=wake_worker),
    )


def web_folder(settings: Settings) -> Path:
    """Return the folder in the data directory that the web process may write to."""
    return settings.data / WEB


@asynccontextmanager
async def grading(
    settings: Settings, database: Database, admission: Admission
) -> AsyncIterator[LocalWorker[Claim]]:
    """Grade what is submitted while the block runs; `wake` the worker when there is something.

    Raises ConflictError when another process grades from the same SQLite file: each would
    take the other's submissions for those of a dead worker.
    """
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    queue = SubmissionQueue(database, admission, name, cores(), is_only_worker=database.is_embedded)
    worker = LocalWorker(queue, cores())
    lock = settings.data / WORKER / _LOCK if database.is_embedded else None
    async with _alone(lock):
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def _alone(lock: Path | None) -> AsyncIterator[None]:
    if lock is None:
        yield
        return
    with locked(lock, on_wait=_refuse):
        yield


def _refuse() -> None:
    raise ConflictError(
        "another carrel worker grades from this CARREL_DATA: end it first, or give this one "
        "another CARREL_DATA"
    )
