"""A file that never gives more than a bounded number of bytes at a time.

The readers of archives in the standard library ask for as many bytes as the archive says
that they need, and hold them. What is asked for at once is therefore what to bound.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from carrel.archives.entries import ArchiveError
from carrel.core.sizes import format_size


class Bounded(io.RawIOBase):
    """`stream`, seekable, with at most `most` bytes per `read`. Closing it is its owner's."""

    def __init__(self, stream: BinaryIO, most: int, name: str) -> None:
        super().__init__()
        self._stream = stream
        self._most = most
        self._name = name

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; ArchiveError for more than the bound, or for `all`."""
        if size is None or size < 0:
            at = self._stream.tell()
            size = self._stream.seek(0, io.SEEK_END) - at
            self._stream.seek(at)
        if size > self._most:
            allowed = format_size(self._most)
            raise ArchiveError(
                self._name, f"it claims a directory or header of more than {allowed}; split it"
            )
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be moved in."""
        return True
