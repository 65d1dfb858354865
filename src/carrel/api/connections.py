"""HTTP connections that are bounded before there is a request.

The attack: whoever opens connections and never finishes the headers of a request holds
them for ever, and everybody else is kept out (Slowloris). An application sees only whole
requests and can do nothing about it, so it is done here, where the bytes come in:

- Headers must be there within `HEADER_TIMEOUT_S`, counted from the connection's begin, or
  from the first byte of its next request.
- Of the connections without complete headers only so many are kept (`MOST_INCOMPLETE`).
  When one more comes, the oldest of the address that has most of them is closed. So
  an attacker's connections push out each other, and who sends headers at once, as every
  program and browser does, is served however many there are.
- One address has at most half of all connections.

And after a handshake: whoever sends pings on a WebSocket and reads no answer to them has
its connection closed when too many of these wait (`MOST_UNREAD_BYTES`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from carrel.core.sizes import MIB

HEADER_TIMEOUT_S = 10.0
MOST_INCOMPLETE = 256
MOST_CONNECTIONS = 2048
MOST_PER_ADDRESS = MOST_CONNECTIONS // 2

MOST_UNREAD_BYTES = 32 * MIB
"""Of one WebSocket: more than any one message of ours, after which we wait anyway."""

_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Incomplete:
    """The connections of one server whose next request is not complete, oldest first."""

    def __init__(self, *, most: int = MOST_INCOMPLETE, timeout_s: float = HEADER_TIMEOUT_S) -> None:
        self._most = most
        self._timeout_s = timeout_s
        self._timers: dict[BoundedProtocol, asyncio.TimerHandle] = {}

    def add(self, connection: BoundedProtocol) -> None:
        """Wait for the rest of this connection's headers, unless that has begun already."""
        if connection in self._timers:
            return
        if len(self._timers) >= self._most:
            self._oldest_of_most().refuse(_TOO_LATE)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._timeout_s, connection.refuse, _TOO_LATE)
        self._timers[connection] = timer

    def remove(self, connection: BoundedProtocol) -> None:
        """Forget a connection: its headers are there, or it is closed."""
        timer = self._timers.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def _oldest_of_most(self) -> BoundedProtocol:
        counts = Counter(connection.address for connection in self._timers)
        most = counts.most_common(1)[0][0]
        return next(connection for connection in self._timers if connection.address == most)


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with bounds on what comes before a request; see above."""

    def __init__(self, *args: Any, incomplete: Incomplete, per_address: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self._incomplete = incomplete
        self._per_address = per_address

    @property
    def address(self) -> str:
        """Where the connection comes from."""
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for headers, unless the address has too many connections."""
        super().connection_made(transport)
        others = (getattr(other, "client", None) for other in self.connections)
        same = sum(1 for client in others if client and client[0] == self.address)
        if same > self._per_address:
            self.refuse(_TOO_MANY)
        else:
            self._incomplete.add(self)

    def data_received(self, data: bytes) -> None:
        """Read on, and wait for the rest if it is only a part of a request's headers."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        upgraded = self.transport.get_protocol() is not self
        if not upgraded and self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._incomplete.add(self)
        else:
            self._incomplete.remove(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._incomplete.remove(self)
        super().connection_lost(exc)

    def refuse(self, answer: bytes) -> None:
        """Send a last word and close; what else was sent is not read."""
        self._incomplete.remove(self)
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which answers each ping at once, with a bound on unread answers."""

    def data_received(self, data: bytes) -> None:
        """Read on, or close where the other end reads nothing."""
        super().data_received(data)
        if self.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self.transport.abort()
