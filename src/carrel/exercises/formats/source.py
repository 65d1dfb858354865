"""Where a package comes from: a folder or an archive, both read as hostile."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from carrel.core.errors import InvalidValueError
from carrel.exercises.archive import ArchiveLimits, FileTree, Refused, open_archive
from carrel.exercises.archive_entries import Listing

_PASSED_OVER = frozenset({".git", ".hg", ".svn", "__pycache__"})
_MAX_HOPS = 40


def open_source(path: Path) -> FileTree:
    """Return the files of a package, a folder or a zip or tar archive; close it after use."""
    return FolderTree(path) if path.is_dir() else open_archive(path)


class FolderTree:
    """The files below a folder; see FileTree.

    Nothing is followed by the operating system. A symlink to a file or folder of the same
    package stands for what it names, as formats allow; one that leads out is refused.
    """

    def __init__(self, folder: Path, limits: ArchiveLimits | None = None) -> None:
        """List the folder; InvalidValueError when it cannot be read or holds too much."""
        self._folder = folder
        listing = Listing(str(folder), limits or ArchiveLimits())
        files: dict[str, int] = {}
        links: dict[str, str] = {}
        folders = {""}
        for path, status in _walk(folder):
            listing.count()
            raw = os.fsencode(path).decode("utf-8", "replace")
            if stat.S_ISDIR(status.st_mode):
                folders.add(path)
                listing.folder(raw)
            elif stat.S_ISLNK(status.st_mode):
                links[path] = str((folder / path).readlink())
            elif not stat.S_ISREG(status.st_mode):
                listing.refuse(raw, "is not a regular file")
            else:
                files[path] = status.st_size
                listing.file(raw, status.st_size, path)
        for link in links:
            target = _resolve(link, links)
            if target is None or target in files:
                if target is None:
                    listing.refuse(link, "is a link that leads out of the package")
                else:
                    listing.count()
                    listing.file(link, files[target], target)
            elif target in folders:
                below = [name for name in files if name.startswith(f"{target}/") or not target]
                for name in below:
                    listing.count()
                    inner = name.removeprefix(f"{target}/")
                    listing.file(f"{link}/{inner}", files[name], name)
            else:
                listing.refuse(link, "is a link to something that is not there")
        self._entries = listing.result()

    @property
    def sizes(self) -> Mapping[str, int]:
        """Every file that can be read, and its bytes."""
        return self._entries.sizes

    @property
    def folders(self) -> frozenset[str]:
        """The folders."""
        return self._entries.folders

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What is there and is not read."""
        return self._entries.refused

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


def _resolve(link: str, links: Mapping[str, str]) -> str | None:
    """Return the path in the folder that a link stands for; None if it leads out or in circles."""
    pending = list(reversed(link.split("/")))
    here: list[str] = []
    hops = 0
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not here:
                return None
            here.pop()
            continue
        path = "/".join([*here, part])
        target = links.get(path)
        if target is None:
            here.append(part)
            continue
        hops += 1
        if target.startswith("/") or hops > _MAX_HOPS:
            return None
        pending.extend(reversed(target.split("/")))
    return "/".join(here)


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


def _walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield what lies below a folder, by relative path, without following anything."""
    pending = [""]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(folder / here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            reason = f"it cannot be read: {error.strerror}"
            raise InvalidValueError("package", str(folder / here), reason) from error
        for entry in found:
            if entry.name in _PASSED_OVER:
                continue
            path = f"{here}/{entry.name}" if here else entry.name
            status = entry.stat(follow_symlinks=False)
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(path)
