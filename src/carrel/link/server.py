"""The worker's end of the line: who may call, one call a connection, nothing outlives it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any

from pydantic import ValidationError

from carrel.core.callers import CallerGoneError, unless_gone
from carrel.core.errors import BusyError, CarrelError
from carrel.link.failures import failure_of
from carrel.link.frames import (
    BUFFER_BYTES,
    MAX_ANSWER_BYTES,
    MAX_REQUEST_BYTES,
    FrameError,
    read_frame,
    write_frame,
)
from carrel.link.messages import (
    CALL,
    Answer,
    Call,
    HealthCall,
    PokeCall,
    RunCall,
    SessionCall,
    SessionMessage,
)
from carrel.link.types import Session, Worker

FIRST_MESSAGE_S = 10.0
MAX_CONNECTIONS = 1024
_RETRY_AFTER_S = 5
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid

_log = logging.getLogger(__name__)


@asynccontextmanager
async def serve_link(
    listener: socket.socket,
    worker: Worker,
    *,
    users: Collection[int],
    most: int = MAX_CONNECTIONS,
) -> AsyncIterator[None]:
    """Answer calls on a bound Unix socket while the block runs; then end all of them.

    Only processes of the `users` (uids) are answered, at most `most` connections at a time.
    """
    end = _WorkerEnd(worker, frozenset(users), most)
    server = await asyncio.start_unix_server(end.connected, sock=listener, limit=BUFFER_BYTES)
    try:
        yield
    finally:
        server.close()
        await end.close()


class _WorkerEnd:
    def __init__(self, worker: Worker, users: frozenset[int], most: int) -> None:
        self._worker = worker
        self._users = users
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio calls this in one
        self._tasks.add(task)
        try:
            with suppress(ConnectionError):
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the server ends; asyncio would complain about a task that says so
        except (FrameError, ValidationError) as error:
            _log.warning("the web process said what it may not say: %s", _brief(error))
        except Exception:  # noqa: BLE001 - the next connection must be served
            _log.exception("a call of the web process failed")
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user = peer_user(writer.get_extra_info("socket"))
        if user not in self._users:
            _log.warning("user %d may not ask this worker for anything", user)
            return
        if len(self._tasks) > self._most:
            await _fail(writer, BusyError(f"{self._most} calls are being answered", _RETRY_AFTER_S))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_MESSAGE_S):
                first = await read_frame(reader, MAX_REQUEST_BYTES)
            if first is not None:
                await self._answer(CALL.validate_python(first), reader, writer)

    async def _answer(
        self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        silence = _Silence(reader)
        try:
            if isinstance(call, SessionCall):
                opened = self._worker.open_session(call.kind, call.options)
                session = await unless_gone(silence.broken(), opened)
            else:
                answer = await unless_gone(silence.broken(), self._do(call))
        except CallerGoneError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller is told
            if not isinstance(error, CarrelError):
                _log.exception("a call of the web process failed")
            await _fail(writer, error)
            return
        if not isinstance(call, SessionCall):
            await _say(writer, Answer(answer=answer))
        elif silence.is_broken:
            await session.close()
        else:
            await _relay(session, reader, writer)

    async def _do(self, call: RunCall | HealthCall | PokeCall) -> dict[str, Any]:
        match call:
            case RunCall():
                return (await self._worker.run(call.program)).model_dump(mode="json")
            case HealthCall():
                return (await self._worker.health()).model_dump(mode="json")
            case PokeCall():
                await self._worker.poke()
                return {}


async def _relay(
    session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Carry messages both ways until one end has had enough; then end the session."""

    async def down() -> None:
        async for message in session.messages():
            await _say(writer, SessionMessage(message=dict(message)))

    async def up() -> None:
        while (frame := await read_frame(reader, MAX_REQUEST_BYTES)) is not None:
            await session.send(SessionMessage.model_validate(frame).message)

    try:
        await _say(writer, Answer(answer={}))
        with suppress(CallerGoneError):
            await unless_gone(up(), down())
    finally:
        await asyncio.shield(session.close())


class _Silence:
    """That of a caller who waits: gone, or speaking out of turn, it gets no answer."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.is_broken = False

    async def broken(self) -> None:
        """Return when it is; what was said is lost then."""
        await self._reader.read(1)
        self.is_broken = True


async def _say(writer: asyncio.StreamWriter, message: Answer | SessionMessage) -> None:
    await write_frame(writer, message.model_dump(mode="json"), MAX_ANSWER_BYTES)


async def _fail(writer: asyncio.StreamWriter, error: Exception) -> None:
    await _say(writer, Answer(error=failure_of(error)))


def _brief(error: Exception) -> str:
    """Return why a message was refused, without its content."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))[:200]}: {first['msg'][:200]}"
    return str(error)


def peer_user(end: socket.socket) -> int:
    """Return the uid of the process at the other end of a Unix socket, as the kernel knows it."""
    data = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(data)[1])
