"""Archives that strangers made: read in place, bounded, never unpacked onto the disk.

An archive is opened as a `FileTree`: names, sizes, what was refused and why; files are
read one at a time into memory. What makes an archive dangerous is answered here and in
the modules beside this one: names that lead out, links, devices, bombs by ratio, size,
number or overlap, encryption, two entries of one name, directories larger than memory.
"""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import BinaryIO, cast

from carrel.archives.entries import (
    ArchiveError,
    ArchiveLimits,
    FileTree,
    Refused,
    is_junk,
    safe_name,
)
from carrel.archives.tar_tree import TarTree
from carrel.archives.zip_tree import ZipTree
from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, MIB, format_size

__all__ = [
    "INNER",
    "ArchiveError",
    "ArchiveLimits",
    "FileTree",
    "Refused",
    "is_archive_name",
    "is_junk",
    "open_archive",
    "safe_name",
]

MAX_ARCHIVE_BYTES = 4 * GIB
INNER = ArchiveLimits(entries=1_000, total_bytes=32 * MIB)
"""For an archive within an archive: what one student may hand in."""

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
_ZIP = (b"PK\3\4", b"PK\5\6")


def is_archive_name(name: str) -> bool:
    """Return whether a file calls itself an archive that `open_archive` reads."""
    return name.lower().endswith(_SUFFIXES)


def open_archive(
    source: Path | bytes, *, limits: ArchiveLimits | None = None, name: str = ""
) -> FileTree:
    """Return the files in a zip or tar archive (a path, or its bytes); close it after use.

    Which kind it is, its content tells. Raises ArchiveError for what is none, is broken or
    is a bomb, InvalidValueError for a path that cannot be read. Single entries that are
    not to be read (links, bad names, encrypted ones) are in `refused`; whoever needs an
    archive to be whole refuses it when there are any.
    """
    limits = limits or ArchiveLimits()
    if isinstance(source, bytes):
        stream, size = cast("BinaryIO", io.BytesIO(source)), len(source)
    else:
        name = name or source.name
        stream, size = _open(source)
    head = stream.read(4)
    stream.seek(0)
    if head.startswith(_ZIP):
        return ZipTree(stream, size, name, limits)
    if head.startswith(b"\x1f\x8b") or name.lower().endswith(".tar"):
        return TarTree(stream, size, name, limits)
    stream.close()
    raise ArchiveError(name, "it is neither a zip nor a tar.gz file")


def _open(path: Path) -> tuple[BinaryIO, int]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidValueError(
            "archive", str(path), f"it cannot be read: {error.strerror}"
        ) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise InvalidValueError("archive", str(path), "give a regular file")
    if status.st_size > MAX_ARCHIVE_BYTES:
        os.close(descriptor)
        allowed = format_size(MAX_ARCHIVE_BYTES)
        raise InvalidValueError("archive", str(path), f"it has more than {allowed}; split it")
    return cast("BinaryIO", os.fdopen(descriptor, "rb")), status.st_size
