"""What an archive may hold: limits, names that are safe to use, and what is refused.

Nothing here trusts an archive: names decide nothing but keys of a mapping, sizes are
those that were counted, and what is left out is said with its reason.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB, format_size

_JUNK_FOLDERS = frozenset({"__MACOSX"})
_JUNK_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_MAX_NAME_BYTES = 255
_MAX_PATH_BYTES = 1024
_MAX_DEPTH = 32
_SHOWN = 120


class ArchiveError(InvalidValueError):
    """An archive cannot be used as a whole: it is none, it is broken, or it is a bomb."""

    def __init__(self, name: str, reason: str) -> None:
        """Name the archive and say what is wrong with it."""
        super().__init__("archive", printable(name), reason)


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may hold, unpacked. `ratio` holds from `ratio_from` bytes on."""

    entries: int = 20_000
    entry_bytes: int = 16 * MIB
    total_bytes: int = 1024 * MIB
    ratio: int = 200
    ratio_from: int = 16 * MIB


@dataclass(frozen=True)
class Refused:
    """An entry that is not read, and why."""

    name: str
    reason: str


class FileTree(Protocol):
    """Files by name (`folder/file`, `/` between the parts), to be read one at a time.

    `sizes` has each file's bytes, `folders` the folders that are named, `refused` what
    cannot be read.
    """

    @property
    def sizes(self) -> Mapping[str, int]:
        """Every file that can be read, and its bytes."""

    @property
    def folders(self) -> frozenset[str]:
        """The folders that are there by name, also empty ones."""

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What is there and is not read."""

    def read(self, name: str) -> bytes:
        """Return a file's content; InvalidValueError when it cannot be had."""

    def close(self) -> None:
        """Let go of what is open."""


class RefusedEntryError(Exception):
    """One entry is not read; the message is a clause that says why."""


def safe_name(raw: str) -> str | None:
    r"""Return an entry's name, its parts joined by `/`; None for what nobody wrote.

    Windows' `\` counts as a separator, and accents are composed (NFC), as people type
    them. Raises RefusedEntryError for a name that leads elsewhere or cannot be shown.
    """
    path = raw.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":":
        raise RefusedEntryError("has an absolute path")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise RefusedEntryError("leads out of the archive")
    if not parts:
        return None
    name = unicodedata.normalize("NFC", "/".join(parts))
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise RefusedEntryError("has characters in its name that cannot be shown")
    if len(parts) > _MAX_DEPTH:
        raise RefusedEntryError(f"is more than {_MAX_DEPTH} folders deep")
    sizes = [len(part.encode()) for part in name.split("/")]
    if max(sizes) > _MAX_NAME_BYTES or sum(sizes) + len(sizes) > _MAX_PATH_BYTES:
        raise RefusedEntryError("has a name that is too long")
    return None if is_junk(name) else name


def is_junk(name: str) -> bool:
    """Return whether a file is one that an operating system puts there by itself."""
    parts = name.split("/")
    return (
        parts[-1] in _JUNK_FILES
        or parts[-1].startswith("._")
        or not _JUNK_FOLDERS.isdisjoint(parts)
    )


def printable(text: str) -> str:
    """Return a name for a message: short, and without characters that do something."""
    shown = "".join(char if char.isprintable() else "�" for char in text)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


@dataclass
class Listing:
    """Collects an archive's entries, of any kind, against the limits."""

    archive: str
    limits: ArchiveLimits
    _places: dict[str, tuple[int, object]] = field(default_factory=dict)
    _names: Counter[str] = field(default_factory=Counter)
    _folders: set[str] = field(default_factory=set)
    _refused: list[Refused] = field(default_factory=list)
    _entries: int = 0
    _total: int = 0

    def count(self) -> None:
        """Count one entry, whatever it is; ArchiveError beyond the limit."""
        self._entries += 1
        if self._entries > self.limits.entries:
            raise ArchiveError(
                self.archive, f"it has more than {self.limits.entries:,} entries; split it"
            )

    def folder(self, raw: str) -> None:
        """Note a folder."""
        try:
            name = safe_name(raw)
        except RefusedEntryError as error:
            self.refuse(raw, str(error))
        else:
            if name is not None:
                self._folders.add(name)

    def file(self, raw: str, size: int, place: object) -> None:
        """Note a file of `size` bytes, to be found at `place`."""
        try:
            name = safe_name(raw)
        except RefusedEntryError as error:
            self.refuse(raw, str(error))
            return
        if name is None:
            return
        if size > self.limits.entry_bytes:
            allowed = format_size(self.limits.entry_bytes)
            self.refuse(name, f"is too large ({format_size(size)}, allowed are {allowed})")
            return
        self._total += size
        if self._total > self.limits.total_bytes:
            allowed = format_size(self.limits.total_bytes)
            raise ArchiveError(self.archive, f"unpacked it has more than {allowed}; split it")
        self._names[name] += 1
        self._places[name] = (size, place)

    def refuse(self, raw: str, reason: str) -> None:
        """Note an entry that is not read."""
        self._refused.append(Refused(printable(raw), reason))

    def check_ratio(self, packed: int) -> None:
        """Raise ArchiveError if `packed` bytes of archive stand for far too many."""
        limits = self.limits
        if self._total >= limits.ratio_from and self._total > limits.ratio * max(packed, 1):
            raise ArchiveError(
                self.archive,
                f"it would unpack to more than {limits.ratio} times its size: that is a zip bomb",
            )

    def result(self) -> Entries:
        """Return what may be read.

        Of two entries with one name neither is: readers of archives disagree about which
        one counts. The same holds for a file that is also somebody's folder.
        """
        for name, times in self._names.items():
            if times > 1:
                del self._places[name]
                self.refuse(name, "is there more than once: it is unclear which one is meant")
        parents = {
            "/".join(parts[:depth])
            for parts in (name.split("/") for name in self._places)
            for depth in range(1, len(parts))
        }
        for name in sorted(parents & self._places.keys()):
            del self._places[name]
            self.refuse(name, "is a file and a folder at once")
        return Entries(
            MappingProxyType({name: size for name, (size, _) in self._places.items()}),
            MappingProxyType({name: place for name, (_, place) in self._places.items()}),
            frozenset(self._folders | parents),
            tuple(self._refused),
        )


@dataclass(frozen=True)
class Entries:
    """What `Listing` found; `places` is for the reader of that kind of archive."""

    sizes: Mapping[str, int]
    places: Mapping[str, object]
    folders: frozenset[str]
    refused: tuple[Refused, ...]


class Listed:
    """What every kind of FileTree says of the entries that it has listed."""

    _entries: Entries

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
