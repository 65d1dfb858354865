"""The grades of a batch, written down one by one, so that a kill loses none of them.

A file of lines, each `CRC-32 SPACE JSON`. A line is there as a whole, in one write, or it
is not believed: what a kill or a full disk tore off is cut away when the file is opened
next. Kept in memory is only where each grade stands.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from carrel.batch.records import Stored
from carrel.batch.reports.writing import give_to_owner, private_folder
from carrel.core.errors import InvalidValueError, PlatformFaultError

FILE = "journal.jsonl"
LOCK = ".lock"
_FORMAT = 3
"""Of the grades. Those in another format, by an older carrel, are not read."""

_SYNC_S = 1.0
_MAX_LINE = 64 * 1024 * 1024


class Journal:
    """The journal in a folder of results, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or begin it.

        Raises InvalidValueError when the folder cannot be used or another batch is
        writing there, PlatformFaultError when the disk fails.
        """
        self.folder = folder
        self.damaged = 0
        self.last_run: Mapping[str, Any] | None = None
        self._places: dict[str, tuple[int, int]] = {}
        self._synced = time.monotonic()
        try:
            private_folder(folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._lock = os.open(folder / LOCK, flags, 0o600)
        except OSError as error:
            raise InvalidValueError(
                "--out", str(folder), f"give a folder that can be written ({error.strerror})"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise InvalidValueError(
                "--out", str(folder), "another batch is writing there; wait for its end"
            ) from None
        try:
            self._file = os.open(folder / FILE, flags, 0o600)
            give_to_owner(self._file, folder)
            give_to_owner(self._lock, folder)
        except OSError as error:
            os.close(self._lock)
            raise InvalidValueError(
                "--out", str(folder / FILE), f"it cannot be opened ({error.strerror})"
            ) from error
        self._end = 0
        self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a grade under a key."""
        return key in self._places

    def __len__(self) -> int:
        """Return how many grades there are."""
        return len(self._places)

    def begin(self, run: Mapping[str, Any], *, again: bool) -> None:
        """Note that a run begins; `again` forgets all grades there are."""
        if again:
            os.ftruncate(self._file, 0)
            self._end = 0
            self._places.clear()
        self._append({"run": {"format": _FORMAT, **run}})

    def add(self, key: str, grade: Stored) -> None:
        """Write down a grade; PlatformFaultError when the disk does not take it."""
        place = self._append({"key": key, "grade": grade.model_dump(mode="json")})
        self._places[key] = place

    def get(self, key: str) -> Stored | None:
        """Return the grade under a key, read from the disk."""
        place = self._places.get(key)
        if place is None:
            return None
        entry = _parse(os.pread(self._file, place[1], place[0]))
        if entry is None:
            raise PlatformFaultError(f"{self.folder / FILE} was changed while it was in use")
        return Stored.model_validate(entry["grade"])

    def close(self) -> None:
        """Have everything on the disk, and let others write."""
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            os.close(self._lock)
            self._file = -1

    def sync(self) -> None:
        """Have everything on the disk: from here on a power cut loses nothing either."""
        os.fdatasync(self._file)
        self._synced = time.monotonic()

    def _append(self, entry: Mapping[str, Any]) -> tuple[int, int]:
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        at = self._end
        try:
            self._write(line, at)
            if time.monotonic() - self._synced > _SYNC_S:
                self.sync()
        except OSError as error:
            raise PlatformFaultError(
                f"{self.folder / FILE} cannot be written: {error.strerror}"
            ) from error
        self._end += len(line)
        return at, len(line)

    def _write(self, line: bytes, at: int) -> None:
        if os.pwrite(self._file, line, at) != len(line):
            os.ftruncate(self._file, at)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _read(self) -> None:
        """Find the grades; cut off what a kill left half written."""
        readable = True
        with open(self._file, "rb", closefd=False) as file:
            file.seek(0)
            while line := file.readline(_MAX_LINE):
                if not line.endswith(b"\n"):
                    os.ftruncate(self._file, self._end)
                    self.damaged += 1
                    break
                entry = _parse(line)
                if entry is None:
                    self.damaged += 1
                elif "run" in entry:
                    self.last_run = entry["run"]
                    readable = entry["run"].get("format") == _FORMAT
                elif readable:
                    self._places[entry["key"]] = (self._end, len(line))
                self._end += len(line)


def _parse(line: bytes) -> dict[str, Any] | None:
    """Return what a line says, None if it is damaged."""
    check, _, text = line.rstrip(b"\n").partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(text):
            return None
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
