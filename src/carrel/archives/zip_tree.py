"""Zip files from people we do not know."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import BinaryIO, cast

from carrel.archives.bounded import Bounded
from carrel.archives.entries import (
    ArchiveError,
    ArchiveLimits,
    Entries,
    Listed,
    Listing,
)
from carrel.core.sizes import KIB

_CHUNK = 64 * KIB
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_LOCAL_HEADER = 30
_UNICODE_PATH = 0x7075
_DIRECTORY_BYTES_PER_ENTRY = 320
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The others' decompressors of the standard library give out more than they are asked for."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,  # a version or feature of zip that nobody uses
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)


class ZipTree(Listed):
    """A zip file; see FileTree. Nothing is written anywhere."""

    def __init__(self, stream: BinaryIO, size: int, name: str, limits: ArchiveLimits) -> None:
        """Read the directory of a zip of `size` bytes; ArchiveError if it cannot be used."""
        self._name = name
        # zipfile reads the whole directory at once, as large as the archive says it is.
        most = limits.entries * _DIRECTORY_BYTES_PER_ENTRY
        self._stream = stream
        try:
            self._zip = zipfile.ZipFile(cast("BinaryIO", Bounded(stream, most, name)))
        except _BROKEN as error:
            stream.close()
            raise _as_archive_error(name, error) from None
        try:
            self._entries = self._list(size, limits)
        except BaseException:
            self.close()
            raise

    def read(self, name: str) -> bytes:
        """Return a file's content; ArchiveError when it is damaged."""
        info = cast("zipfile.ZipInfo", self._entries.places[name])
        data = bytearray()
        try:
            with self._zip.open(info) as file:
                # No more than the directory announced, which was counted.
                while len(data) <= info.file_size and (chunk := file.read(_CHUNK)):
                    data += chunk
        except _BROKEN as error:
            raise _as_archive_error(f"{self._name}: {name}", error) from None
        if len(data) != info.file_size:
            raise ArchiveError(f"{self._name}: {name}", "its size is not the announced one")
        return bytes(data)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._stream.close()

    def _list(self, size: int, limits: ArchiveLimits) -> Entries:
        listing = Listing(self._name, limits)
        infos = self._zip.infolist()
        self._check_overlap(infos)
        for info in infos:
            listing.count()
            name = _name_of(info)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if name.endswith(("/", "\\")) or kind == stat.S_IFDIR:
                listing.folder(name)
            elif "\0" in info.orig_filename:
                listing.refuse(name, "has a NUL byte in its name")
            elif kind == stat.S_IFLNK:
                listing.refuse(name, "is a symbolic link, which is not followed")
            elif kind not in (0, stat.S_IFREG):
                listing.refuse(name, "is not a regular file")
            elif info.flag_bits & _ENCRYPTED:
                listing.refuse(name, "is encrypted")
            elif info.compress_type not in _METHODS:
                listing.refuse(name, "is compressed in an unusual way; use deflate")
            else:
                listing.file(name, info.file_size, info)
        listing.check_ratio(size)
        return listing.result()

    def _check_overlap(self, infos: list[zipfile.ZipInfo]) -> None:
        """Refuse entries that share bytes: so are the densest bombs made."""
        end = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset < end:
                raise ArchiveError(self._name, "its entries overlap: that is a zip bomb")
            end = info.header_offset + _LOCAL_HEADER + info.compress_size
        if end > self._zip.start_dir:
            raise ArchiveError(self._name, "its entries overlap its directory: it is broken")


def _as_archive_error(name: str, error: BaseException) -> ArchiveError:
    if isinstance(error, ArchiveError):
        return error
    return ArchiveError(name, f"it is no zip file that can be read ({error})")


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return an entry's name as its writer meant it.

    Without the flag for UTF-8, the standard says code page 437, many programs write
    UTF-8 all the same, and Info-ZIP adds the real name in a field of its own.
    """
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.orig_filename
    name = _unicode_path(info.extra, raw)
    if name is not None:
        return name
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return info.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    while len(extra) >= 4:  # noqa: PLR2004 - the head of a field: its kind and length
        kind, length = struct.unpack_from("<HH", extra)
        data, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and data[:1] == b"\1":
            if data[1:5] != struct.pack("<I", zlib.crc32(raw)):
                return None  # the name was changed afterwards by a program that knows nothing of it
            try:
                return data[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None
