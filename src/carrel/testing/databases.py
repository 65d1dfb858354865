"""A database in a folder of a test's own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from carrel.db.data_directory import prepare_data
from carrel.db.engine import Database
from carrel.db.migrating import migrate


@asynccontextmanager
async def new_database(folder: Path) -> AsyncIterator[Database]:
    """Give an SQLite database with all tables and no rows, in the data directory `folder`."""
    prepare_data(folder, uid=os.geteuid(), gid=os.getegid())
    database = await Database.open(folder)
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()
