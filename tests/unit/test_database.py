from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, text

from carrel.core.errors import InvalidValueError
from carrel.db.data_directory import prepare_data
from carrel.db.engine import Database, _Connection
from carrel.db.errors import DatabaseError, DuplicateError
from carrel.db.migrating import migrate
from carrel.db.tables import courses, memberships, metadata
from carrel.testing.databases import new_database

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with new_database(tmp_path / "data") as opened:
        yield opened


async def add_course(database: Database, key: str) -> None:
    async with database.writing() as unit:
        await unit.execute(courses.insert().values(id=key, title="Algorithms", created_at=NOW))


async def course_ids(database: Database) -> list[str]:
    async with database.reading() as unit:
        return list(await unit.scalars(select(courses.c.id).order_by(courses.c.id)))


async def test_the_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.reading() as unit:
        assert await unit.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await add_course(database, "crs_a")
    await asyncio.gather(migrate(database), migrate(database))
    assert await course_ids(database) == ["crs_a"]


async def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    async with database.writing() as unit:
        await unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InvalidValueError, match="a newer version of carrel"):
        await migrate(database)


async def test_a_unit_that_fails_changes_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.writing() as unit:
            await unit.execute(courses.insert().values(id="crs_a", title="A", created_at=NOW))
            raise KeyError("later")

    with pytest.raises(KeyError):
        await fail()
    assert await course_ids(database) == []


async def test_a_second_row_where_there_may_be_one_is_a_duplicate(database: Database) -> None:
    await add_course(database, "crs_a")
    with pytest.raises(DuplicateError, match="Somebody else") as caught:
        await add_course(database, "crs_a")
    assert caught.value.reason == "UNIQUE constraint failed: courses.id"


async def test_a_row_that_names_a_missing_one_is_refused(database: Database) -> None:
    with pytest.raises(DuplicateError) as caught:
        async with database.writing() as unit:
            await unit.execute(
                memberships.insert().values(
                    course_id="crs_no", user_id="usr_no", role="student", joined_at=NOW
                )
            )
    assert caught.value.reason == "FOREIGN KEY constraint failed"


async def test_a_reading_unit_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseError, match="readonly"):
        async with database.reading() as unit:
            await unit.execute(courses.insert().values(id="crs_a", title="A", created_at=NOW))


async def test_units_that_read_and_then_write_wait_for_each_other(database: Database) -> None:
    async def one(number: int) -> None:
        async with database.writing() as unit:
            count = len((await unit.scalars(select(courses.c.id))).all())
            await asyncio.sleep(0)
            await unit.execute(
                courses.insert().values(id=f"crs_{count:02}", title=str(number), created_at=NOW)
            )

    await asyncio.gather(*(one(number) for number in range(20)))
    assert await course_ids(database) == [f"crs_{number:02}" for number in range(20)]


async def test_two_processes_that_write_wait_for_each_other(
    database: Database, tmp_path: Path
) -> None:
    other = await Database.open(tmp_path / "data")
    try:
        await asyncio.gather(
            *(add_course(database, f"crs_a{n}") for n in range(10)),
            *(add_course(other, f"crs_b{n}") for n in range(10)),
        )
        assert len(await course_ids(other)) == 20
    finally:
        await other.close()


async def test_a_reader_sees_one_picture_and_holds_up_no_writer(database: Database) -> None:
    async with database.reading() as unit:
        assert (await unit.scalars(select(courses.c.id))).all() == []
        await add_course(database, "crs_a")
        assert (await unit.scalars(select(courses.c.id))).all() == []
    assert await course_ids(database) == ["crs_a"]


async def test_moments_come_back_in_utc(database: Database) -> None:
    there = datetime(2026, 9, 1, 10, tzinfo=timezone(timedelta(hours=2)))
    async with database.writing() as unit:
        await unit.execute(courses.insert().values(id="crs_a", title="A", created_at=there))
    async with database.reading() as unit:
        found = await unit.scalar(select(courses.c.created_at))
    assert found == NOW
    assert found is not None
    assert found.tzinfo is UTC


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="unable to open"):
        await Database.open(tmp_path)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a Path's methods are taken for slow ones


async def test_a_folder_with_a_name_full_of_meaning_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "50% of ?a#b&c"
    prepare_data(folder, uid=os.geteuid(), gid=os.getegid())
    async with new_database(folder) as database:
        assert await course_ids(database) == []


@pytest.mark.parametrize(
    "url", ["postgresql://u:secret@h/d", "sqlite:////tmp/x", "secret", "mysql://u:secret@h/d"]
)
async def test_other_databases_are_refused_without_telling_the_password(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(InvalidValueError, match=r"postgresql\+psycopg://") as caught:
        await Database.open(tmp_path, url)
    assert "secret" not in str(caught.value)


async def test_a_unit_that_is_cancelled_anywhere_is_rolled_back_and_holds_up_nobody(
    database: Database,
) -> None:
    """A client that goes away cancels its request, wherever it is.

    What was raised is kept, and its traceback with it: it must not keep a lock.
    """

    async def write(key: str) -> None:
        async with database.writing() as unit:
            await unit.execute(courses.insert().values(id=key, title="A", created_at=NOW))
            await unit.execute(select(courses))

    raised: list[BaseException] = []
    for turn in range(60):
        tasks = [asyncio.create_task(write(f"crs_{turn}_{number}")) for number in range(2)]
        for _ in range(turn):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        raised += [one for one in found if one is not None]
    assert any(isinstance(one, asyncio.CancelledError) for one in raised)
    assert [one for one in raised if not isinstance(one, asyncio.CancelledError)] == []
    await add_course(database, "crs_y")
    assert "crs_y" in await course_ids(database)


@pytest.mark.parametrize("kind", [_Connection, sqlite3.Connection])
def test_a_connection_that_is_closed_with_a_statement_left_keeps_no_lock(
    tmp_path: Path, kind: type[sqlite3.Connection]
) -> None:
    """The driver's own keeps it, which is why ours is used."""
    file = tmp_path / "x.db"
    first = sqlite3.connect(file, isolation_level=None, factory=kind)
    first.execute("CREATE TABLE t (a)")
    first.execute("BEGIN IMMEDIATE")
    left = first.execute("SELECT 1 UNION SELECT 2")
    first.close()
    other = sqlite3.connect(file, isolation_level=None, timeout=0, factory=_Connection)
    try:
        if kind is _Connection:
            other.execute("BEGIN IMMEDIATE")
        else:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()
        del left
