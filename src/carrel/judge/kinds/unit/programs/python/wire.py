"""Frames on a pipe: a type (one byte), a length (u32, little-endian), the payload."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

MAX_FRAME = 16 * 1024 * 1024
HEADER = struct.Struct("<cI")


class ClosedError(Exception):
    """The other side is gone."""


class Pipe:
    """Two descriptors of one's own; nobody else may write to them."""

    def __init__(self, to: int, from_: int) -> None:
        self._to = to
        self._from = from_

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Send one frame."""
        data = memoryview(HEADER.pack(kind, len(payload)) + payload)
        while data:
            data = data[os.write(self._to, data) :]

    def receive(self) -> tuple[bytes, bytes]:
        """Return the next frame; ClosedError when there will be none."""
        kind, length = HEADER.unpack(self._read(HEADER.size))
        if length > MAX_FRAME:
            raise ClosedError("a frame is too long")
        return kind, self._read(length)

    def _read(self, size: int) -> bytes:
        pieces = []
        while size:
            piece = os.read(self._from, min(size, 1 << 20))
            if not piece:
                raise ClosedError("the line is closed")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def dump(value: Any) -> bytes:
    """Return JSON; it is ASCII, so that lone surrogates pass."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def load(data: bytes) -> Any:
    """Return what JSON stands for; ValueError for anything else."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deep") from None
