"""The database of one process, and its units of work.

Theory of operation. Everything that is read or written goes through a *unit*: a
transaction that is committed when its block ends, and rolled back when an error leaves
it. A *writing* unit may change rows; a *reading* one may not.

On SQLite the two differ from their first statement on. A transaction that reads first
and writes later fails at once when somebody else wrote in between, whatever the timeout
says: its picture is stale, and waiting does not help. So a writing unit begins with
BEGIN IMMEDIATE and waits its turn there. Readers must not queue for that: they begin
with a plain BEGIN, and in WAL mode they see one consistent picture while others write.
There are two pools for the same reason. The one for writers has one connection, so that
the tasks of this process queue in order instead of competing for the file's lock; only
processes compete for it. Connections of the readers' pool are read-only.

An accepted submission survives a power failure: `synchronous=FULL` flushes the log of
changes before a commit returns.

The file is shared with a process that may have been taken over (`data_directory`). What
it can write into the file, this process reads. So a schema that was tampered with may
not call functions with side effects (`trusted_schema`), and pages are checked before
they are used (`cell_size_check`).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiosqlite
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from carrel.core.errors import InvalidValueError
from carrel.db.errors import DatabaseError, DuplicateError

Unit = AsyncConnection
"""A unit of work. Only a slice's `store` knows what it is; services hand it on."""

SQLITE_FILE = "carrel.db"
_POSTGRESQL = "postgresql+psycopg"
_READERS = 4
_WAIT_S = 30
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",  # a temporary file would need a directory that others write to
    "trusted_schema=OFF",
    "cell_size_check=ON",
)


class Database:
    """One database, opened once in a process; `close` it at the end."""

    def __init__(
        self, readers: AsyncEngine, writers: AsyncEngine, threads: _Threads | None = None
    ) -> None:
        self._readers = readers
        self._writers = writers
        self._threads = threads

    @classmethod
    async def open(cls, data: Path, url: str | None = None) -> Self:
        """Return the database at `url`; by default the SQLite file in the folder `data`.

        The file must be there (`prepare_data` makes it), and so must the tables (`migrate`).
        One connection stays open until `close`: so the file of changes beside an SQLite
        file stays as well, which an unprivileged process could not make anew. Raises
        InvalidValueError for a URL that is not PostgreSQL's, DatabaseError if the database
        does not answer.
        """
        self = cls(*(_postgresql(url) if url else _sqlite(data / SQLITE_FILE)))
        try:
            async with self.reading() as unit:
                await unit.execute(text("SELECT 1"))
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Close all connections."""
        await self._readers.dispose()
        await self._writers.dispose()
        if self._threads is not None:
            await self._threads.ended()

    @property
    def is_embedded(self) -> bool:
        """Whether only this machine has the database: an SQLite file."""
        return self._readers.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Unit]:
        """Give a unit that reads one consistent picture, for an `async with` block."""
        with _translated():
            async with self._readers.connect() as unit, unit.begin():
                yield unit

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Unit]:
        """Give a unit whose changes are committed together when the block ends.

        Writers queue: keep the block short, and wait for nothing else in it. Raises
        DuplicateError for a second row where there may be one, DatabaseError when the
        database fails; nothing is changed then.
        """
        with _translated():
            async with self._writers.begin() as unit:
                yield unit


class _translated:  # noqa: N801 - used like the function that it replaces
    """Turn the database's errors into ours.

    A class, because a generator would have to be resumed by hand for each error.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case IntegrityError():
                # The statement's values stay out of messages: they may be secrets.
                raise DuplicateError(str(error.orig)) from None
            case DBAPIError():
                raise DatabaseError(f"the database failed: {error.orig}") from None
            case PoolTimeoutError():
                raise DatabaseError(
                    f"no connection to the database was free within {_WAIT_S} s"
                ) from None


class _Connection(sqlite3.Connection):
    """A connection that ends its transaction before it is closed.

    A request that is cancelled leaves a statement behind, in the traceback of what it
    raised. SQLite lets a connection with such a statement live on after it was closed,
    with its locks, until the statement is gone too: nobody else could write meanwhile.
    """

    def close(self) -> None:
        """Roll back what is open, then close."""
        with suppress(sqlite3.Error):  # it is closed already
            self.rollback()
        super().close()


class _Threads:
    """The threads of this database's connections.

    The driver has one per connection, and does not wait for its end after a connection
    failed or was given up by a cancelled task. The thread would then report to an event
    loop that may be closed.
    """

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    async def connect(self, *arguments: Any, **options: Any) -> aiosqlite.Connection:
        """Return a connection of the driver."""
        connection = aiosqlite.connect(*arguments, **options)
        thread = connection._thread  # noqa: SLF001 - there is no other way to know it
        thread.daemon = True
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        return await connection

    async def ended(self) -> None:
        """Return when all connections are closed and their threads have ended."""
        for thread in self._threads:
            if thread.ident is not None:
                await asyncio.to_thread(thread.join, _WAIT_S)


def _sqlite(file: Path) -> tuple[AsyncEngine, AsyncEngine, _Threads]:
    # mode=rw: a wrong path is an error, not a new and empty database.
    url = f"sqlite+aiosqlite:///file:{quote(str(file))}?mode=rw&uri=true"
    threads = _Threads()
    options: dict[str, Any] = {
        "pool_timeout": _WAIT_S,
        "connect_args": {
            "timeout": _WAIT_S,
            "factory": _Connection,
            "async_creator_fn": threads.connect,
        },
        "hide_parameters": True,
        "max_overflow": 0,
    }
    readers = create_async_engine(url, pool_size=_READERS, **options)
    writers = create_async_engine(url, pool_size=1, **options)
    for engine, pragmas, begin in (
        (readers, (*_PRAGMAS, "query_only=ON"), "BEGIN"),
        (writers, _PRAGMAS, "BEGIN IMMEDIATE"),
    ):
        _on_connect(engine, pragmas)
        _on_begin(engine, begin)
    return readers, writers, threads


def _on_connect(engine: AsyncEngine, pragmas: tuple[str, ...]) -> None:
    def connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connect)


def _on_begin(engine: AsyncEngine, statement: str) -> None:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    event.listen(engine.sync_engine, "begin", begin)


def _postgresql(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    options: dict[str, Any] = {
        "pool_timeout": _WAIT_S,
        "pool_pre_ping": True,  # the server may have been restarted
        "hide_parameters": True,
    }
    address = parse_url(url)
    return (
        create_async_engine(
            address,
            pool_size=_READERS,
            execution_options={
                "postgresql_readonly": True,
                "isolation_level": "REPEATABLE READ",  # one picture, as on SQLite
            },
            **options,
        ),
        create_async_engine(address, pool_size=_READERS, **options),
    )


def parse_url(url: str) -> URL:
    """Return a PostgreSQL URL; InvalidValueError for any other, without its password."""
    allowed = (
        f"give {_POSTGRESQL}://user:password@host/database, or leave it out for the "
        f"SQLite file {SQLITE_FILE} in CARREL_DATA"
    )
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InvalidValueError("CARREL_DATABASE_URL", "…", allowed) from None
    if parsed.drivername != _POSTGRESQL:
        raise InvalidValueError("CARREL_DATABASE_URL", f"{parsed.drivername}://…", allowed)
    return parsed
