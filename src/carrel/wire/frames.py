"""Frames: how messages stand in the byte stream.

A frame is its length (u32, of all that follows it), the message type (u8), the
id of the request it belongs to (u32) and the payload.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from carrel.wire.messages import EVENT_MAX, REQUEST_MAX, Event, ProtocolError, Request

_HEAD = struct.Struct("<IBI")
_AFTER_LENGTH = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it arrived."""

    event: Event
    request_id: int
    payload: bytes


def encode_request(request: Request, request_id: int, payload: bytes = b"") -> bytes:
    """Return the frame of a request; ValueError when it is longer than REQUEST_MAX."""
    length = _AFTER_LENGTH + len(payload)
    if length > REQUEST_MAX:
        raise ValueError(f"a request of {length} bytes is longer than {REQUEST_MAX}")
    return _HEAD.pack(length, request, request_id) + payload


class EventDecoder:
    """Cut the guest's byte stream into events, holding at most one unfinished frame.

    The stream is hostile: a length out of bounds or an unknown type raises
    ProtocolError at once, before any payload is kept, and so does all that follows.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._broken: str | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Return the events completed by `data`, in order."""
        if self._broken is not None:
            raise ProtocolError(self._broken)
        self._buffer += data
        frames: list[Frame] = []
        at = 0
        size = len(self._buffer)
        while size - at >= _HEAD.size:
            length, number, request_id = _HEAD.unpack_from(self._buffer, at)
            if not _AFTER_LENGTH <= length <= EVENT_MAX:
                self._fail(f"a frame of {length} bytes")
            if number not in _EVENTS:
                self._fail(f"an unknown event {number:#x}")
            end = at + 4 + length
            if end > size:
                break
            payload = bytes(memoryview(self._buffer)[at + _HEAD.size : end])
            frames.append(Frame(_EVENTS[number], request_id, payload))
            at = end
        if at:
            del self._buffer[:at]
        return frames

    @property
    def buffered(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._buffer)

    def _fail(self, reason: str) -> None:
        self._broken = f"the guest sent {reason}"
        self._buffer.clear()
        raise ProtocolError(self._broken)


_EVENTS = {int(event): event for event in Event}
