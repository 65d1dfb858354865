"""The data directory: who owns what in it.

Two processes share it. The worker is root, because it makes sandboxes. The web process is
an unprivileged user, because it parses the bytes of strangers, and whoever takes it over
must not get further by way of the files that both use.

The attack: a process that may write to a directory replaces a file there by a symbolic
or a hard link to another one, such as /etc/shadow, and root writes there. Or it leaves a
file that makes root act: SQLite, when it finds `carrel.db-journal`, rolls it back into
the database, and deletes a file whose path that journal names.

Hence: the directory belongs to root, and only root makes, renames and removes names in
it. The web process writes *into* three files that root has made: the database, its log
of changes (`-wal`) and the index of that (`-shm`). SQLite in WAL mode needs no others.
What is only the web process's lies in `web/`, where root never goes; what is only the
worker's in `worker/`, where the web process cannot go.

    CARREL_DATA/            root:web  0750
      carrel.db             root:web  0660    and carrel.db-wal, carrel.db-shm
      web/                  web:web   0700
      worker/               root:root 0700
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from carrel.core.errors import InvalidValueError, PrivilegeError
from carrel.db.engine import SQLITE_FILE

WEB = "web"
WORKER = "worker"
_FILES = (SQLITE_FILE, f"{SQLITE_FILE}-wal", f"{SQLITE_FILE}-shm")
_FIELD = "CARREL_DATA"


def prepare_data(folder: Path, *, uid: int, gid: int) -> None:
    """Make the data directory for a web process of this user and group, or check it.

    May be called at each start, before the processes that use it. What is there already
    keeps its content; owners and modes become those above. Raises PrivilegeError when this
    process is not root and `uid` is another user, InvalidValueError when something in the
    way is not what it should be: then somebody else has written to the directory.
    """
    me = os.geteuid()
    if me not in (0, uid):
        raise PrivilegeError(f"only root can give {folder} to user {uid}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _directory(folder, None, {me}, str(folder)) as top:
        if os.fstat(top).st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise _refused(folder, "others may write to it, so its content cannot be trusted")
        _own(top, me, gid, 0o750)
        for name in _FILES:
            _file(folder, top, name, me, gid)
        for name, owner, group in ((WEB, uid, gid), (WORKER, me, os.getegid())):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=top)
            # Ours as well: a start that was cut short has not given it away yet.
            with _directory(folder / name, top, {owner, me}, name) as inner:
                _own(inner, owner, group, 0o700)


def _file(folder: Path, top: int, name: str, owner: int, gid: int) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, 0o600, dir_fd=top)
    except OSError as error:
        raise _refused(folder / name, f"it is no file: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_uid != owner:
            raise _refused(folder / name, f"it must be a file of user {owner} with one name")
        _own(descriptor, owner, gid, 0o660)
    finally:
        os.close(descriptor)


@contextmanager
def _directory(path: Path, above: int | None, owners: set[int], name: str) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=above)
    except OSError as error:
        raise _refused(path, f"it is no directory: {error.strerror}") from error
    try:
        found = os.fstat(descriptor).st_uid
        if found not in owners:
            expected = " or ".join(map(str, sorted(owners)))
            raise _refused(path, f"it belongs to user {found}, not to user {expected}")
        yield descriptor
    finally:
        os.close(descriptor)


def _own(descriptor: int, uid: int, gid: int, mode: int) -> None:
    os.fchown(descriptor, uid, gid)
    os.fchmod(descriptor, mode)


def _refused(path: Path, reason: str) -> InvalidValueError:
    return InvalidValueError(_FIELD, str(path), f"{reason}; move it away or choose another folder")
