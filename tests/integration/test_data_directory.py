"""Two processes share the data directory; one of them may have been taken over."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from carrel.core.errors import InvalidValueError, PrivilegeError
from carrel.db.data_directory import prepare_data
from carrel.db.engine import Database
from carrel.db.migrating import migrate

WEB_UID = 64_321
WEB_GID = 64_322

# Runs as the web process: what argv[2] says, in the folder argv[1]. Privileges are dropped
# after the imports, since a checkout may be where only root reads.
_WEB = """
import asyncio, os, sys
import sqlalchemy.dialects.sqlite.aiosqlite
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import select
from carrel.db.engine import Database
from carrel.db.tables import courses

os.setgroups([])
os.setgid(int(sys.argv[-1]))
os.setuid(int(sys.argv[-2]))
folder = Path(sys.argv[1])

async def write():
    database = await Database.open(folder)
    async with database.writing() as unit:
        now = datetime.now(UTC)
        await unit.execute(courses.insert().values(id=sys.argv[3], title="Web", created_at=now))
    async with database.reading() as unit:
        print(*(await unit.scalars(select(courses.c.id).order_by(courses.c.id))))
    await database.close()

def attack():
    attempts = {
        "journal": lambda: (folder / "carrel.db-journal").symlink_to(sys.argv[3]),
        "new file": lambda: (folder / "carrel.db-journal").write_bytes(b"x"),
        "replaced": lambda: os.replace(folder / "web" / "mine", folder / "carrel.db"),
        "unlinked": lambda: (folder / "carrel.db-wal").unlink(),
        "hard link": lambda: os.link(sys.argv[3], folder / "worker" / "x"),
        "worker": lambda: list((folder / "worker").iterdir()),
        "mode": lambda: folder.chmod(0o777),
    }
    (folder / "web" / "mine").write_bytes(b"x")
    for name, attempt in attempts.items():
        try:
            attempt()
        except PermissionError:
            continue
        print("got through:", name)

asyncio.run(write()) if sys.argv[2] == "write" else attack()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a data directory that is prepared; other users can reach it, as in /var/lib."""
    above = Path(tempfile.mkdtemp(prefix="carrel-data-"))
    above.chmod(0o755)
    prepare_data(above / "data", uid=WEB_UID, gid=WEB_GID)
    yield above / "data"
    shutil.rmtree(above)


def as_web(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _WEB, str(folder), *arguments, str(WEB_UID), str(WEB_GID)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def owners(folder: Path) -> dict[str, tuple[int, int, str]]:
    found = {}
    for path in (folder, *folder.iterdir()):
        status = path.lstat()
        name = "" if path == folder else path.name
        found[name] = (status.st_uid, status.st_gid, stat.filemode(status.st_mode))
    return found


OWNERS = {
    "": (0, WEB_GID, "drwxr-x---"),
    "carrel.db": (0, WEB_GID, "-rw-rw----"),
    "carrel.db-shm": (0, WEB_GID, "-rw-rw----"),
    "carrel.db-wal": (0, WEB_GID, "-rw-rw----"),
    "web": (WEB_UID, WEB_GID, "drwx------"),
    "worker": (0, 0, "drwx------"),
}


def test_root_owns_every_name_and_the_web_process_its_own_folder(folder: Path) -> None:
    assert owners(folder) == OWNERS
    prepare_data(folder, uid=WEB_UID, gid=WEB_GID)
    assert owners(folder) == OWNERS


def test_both_processes_write_to_one_database(folder: Path) -> None:
    async def root() -> None:
        database = await Database.open(folder)
        try:
            await migrate(database)
            assert await anyio.to_thread.run_sync(as_web, folder, "write", "crs_a") == "crs_a\n"
            # The web process was not the last one, and a new one finds all it needs.
            assert owners(folder) == OWNERS
            assert await anyio.to_thread.run_sync(as_web, folder, "write", "crs_b") == (
                "crs_a crs_b\n"
            )
        finally:
            await database.close()

    anyio.run(root)
    prepare_data(folder, uid=WEB_UID, gid=WEB_GID)  # root was the last one: SQLite tidied up
    assert as_web(folder, "write", "crs_c") == "crs_a crs_b crs_c\n"
    assert owners(folder) == OWNERS


def test_the_web_process_can_put_nothing_in_roots_way(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    assert as_web(folder, "attack", str(secret)) == ""


@pytest.mark.parametrize("name", ["carrel.db", "carrel.db-wal", "carrel.db-shm"])
@pytest.mark.parametrize("how", ["symbolic link", "hard link", "foreign", "folder", "fifo"])
def test_a_file_that_somebody_put_there_is_refused(
    folder: Path, tmp_path: Path, name: str, how: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    before = secret.stat()
    place = folder / name
    place.unlink()
    if how == "symbolic link":
        place.symlink_to(secret)
    elif how == "hard link":
        os.link(secret, place)
        before = secret.stat()
    elif how == "foreign":
        place.write_bytes(b"")
        os.chown(place, WEB_UID, WEB_GID)
    elif how == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    with pytest.raises(InvalidValueError, match=f"CARREL_DATA='{place}' is not possible"):
        prepare_data(folder, uid=WEB_UID, gid=WEB_GID)
    assert secret.read_bytes() == b"secret"
    assert secret.stat() == before


def test_root_does_not_follow_a_link_in_the_place_of_a_folder(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (folder / "web").rmdir()
    (folder / "web").symlink_to(elsewhere)
    with pytest.raises(InvalidValueError, match="it is no directory"):
        prepare_data(folder, uid=WEB_UID, gid=WEB_GID)
    assert elsewhere.stat().st_uid == 0


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_directory_that_others_may_write_to_is_not_trusted(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    with pytest.raises(InvalidValueError, match="others may write to it"):
        prepare_data(folder, uid=WEB_UID, gid=WEB_GID)


def test_a_start_that_was_cut_short_is_made_good(folder: Path) -> None:
    os.chown(folder / "web", 0, 0)  # made, and not yet given away
    (folder / "carrel.db-wal").unlink()
    prepare_data(folder, uid=WEB_UID, gid=WEB_GID)
    assert owners(folder) == OWNERS


def test_who_is_not_root_gives_nothing_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: WEB_UID)
    with pytest.raises(PrivilegeError, match="only root can give"):
        prepare_data(folder, uid=0, gid=0)
