"""The web process's end of the line: a worker that is asked over a Unix socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from carrel.core.errors import PlatformFaultError
from carrel.link.failures import error_of
from carrel.link.frames import (
    BUFFER_BYTES,
    MAX_ANSWER_BYTES,
    MAX_REQUEST_BYTES,
    FrameError,
    read_frame,
    write_frame,
)
from carrel.link.messages import (
    Answer,
    HealthCall,
    PokeCall,
    RunCall,
    RunRequest,
    RunResponse,
    SessionCall,
    SessionMessage,
    WorkerHealth,
)

M = TypeVar("M", bound=BaseModel)

_SOON_S = 10.0
_AT_LAST_S = 300.0
"""More than a program may queue, compile and run: only a worker that hangs takes longer."""

_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class RemoteWorker:
    """The worker behind the socket at `path`; implements `Worker`."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def run(self, program: RunRequest) -> RunResponse:
        """Run a program."""
        answer = await self._ask(RunCall(program=program), _AT_LAST_S)
        return _checked(RunResponse, answer)

    async def health(self) -> WorkerHealth:
        """Return what is ready now."""
        return _checked(WorkerHealth, await self._ask(HealthCall(), _SOON_S))

    async def poke(self) -> None:
        """Say that there are new jobs."""
        await self._ask(PokeCall(), _SOON_S)

    async def open_session(self, kind: str, options: Mapping[str, str]) -> RemoteSession:
        """Open a live session."""
        line = await self._connect()
        try:
            async with _within(_AT_LAST_S):
                await _request(line, SessionCall(kind=kind, options=dict(options)))
        except BaseException:
            line[1].close()
            raise
        return RemoteSession(line)

    async def _ask(self, call: BaseModel, within_s: float) -> dict[str, Any]:
        async with _within(within_s):
            line = await self._connect()
            try:
                return await _request(line, call)
            finally:
                line[1].close()

    async def _connect(self) -> _Line:
        try:
            return await asyncio.open_unix_connection(self._path, limit=BUFFER_BYTES)
        except OSError as error:
            raise PlatformFaultError(f"the worker cannot be reached: {error.strerror}") from error


class RemoteSession:
    """A live session at the worker; implements `Session`."""

    def __init__(self, line: _Line) -> None:
        self._reader, self._writer = line

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take a message of the client's. One that comes after the end is dropped."""
        said = SessionMessage(message=dict(message)).model_dump()
        try:
            await write_frame(self._writer, said, MAX_REQUEST_BYTES)
        except ConnectionError:
            return  # `messages` has ended, or is about to
        except FrameError as error:
            raise PlatformFaultError(f"cannot send to the session: {error}") from error

    async def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        """Yield what is for the client, up to the session's end."""
        while (frame := await _read(self._reader)) is not None:
            yield _checked(SessionMessage, frame).message

    async def close(self) -> None:
        """End the session; what it has not read yet is of no use to it."""
        self._writer.transport.abort()
        await asyncio.sleep(0)  # the transport closes its socket in the next round


async def _request(line: _Line, call: BaseModel) -> dict[str, Any]:
    """Say what is asked and return the answer; raises the error that it is."""
    reader, writer = line
    try:
        await write_frame(writer, call.model_dump(mode="json"), MAX_REQUEST_BYTES)
    except (ConnectionError, FrameError) as error:
        raise PlatformFaultError(f"the worker cannot be asked: {error}") from error
    frame = await _read(reader)
    if frame is None:
        raise PlatformFaultError("the worker ended before it answered")
    answer = _checked(Answer, frame)
    if answer.error is not None:
        raise error_of(answer.error)
    return answer.answer or {}


async def _read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    try:
        return await read_frame(reader, MAX_ANSWER_BYTES)
    except FrameError as error:
        raise PlatformFaultError(f"the worker said {error}") from error


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise PlatformFaultError(f"the worker did not answer within {seconds:g} s") from None


def _checked(model: type[M], value: dict[str, Any]) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise PlatformFaultError(f"the worker gave no {model.__name__}") from error
