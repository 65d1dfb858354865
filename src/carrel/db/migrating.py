"""Bring a database's tables up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from carrel.core.errors import InvalidValueError
from carrel.db.engine import Database

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6361_7272  # PostgreSQL's advisory locks have numbers


async def migrate(database: Database) -> None:
    """Run the migrations that the database has not seen, all of them or none.

    Several processes may call it at a time: one runs them, the others wait. Raises
    InvalidValueError for a database of a newer carrel, which this one does not know.
    """
    async with database.writing() as unit:
        await unit.run_sync(upgrade)


def upgrade(connection: Connection) -> None:
    """Run what is missing on a connection within a transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise InvalidValueError(
            "CARREL_DATA",
            found,
            "the database was made by a newer version of carrel; install that version again, "
            "or restore a backup",
        )
    command.upgrade(config, "head")
