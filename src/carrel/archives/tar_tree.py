"""Tar files, plain or gzipped, from people we do not know.

A tar file has no directory and cannot be read out of order while it is compressed, so
it is decompressed once, bounded, into a file without a name.
"""

from __future__ import annotations

import gzip
import struct
import tarfile
import tempfile
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
from carrel.core.sizes import KIB, MIB, format_size

_CHUNK = 256 * KIB
_HEADER_BYTES = MIB
_GZIP = b"\x1f\x8b"
_BLOCK_PER_ENTRY = 2 * KIB
_BROKEN = (
    tarfile.TarError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
    RecursionError,  # tarfile follows headers for headers for headers
)


class TarTree(Listed):
    """A tar file; see FileTree. Nothing is written under any name."""

    def __init__(self, stream: BinaryIO, size: int, name: str, limits: ArchiveLimits) -> None:
        """Read the headers; ArchiveError if it cannot be used."""
        self._name = name
        self._stream = stream
        try:
            if stream.read(2) == _GZIP:
                stream.seek(0)
                self._stream = self._unpack(stream, size, limits)
            self._entries = self._list(limits)
        except _BROKEN as error:
            self.close()
            if isinstance(error, ArchiveError):
                raise
            raise ArchiveError(name, f"it is no tar file that can be read ({error})") from None
        except BaseException:
            self.close()
            raise

    def read(self, name: str) -> bytes:
        """Return a file's content; ArchiveError when the archive ends before it."""
        size = self._entries.sizes[name]
        self._stream.seek(cast("int", self._entries.places[name]))
        data = self._stream.read(size)
        if len(data) != size:
            raise ArchiveError(f"{self._name}: {name}", "the archive ends within it")
        return data

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _unpack(self, stream: BinaryIO, size: int, limits: ArchiveLimits) -> BinaryIO:
        """Return the decompressed archive; closes the compressed one."""
        plain = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - it is kept
        try:
            with stream, gzip.GzipFile(fileobj=stream, mode="rb") as packed:
                total = 0
                while data := packed.read(_CHUNK):
                    total += len(data)
                    self._check_total(total, size, limits)
                    plain.write(data)
        except BaseException:
            plain.close()
            raise
        return plain

    def _check_total(self, total: int, size: int, limits: ArchiveLimits) -> None:
        if total > limits.total_bytes + limits.entries * _BLOCK_PER_ENTRY:
            allowed = format_size(limits.total_bytes)
            raise ArchiveError(self._name, f"unpacked it has more than {allowed}; split it")
        if total > max(limits.ratio_from, limits.ratio * size):
            raise ArchiveError(
                self._name,
                f"it would unpack to more than {limits.ratio} times its size: that is a bomb",
            )

    def _list(self, limits: ArchiveLimits) -> Entries:
        self._stream.seek(0)
        listing = Listing(self._name, limits)
        bounded = cast("BinaryIO", Bounded(self._stream, _HEADER_BYTES, self._name))
        with tarfile.open(fileobj=bounded, mode="r:", errorlevel=1) as tar:
            while (member := tar.next()) is not None:
                listing.count()  # also ends a loop of headers that lead back
                if member.isdir():
                    listing.folder(member.name)
                elif member.issym() or member.islnk():
                    listing.refuse(member.name, "is a link, which is not followed")
                elif not member.isreg() or member.issparse():
                    listing.refuse(member.name, "is not a regular file")
                elif member.size < 0 or member.offset_data < 0:
                    raise ArchiveError(self._name, "it has a file of a negative size")
                else:
                    listing.file(member.name, member.size, member.offset_data)
            self._stream.seek(tar.offset)
        # tarfile takes a damaged header for the end, and all after it would be missing.
        if self._stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
            raise ArchiveError(self._name, "it is damaged: an entry's header cannot be read")
        return listing.result()
