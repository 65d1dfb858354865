"""A folder on this machine, read as warily as an archive.

Strangers decide what lies in it when somebody unpacked their work there: the operating
system follows no link, nothing that is not a regular file is opened, and nothing is waited
for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath

from carrel.archives.entries import Listed, Listing
from carrel.archives.opening import ArchiveLimits
from carrel.core.errors import InvalidValueError


class FolderTree(Listed):
    """The files below a folder; see FileTree. Links are refused.

    Whatever has one of the names in `passed_over` is not looked at; `field` is what errors
    call the folder.
    """

    def __init__(
        self,
        folder: Path,
        limits: ArchiveLimits | None = None,
        *,
        passed_over: AbstractSet[str] = frozenset(),
        field: str = "folder",
    ) -> None:
        """List the folder; InvalidValueError when it cannot be read or holds too much."""
        self._folder = folder
        listing = Listing(str(folder), limits or ArchiveLimits())
        files: dict[str, int] = {}
        links: list[str] = []
        folders = {""}
        for path, status in _walk(folder, passed_over, field):
            listing.count()
            raw = os.fsencode(path).decode("utf-8", "replace")
            if stat.S_ISDIR(status.st_mode):
                folders.add(path)
                listing.folder(raw)
            elif stat.S_ISLNK(status.st_mode):
                links.append(path)
            elif not stat.S_ISREG(status.st_mode):
                listing.refuse(raw, "is not a regular file")
            else:
                files[path] = status.st_size
                listing.file(raw, status.st_size, path)
        self._take_links(listing, links, files, folders)
        self._entries = listing.result()

    def _take_links(
        self,
        listing: Listing,
        links: list[str],
        files: Mapping[str, int],
        folders: AbstractSet[str],
    ) -> None:
        """Refuse the symbolic links; a kind of folder that allows some overrides this."""
        del files, folders
        for link in links:
            raw = os.fsencode(link).decode("utf-8", "replace")
            listing.refuse(raw, "is a symbolic link, which is not followed")

    def read(self, name: str) -> bytes:
        """Return a file's content, no more than was listed."""
        size = self._entries.sizes[name]
        parts = PurePosixPath(str(self._entries.places[name])).parts
        try:
            descriptor = _open(self._folder, parts)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise InvalidValueError("file", name, "it is no regular file any more")
                data = file.read(size + 1)
        except OSError as error:
            raise InvalidValueError("file", name, f"it cannot be read: {error.strerror}") from error
        if len(data) != size:
            raise InvalidValueError("file", name, "it has changed since it was listed; start again")
        return data

    def close(self) -> None:
        """Nothing is open."""


def _open(folder: Path, parts: tuple[str, ...]) -> int:
    """Open a file below `folder`; no part of the way may have become a link."""
    here = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(
                part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here
            )
            os.close(here)
            here = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(parts[-1], flags, dir_fd=here)
    finally:
        os.close(here)


def _walk(
    folder: Path, passed_over: AbstractSet[str], field: str
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield what lies below a folder, by relative path, without following anything."""
    pending = [""]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(folder / here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            reason = f"it cannot be read: {error.strerror}"
            raise InvalidValueError(field, str(folder / here), reason) from error
        for entry in found:
            if entry.name in passed_over:
                continue
            path = f"{here}/{entry.name}" if here else entry.name
            status = entry.stat(follow_symlinks=False)
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(path)
