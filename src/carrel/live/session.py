"""What every live session looks like from outside: messages in, messages out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

Message = Mapping[str, Any]
"""One message, of values that JSON has."""

_HIGH_BYTES = 256 * 1024
_LOW_BYTES = 64 * 1024
_MOST_AT_ONCE = 32 * 1024


class Session(Protocol):
    """Something that a client talks to. Its owner closes it, whatever happened."""

    async def send(self, message: Message) -> None:
        """Take a message of the client's. What is wrong with it is answered by a message."""
        ...

    def messages(self) -> AsyncIterator[Message]:
        """Return what is for the client, up to the session's end. To be read once."""
        ...

    async def close(self) -> None:
        """End the session; idempotent. `messages` ends as well."""
        ...


class Outbox:
    """Messages that a client has not taken yet.

    Nobody has to wait to put one in, so whoever does bounds what it puts; `on_full(True)` is
    called when the client is far behind, and `on_full(False)` when it has caught up.
    """

    def __init__(self, on_full: Callable[[bool], None] = lambda _: None) -> None:
        self._messages: deque[dict[str, Any]] = deque()
        self._on_full = on_full
        self._bytes = 0
        self._closed = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def put(self, message: dict[str, Any]) -> None:
        """Add a message; output joins output of the same stream that waits already."""
        if self._closed:
            return
        size = _size(message)
        last = self._messages[-1] if self._messages else None
        if (
            last is not None
            and last["type"] == message["type"] == "output"
            and last["stream"] == message["stream"]
            and len(last["text"]) < _MOST_AT_ONCE
        ):
            last["text"] += message["text"]
            size = len(message["text"])  # all that will be taken off again
        else:
            self._messages.append(message)
        self._bytes += size
        self._news.set()
        if self._bytes > _HIGH_BYTES and self._room.is_set():
            self._room.clear()
            self._on_full(True)

    async def room(self) -> None:
        """Wait until the client is not far behind."""
        await self._room.wait()

    def close(self) -> None:
        """Take no more; what is in it can still be read."""
        self._closed = True
        self._room.set()
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the messages until it is closed and empty."""
        while True:
            while self._messages:
                message = self._messages.popleft()
                self._bytes -= _size(message)
                if self._bytes <= _LOW_BYTES and not self._room.is_set():
                    self._room.set()
                    self._on_full(False)
                yield message
            if self._closed:
                return
            self._news.clear()
            await self._news.wait()


def _size(message: Message) -> int:
    return sum(len(value) for value in message.values() if isinstance(value, str))


def shown(text: str) -> str:
    """Return text that every encoding can carry: halves of surrogate pairs are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()
