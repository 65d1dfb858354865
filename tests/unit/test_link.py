"""The line between the web process and the worker: a stranger's words, both ways."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from carrel.core import errors
from carrel.core.errors import (
    BusyError,
    CarrelError,
    InvalidValueError,
    PlatformFaultError,
    TooLargeError,
)
from carrel.judge.verdict import Verdict
from carrel.link.client import RemoteWorker
from carrel.link.failures import error_of, failure_of
from carrel.link.frames import MAX_REQUEST_BYTES
from carrel.link.messages import RunRequest, RunResponse, WorkerHealth
from carrel.link.server import serve_link
from carrel.link.types import Worker

pytestmark = pytest.mark.quick

HELLO = RunRequest(code="print(1)", language="python", stdin="in\ud800")
DONE = RunResponse(
    stdout="1\n\ud800",
    stderr="",
    success=True,
    execution_time=0.5,
    exit_code=0,
    verdict=Verdict.ACCEPTED,
    reason="",
    memory_used=1,
    truncated=False,
    isolation="none",
)


class EchoSession:
    """Sends back what it gets; the word `end` ends it, `fail` fails."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def send(self, message: Mapping[str, Any]) -> None:
        if message.get("type") == "fail":
            raise ZeroDivisionError
        self.queue.put_nowait(None if message.get("type") == "end" else message)

    async def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        while (message := await self.queue.get()) is not None:
            yield message

    async def close(self) -> None:
        self.closed.set()


@dataclass
class FakeWorker:
    """Does what `on_run` does; remembers the rest."""

    on_run: Callable[[RunRequest], Awaitable[RunResponse]] | None = None
    programs: list[RunRequest] = field(default_factory=list)
    poked: int = 0
    sessions: list[EchoSession] = field(default_factory=list)
    options: list[Mapping[str, str]] = field(default_factory=list)

    async def run(self, program: RunRequest) -> RunResponse:
        self.programs.append(program)
        return DONE if self.on_run is None else await self.on_run(program)

    async def health(self) -> WorkerHealth:
        return WorkerHealth(
            status="ok", isolation="none", templates={}, sandboxes=1, running=2, waiting=3
        )

    async def poke(self) -> None:
        self.poked += 1

    async def open_session(self, kind: str, options: Mapping[str, str]) -> EchoSession:
        if kind != "repl":
            raise InvalidValueError("kind", kind, "give repl")
        self.options.append(options)
        self.sessions.append(EchoSession())
        return self.sessions[-1]


def over_the_line(
    worker: Worker,
    work: Callable[[RemoteWorker, str], Awaitable[None]],
    place: Path,
    **options: Any,
) -> None:
    """Do `work` with a worker that is asked over a real socket."""

    async def main() -> None:
        path = str(place / "w")
        given = {"users": {os.geteuid()}, **options}
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            async with serve_link(listener, worker, **given):
                await work(RemoteWorker(path), path)

    asyncio.run(main())


def test_a_run_goes_there_and_its_result_comes_back(tmp_path: Path) -> None:
    worker = FakeWorker()

    async def work(remote: RemoteWorker, _: str) -> None:
        assert await remote.run(HELLO) == DONE
        assert (await remote.health()).running == 2
        await remote.poke()

    over_the_line(worker, work, tmp_path)
    assert worker.programs == [HELLO]
    assert worker.poked == 1


def test_the_longest_program_and_output_fit(tmp_path: Path) -> None:
    large = DONE.model_copy(update={"stdout": "\x00" * (1 << 20), "stderr": "\x01" * (1 << 20)})

    async def answer(_: RunRequest) -> RunResponse:
        return large

    async def work(remote: RemoteWorker, _: str) -> None:
        code, stdin = "\x00" * (256 << 10), "\x01" * (1 << 20)
        assert await remote.run(RunRequest(code=code, language="c", stdin=stdin)) == large

    over_the_line(FakeWorker(answer), work, tmp_path)


def test_every_error_of_carrel_keeps_its_kind_or_is_a_fault_of_ours() -> None:
    given: dict[type[CarrelError], CarrelError] = {
        InvalidValueError: InvalidValueError("language", "\ud800", "give c"),
        TooLargeError: TooLargeError("code", 7, 5),
        BusyError: BusyError("full", 9),
    }
    kinds = [
        kind
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, CarrelError)
    ]
    assert len(kinds) > 8
    for kind in kinds:
        error = given.get(kind) or kind("words")
        back = error_of(failure_of(error))
        if type(back) is not kind:
            assert isinstance(back, PlatformFaultError), kind
            continue
        if kind is not InvalidValueError:
            assert str(back) == str(error)
        assert getattr(back, "field", "") == getattr(error, "field", "")
        assert getattr(back, "retry_after_s", 0) == getattr(error, "retry_after_s", 0)
    kept = {type(error_of(failure_of(given.get(kind) or kind("w")))) for kind in kinds}
    assert {InvalidValueError, TooLargeError, BusyError, errors.TemplateError} <= kept


def test_an_unexpected_error_says_nothing_of_the_worker() -> None:
    failure = failure_of(ZeroDivisionError("/root/secret"))
    assert "secret" not in failure.model_dump_json()
    assert type(error_of(failure)) is PlatformFaultError


def test_an_error_of_the_worker_reaches_who_asked(tmp_path: Path) -> None:
    async def fails(_: RunRequest) -> RunResponse:
        raise InvalidValueError("language", "cobol", "give one of c, python")

    async def work(remote: RemoteWorker, _: str) -> None:
        with pytest.raises(InvalidValueError, match="language='cobol'"):
            await remote.run(HELLO)
        with pytest.raises(InvalidValueError, match="give repl"):
            await remote.open_session("shell", {})

    over_the_line(FakeWorker(fails), work, tmp_path)


