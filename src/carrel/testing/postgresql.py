"""A PostgreSQL of a test run's own, from Debian's package.

It runs as an unprivileged user, since PostgreSQL refuses root, listens on a Unix socket
in its own folder only, and forgets everything in the end.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg

from carrel.core.errors import MissingToolError
from carrel.db.engine import Database
from carrel.db.migrating import migrate

_USER = "nobody"
_PROGRAMS = Path("/usr/lib/postgresql")


def find_postgresql() -> Path:
    """Return the folder of the newest PostgreSQL's programs; MissingToolError without one."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise MissingToolError("PostgreSQL is not installed: run `apt-get install postgresql-15`")
    return found[-1].parent


@contextmanager
def running_postgresql() -> Iterator[str]:
    """Run a PostgreSQL during a block; gives the folder of its socket."""
    programs = find_postgresql()
    user = pwd.getpwnam(_USER)
    folder = tempfile.mkdtemp(prefix="carrel-postgresql-", dir="/tmp")
    os.chown(folder, user.pw_uid, user.pw_gid)
    # What makes a commit survive a power failure is PostgreSQL's own to test.
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=200"
    data, log = f"{folder}/data", f"{folder}/log"

    def run(*arguments: str) -> None:
        subprocess.run(
            arguments,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,  # not a pipe: the server inherits and keeps it
            check=True,
        )

    control = str(programs / "pg_ctl")
    try:
        run(str(programs / "initdb"), "-D", data, "-A", "trust", "-U", "carrel", "--no-sync")
        run(control, "-D", data, "-o", options, "-w", "-l", log, "start")
        try:
            yield folder
        finally:
            run(control, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def new_postgresql_database(socket: str, data: Path) -> AsyncIterator[Database]:
    """Give a database of its own with all tables and no rows, on the server with this socket."""
    name = f"test_{secrets.token_hex(8)}"
    await asyncio.to_thread(_execute, socket, f'CREATE DATABASE "{name}"')
    try:
        database = await Database.open(data, f"postgresql+psycopg://carrel@/{name}?host={socket}")
        try:
            await migrate(database)
            yield database
        finally:
            await database.close()
    finally:
        await asyncio.to_thread(_execute, socket, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(socket: str, statement: str) -> None:
    address = f"host={socket} user=carrel dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())
