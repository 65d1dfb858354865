"""Files of a live sandbox, with the arguments and results that users of SDKs know."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from errno import ENOENT, ENOTDIR

from carrel.core.errors import InvalidValueError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.sandbox.live import LiveSandbox

_READ_MAX = 256 * MIB


@dataclass(frozen=True)
class FileInfo:
    """One entry of a directory; `size` in bytes, `modified` in Unix seconds."""

    name: str
    path: str
    is_dir: bool
    size: int
    modified: int


def to_bytes(data: str | bytes | bytearray | memoryview) -> bytes:
    """Return what a caller gave as bytes; text as UTF-8."""
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise InvalidValueError("data", type(data).__name__, "give text or bytes")


class SandboxFiles:
    """Files of a live sandbox, with the arguments and results of SDKs."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box

    async def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file and its missing parents."""
        await self._box.write_file(path, to_bytes(data), readonly=readonly)

    async def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return await self._box.read_file(path, max_bytes=_READ_MAX)

    async def list(self, path: str) -> list[FileInfo]:
        """Return the entries of a directory, sorted by name."""
        entries = await self._box.list_directory(path)
        base = path.rstrip("/")
        return [
            FileInfo(
                name=entry.name,
                path=f"{base}/{entry.name}",
                is_dir=stat.S_ISDIR(entry.mode),
                size=entry.size,
                modified=entry.modified,
            )
            for entry in entries
        ]

    async def exists(self, path: str) -> bool:
        """Whether there is a file or directory (a symbolic link counts as itself)."""
        try:
            await self._box.stat(path)
        except SandboxFileError as error:
            if error.errno in (ENOENT, ENOTDIR):
                return False
            raise
        return True

    async def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        await self._box.remove(path)

    async def mkdir(self, path: str) -> None:
        """Make a directory and its missing parents."""
        await self._box.make_directory(path)
