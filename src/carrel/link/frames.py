"""One message on the line: its length in four bytes, then as much JSON. Bounded both ways."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Mapping
from typing import Any

from carrel.core.sizes import KIB, MIB

_LENGTH = struct.Struct(">I")

MAX_REQUEST_BYTES = 8 * MIB
"""From the web process: the longest program and input, each byte as JSON may write it."""

MAX_ANSWER_BYTES = 16 * MIB
"""From the worker: what a program wrote to stdout and stderr."""

BUFFER_BYTES = 256 * KIB
"""How much of what comes is kept unread before the sender has to wait."""


class FrameError(Exception):
    """The other end said something that no message is; the connection is of no use."""


async def read_frame(reader: asyncio.StreamReader, most: int) -> dict[str, Any] | None:
    """Return the next message, at most `most` bytes long; None at the end of the line."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > most:
            raise FrameError(f"a message of {length:,} bytes; allowed are {most:,}")
        data = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FrameError("a message that is not JSON") from error
    if not isinstance(message, dict):
        raise FrameError("a message that is not an object")
    return message


async def write_frame(writer: asyncio.StreamWriter, message: Mapping[str, Any], most: int) -> None:
    """Send a message, and wait while the other end is far behind.

    FrameError when it is longer than `most`, ConnectionError when nobody is there.
    """
    # ASCII: a program's text may hold halves of surrogate pairs, which UTF-8 cannot.
    try:
        data = json.dumps(message, separators=(",", ":")).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        raise FrameError("a message that JSON cannot express") from error
    if len(data) > most:
        raise FrameError(f"a message of {len(data):,} bytes; allowed are {most:,}")
    writer.write(_LENGTH.pack(len(data)) + data)
    await writer.drain()