def test_a_run_ends_with_its_caller(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def runs(_: RunRequest) -> RunResponse:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    worker = FakeWorker(runs)

    async def work(remote: RemoteWorker, _: str) -> None:
        call = asyncio.create_task(remote.run(HELLO))
        while not worker.programs:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        call.cancel()
        await ended.wait()

    over_the_line(worker, work, tmp_path)


def test_a_worker_that_ends_is_a_fault_of_ours(tmp_path: Path) -> None:
    async def dies(_: RunRequest) -> RunResponse:
        raise asyncio.CancelledError

    async def work(remote: RemoteWorker, _: str) -> None:
        with pytest.raises(PlatformFaultError, match="ended before it answered"):
            await remote.run(HELLO)
        with pytest.raises(PlatformFaultError, match="cannot be reached"):
            await RemoteWorker(str(tmp_path / "nobody")).run(HELLO)

    over_the_line(FakeWorker(dies), work, tmp_path)


def test_a_session_speaks_both_ways_until_it_ends(tmp_path: Path) -> None:
    worker = FakeWorker()

    async def work(remote: RemoteWorker, _: str) -> None:
        session = await remote.open_session("repl", {"language": "python"})
        messages = aiter(session.messages())
        for number in range(100):
            await session.send({"type": "execute", "number": number, "code": "\ud800"})
            assert (await anext(messages))["number"] == number
        await session.send({"type": "end"})
        with pytest.raises(StopAsyncIteration):
            await anext(messages)
        await session.send({"type": "late"})
        await session.close()
        await worker.sessions[0].closed.wait()

    over_the_line(worker, work, tmp_path)
    assert worker.options == [{"language": "python"}]


@pytest.mark.parametrize("how", ["close", "fail"])
def test_a_session_is_closed_with_its_line(tmp_path: Path, how: str) -> None:
    worker = FakeWorker()

    async def work(remote: RemoteWorker, _: str) -> None:
        session = await remote.open_session("repl", {})
        if how == "close":
            await session.close()
        else:
            await session.send({"type": "fail"})
        await worker.sessions[0].closed.wait()
        await session.close()

    over_the_line(worker, work, tmp_path)


def test_sessions_end_with_the_worker(tmp_path: Path) -> None:
    worker = FakeWorker()

    async def main() -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path := str(tmp_path / "w"))
            listener.listen()
            async with serve_link(listener, worker, users={os.geteuid()}):
                session = await RemoteWorker(path).open_session("repl", {})
            assert worker.sessions[0].closed.is_set()
            assert [message async for message in session.messages()] == []
            await session.close()

    asyncio.run(main())


def frame(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def said(message: Any) -> bytes:
    return frame(json.dumps(message).encode())


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", MAX_REQUEST_BYTES + 1) + b"{}",
        struct.pack(">I", 2**32 - 1),
        frame(b""),
        frame(b"{"),
        frame(b"[]"),
        frame(b"\xff\xfe"),
        frame(b"[" * 100_000),
        frame(b'{"op":' * 50_000),
        said({}),
        said({"op": "shell", "command": "id"}),
        said({"op": "run"}),
        said({"op": "run", "program": {"code": 5, "language": "c"}}),
        said({"op": "run", "program": HELLO.model_dump(), "user": 0}),
        said({"op": "poke", "job": "x"}),
        said({"op": "session", "kind": "x" * 65}),
        said({"op": "session", "kind": "repl", "options": {"a": "x" * 65}}),
        said({"op": "session", "kind": "repl", "options": {str(i): "" for i in range(9)}}),
        said({"op": "session", "kind": "repl"}) + said({"shout": 1}),
        said({"op": "session", "kind": "repl"}) + frame(b"nonsense"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=range(20),
)
def test_what_no_message_is_ends_the_connection_and_nothing_else(
    tmp_path: Path, data: bytes
) -> None:
    worker = FakeWorker()

    async def work(remote: RemoteWorker, path: str) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(data)
        answer = await reader.read()
        writer.close()
        assert b"error" not in answer
        assert not worker.programs
        assert not worker.poked
        assert await remote.run(HELLO) == DONE

    over_the_line(worker, work, tmp_path)
    for session in worker.sessions:
        assert session.closed.is_set()


def test_another_user_is_not_answered(tmp_path: Path) -> None:
    worker = FakeWorker()

    async def work(remote: RemoteWorker, _: str) -> None:
        with pytest.raises(PlatformFaultError):
            await remote.run(HELLO)

    over_the_line(worker, work, tmp_path, users={os.geteuid() + 1})
    assert not worker.programs


def test_too_many_calls_at_once_are_told_to_come_again(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def waits(_: RunRequest) -> RunResponse:
        await go.wait()
        return DONE

    worker = FakeWorker(waits)

    async def work(remote: RemoteWorker, _: str) -> None:
        calls = [asyncio.create_task(remote.run(HELLO)) for _ in range(2)]
        while len(worker.programs) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        with pytest.raises(BusyError):
            await remote.run(HELLO)
        go.set()
        assert await asyncio.gather(*calls) == [DONE, DONE]

    over_the_line(worker, work, tmp_path, most=2)


def test_the_web_process_believes_no_answer_that_is_none(tmp_path: Path) -> None:
    async def main(data: bytes) -> None:
        async def lie(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            await writer.drain()
            writer.close()

        path = str(tmp_path / "liar")
        async with await asyncio.start_unix_server(lie, path):
            for call in (RemoteWorker(path).run(HELLO), RemoteWorker(path).open_session("r", {})):
                with pytest.raises(PlatformFaultError):
                    await call

    for data in (b"", b"\xff" * 10, frame(b"{"), said({"anwser": 1}), said({"answer": [1]})):
        asyncio.run(main(data))
