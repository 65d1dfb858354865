"""A live session on a WebSocket: JSON messages in both directions, until one end has enough.

The attacks: bytes that are no message, messages without end, a client that does not read.
Each is answered by an `error` message and costs no more than that: a message's size is
bounded by the server, one is handled after the other, and what a slow client has not read
holds its session back (`carrel.live.session`). Who may connect at all is checked before
the handshake (`guard`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from carrel.api.problems import problem_of
from carrel.core.errors import BusyError, CarrelError, InvalidValueError
from carrel.link.types import Session

_NORMAL = 1000
_POLICY_VIOLATION = 1008
_INTERNAL_ERROR = 1011
_TRY_AGAIN_LATER = 1013

_log = logging.getLogger(__name__)


async def talk(
    websocket: WebSocket,
    open_session: Callable[[], Awaitable[Session]],
    seat: AbstractContextManager[None],
) -> None:
    """Accept the WebSocket and carry its messages to the session that is opened, and back.

    `seat` is held meanwhile; its CarrelError refuses the session.
    """
    await websocket.accept()
    line = _Line(websocket)
    try:
        with seat:
            await _hold(line, websocket, open_session)
    except CarrelError as error:
        await line.refuse(error)


async def _hold(
    line: _Line, websocket: WebSocket, open_session: Callable[[], Awaitable[Session]]
) -> None:
    opened = asyncio.ensure_future(open_session())
    first = asyncio.ensure_future(websocket.receive())
    try:
        session = await _unless_gone(opened, first)
        if session is None:
            return
        try:
            await _carry(line, session, first)
        finally:
            await asyncio.shield(session.close())
    finally:
        first.cancel()
        await asyncio.wait({first})


async def _unless_gone(
    opened: asyncio.Future[Session], first: asyncio.Future[Any]
) -> Session | None:
    """Return the session, or None if the client went away before there was one.

    `first` is what the client says first; it may speak before it has been answered.
    """
    try:
        await asyncio.wait({opened, first}, return_when=asyncio.FIRST_COMPLETED)
        if not opened.done() and first.result()["type"] == "websocket.disconnect":
            return None
        return await opened
    finally:
        if not opened.done():
            opened.cancel()
            await asyncio.wait({opened})


async def _carry(line: _Line, session: Session, first: asyncio.Future[Any]) -> None:
    """Carry messages both ways until the session or its client ends."""

    async def down() -> None:
        async for message in session.messages():
            await line.send(message)
        await line.close(_NORMAL)

    async def up() -> None:
        event = await first
        while event["type"] != "websocket.disconnect":
            message = read_message(event)
            if isinstance(message, str):
                await line.send({"type": "error", "message": message})
            else:
                await session.send(message)
            event = await line.receive()

    tasks = [asyncio.ensure_future(down()), asyncio.ensure_future(up())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            with suppress(WebSocketDisconnect):
                task.result()


def read_message(event: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return the message that came, or what is wrong with it."""
    text = event.get("text")
    if text is None:
        return "Send messages as text: binary frames are not read."
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "The message is not JSON."
    if not isinstance(message, dict):
        return 'A message is a JSON object, such as {"type": "execute", "code": "1 + 1"}.'
    return message


class _Line:
    """The WebSocket, written to as JSON; nothing is written after its end."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> Mapping[str, Any]:
        return await self._websocket.receive()

    async def send(self, message: Mapping[str, Any]) -> None:
        # ASCII: a text may hold halves of surrogate pairs, which UTF-8 cannot.
        await self._websocket.send_text(json.dumps(message))

    async def close(self, code: int) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):  # the client was quicker
            await self._websocket.close(code)

    async def refuse(self, error: CarrelError) -> None:
        """Say why there is no session, or none any more, and close."""
        if isinstance(error, InvalidValueError):
            code = _POLICY_VIOLATION
        elif isinstance(error, BusyError):
            code = _TRY_AGAIN_LATER
        else:
            code = _INTERNAL_ERROR
            _log.error("%s: %s", type(error).__name__, error)
        with suppress(RuntimeError, WebSocketDisconnect):
            await self.send({"type": "error", "message": problem_of(error).detail})
        await self.close(code)
