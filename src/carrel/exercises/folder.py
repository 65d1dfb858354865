"""Read files from an exercise folder, and nothing from outside of it.

Exercise folders are handed around among teachers and uploaded. A path in one
that leads out (`../`, an absolute path, a symlink) would make a server show
its own files as an exercise's statement; a FIFO would make it hang.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from carrel.core.sizes import MIB, format_size

MAX_FILE_BYTES = 16 * MIB


class RefusedPathError(Exception):
    """A file of an exercise cannot be read; the message is a clause for an error list."""


def read_file(folder: Path, name: str) -> bytes:
    """Return the content of a regular file in `folder`.

    Raises RefusedPathError for a path that leads out of the folder or through a
    symlink, and for anything that is missing, not a regular file, or too large.
    """
    path = folder.joinpath(*_parts(folder, name))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedPathError(f"cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedPathError("is not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            size, allowed = format_size(status.st_size), format_size(MAX_FILE_BYTES)
            raise RefusedPathError(f"is too large ({size}, allowed are {allowed})")
        return file.read(MAX_FILE_BYTES)


def list_files(folder: Path, name: str) -> list[str]:
    """Return the names in a sub-folder, sorted; empty if there is none."""
    path = folder.joinpath(*_parts(folder, name))
    return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []


def _parts(folder: Path, name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if not name or "\0" in name or "\\" in name:
        raise RefusedPathError("is not a path")
    if path.is_absolute() or ".." in path.parts:
        raise RefusedPathError("leads out of the exercise folder")
    here = folder
    for part in path.parts:
        here = here / part
        if here.is_symlink():
            raise RefusedPathError("is a symlink; put the file itself there")
    return path.parts
