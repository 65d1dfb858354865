"""`WS /ws/repl` and `WS /ws/run` over real sockets, with sessions that only pretend."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from carrel.accounts.types import User, UserId
from carrel.api import connections
from carrel.api.app import create_app
from carrel.api.guard import MAX_MESSAGE_BYTES
from carrel.api.routers.live import router
from carrel.api.seats import MOST_SESSIONS
from carrel.api.services import Services, check_runner
from carrel.core.errors import BusyError, CarrelError, InvalidValueError, PlatformFaultError
from carrel.link.types import Worker
from carrel.testing.listening import listening

pytestmark = pytest.mark.quick


class EchoSession:
    """Sends back what it gets; a message of type `end` ends it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.queue.put_nowait({"type": "ready"})

    async def send(self, message: Mapping[str, Any]) -> None:
        self.queue.put_nowait(None if message.get("type") == "end" else message)

    async def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        while (message := await self.queue.get()) is not None:
            yield message

    async def close(self) -> None:
        self.closed.set()


@dataclass
class FakeWorker:
    """Opens echo sessions when `gate` is set, or fails with `error`."""

    error: CarrelError | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    opened: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    sessions: list[EchoSession] = field(default_factory=list)
    given_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_session(self, kind: str, options: Mapping[str, str]) -> EchoSession:
        self.opened.append((kind, options))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up.set()
            raise
        if self.error is not None:
            raise self.error
        self.sessions.append(EchoSession())
        return self.sessions[-1]


@asynccontextmanager
async def serving(worker: FakeWorker, user: User | None = None) -> AsyncIterator[str]:
    """Serve the real routes on a free port, to this user; yields `ws://host:port`."""

    @asynccontextmanager
    async def services() -> AsyncIterator[Services]:
        yield Services(cast("Worker", worker), "0", is_playground=True)

    app = create_app(services, version="0", routers=[router])
    if user is not None:
        app.dependency_overrides[check_runner] = lambda: user
    async with listening(app) as port:
        yield f"ws://127.0.0.1:{port}"


def talk(work: Callable[[str, FakeWorker], Awaitable[None]], **worker: Any) -> None:
    async def main() -> None:
        fake = FakeWorker(**worker)
        fake.gate.set()
        async with asyncio.timeout(60), serving(fake) as place:
            await work(place, fake)

    asyncio.run(main())


async def told(websocket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await websocket.recv())
    return message


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("/ws/repl", ("repl", {"language": "python"})),
        ("/ws/repl?language=javascript", ("repl", {"language": "javascript"})),
        ("/ws/run", ("run", {})),
        (
            "/ws/terminal?columns=99",
            ("terminal", {"language": "python", "columns": "99", "rows": "24"}),
        ),
    ],
)
def test_messages_go_to_the_session_and_back(path: str, opened: Any) -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        async with connect(place + path) as websocket:
            assert await told(websocket) == {"type": "ready"}
            await websocket.send('{"type": "execute", "code": "\\ud800"}')
            assert await told(websocket) == {"type": "execute", "code": "\ud800"}
        assert worker.opened == [opened]
        await worker.sessions[0].closed.wait()

    talk(work)


def test_the_end_of_a_session_closes_its_websocket() -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        async with connect(place + "/ws/run") as websocket:
            await told(websocket)
            await websocket.send('{"type": "end"}')
            with pytest.raises(ConnectionClosed) as closed:
                await websocket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1000
        await worker.sessions[0].closed.wait()

    talk(work)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b"\x00\x01", "binary frames"),
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("9" * 5000, "not JSON"),
        ("[]", "a JSON object"),
        ('"execute"', "a JSON object"),
        ("null", "a JSON object"),
    ],
)
def test_what_is_no_message_is_answered_and_the_session_goes_on(
    frame: str | bytes, words: str
) -> None:
    async def work(place: str, _: FakeWorker) -> None:
        async with connect(place + "/ws/repl") as websocket:
            await told(websocket)
            await websocket.send(frame)
            answer = await told(websocket)
            assert answer["type"] == "error"
            assert words in answer["message"]
            await websocket.send('{"type": "still there"}')
            assert await told(websocket) == {"type": "still there"}

    talk(work)


def test_a_message_of_ten_megabytes_ends_its_websocket_only() -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        async with connect(place + "/ws/repl") as websocket:
            await told(websocket)
            with suppress(ConnectionClosed):
                await websocket.send("x" * (10 << 20))
            with pytest.raises(ConnectionClosed) as closed:
                await websocket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        await worker.sessions[0].closed.wait()
        async with connect(place + "/ws/repl", max_size=None) as websocket:
            await told(websocket)
            await websocket.send(json.dumps({"type": "x" * (MAX_MESSAGE_BYTES - 100)}))
            assert len((await told(websocket))["type"]) == MAX_MESSAGE_BYTES - 100

    talk(work)


def test_a_thousand_fast_messages_are_all_handled_in_their_order() -> None:
    async def work(place: str, _: FakeWorker) -> None:
        async with connect(place + "/ws/repl") as websocket:
            await told(websocket)
            for number in range(1000):
                await websocket.send(json.dumps({"type": "execute", "number": number}))
            for number in range(1000):
                assert (await told(websocket))["number"] == number

    talk(work)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (BusyError("All places are taken. Try again in 30 seconds.", 30), 1013, "in 30 seconds"),
        (InvalidValueError("language", "cobol", "give python"), 1008, "give python"),
        (PlatformFaultError("runsc at /secret/place"), 1011, "not the program"),
    ],
)
def test_a_session_that_cannot_be_had_is_told_of_and_closed(
    error: CarrelError, code: int, words: str
) -> None:
    async def work(place: str, _: FakeWorker) -> None:
        async with connect(place + "/ws/repl") as websocket:
            answer = await told(websocket)
            assert answer["type"] == "error"
            assert words in answer["message"]
            assert "secret" not in answer["message"]
            with pytest.raises(ConnectionClosed) as closed:
                await websocket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code

    talk(work, error=error)


def test_a_client_that_goes_before_its_session_is_there_gets_none() -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        worker.gate.clear()
        async with connect(place + "/ws/repl"):
            pass
        await worker.given_up.wait()
        assert worker.sessions == []

    talk(work)


def test_a_client_that_speaks_first_is_heard() -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        worker.gate.clear()
        async with connect(place + "/ws/run") as websocket:
            await websocket.send('{"type": "start"}')
            worker.gate.set()
            assert [await told(websocket), await told(websocket)] == [
                {"type": "ready"},
                {"type": "start"},
            ]

    talk(work)


def test_a_connection_that_breaks_ends_its_session() -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        async with connect(place + "/ws/repl") as websocket:
            await told(websocket)
            websocket.transport.abort()
            await worker.sessions[0].closed.wait()

    talk(work)


@pytest.mark.parametrize("path", ["/ws/repl", "/ws/run", "/ws/terminal"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_origin_gets_no_session(path: str, origin: str) -> None:
    async def work(place: str, worker: FakeWorker) -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(place + path, additional_headers={"Origin": origin}):
                pass
        assert refused.value.response.status_code == 403
        assert worker.opened == []

    talk(work)


ADA = User(UserId("usr_ada"), "ada", "Ada")


@pytest.mark.parametrize("path", ["/ws/repl", "/ws/run", "/ws/terminal"])
def test_one_user_holds_a_few_sessions_and_gets_the_next_one_when_one_is_closed(path: str) -> None:
    async def main() -> None:
        worker = FakeWorker()
        worker.gate.set()
        async with asyncio.timeout(60), serving(worker, ADA) as place, AsyncExitStack() as stack:
            held = [
                await stack.enter_async_context(connect(place + path)) for _ in range(MOST_SESSIONS)
            ]
            for websocket in held:
                assert await told(websocket) == {"type": "ready"}
            async with connect(place + path) as refused:
                message = await told(refused)
                assert message["type"] == "error"
                assert f"{MOST_SESSIONS} live sessions" in message["message"]
                with pytest.raises(ConnectionClosed):
                    await refused.recv()
                assert refused.close_code == 1013
            assert len(worker.opened) == MOST_SESSIONS
            await held[0].send(json.dumps({"type": "end"}))
            await held[0].wait_closed()
            while True:  # the server gives the seat back a moment after it has closed
                async with connect(place + path) as websocket:
                    if await told(websocket) == {"type": "ready"}:
                        return

    asyncio.run(main())


def test_who_pings_and_reads_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_UNREAD_BYTES", 1_000_000)

    async def main() -> None:
        worker = FakeWorker()
        worker.gate.set()
        async with asyncio.timeout(60), serving(worker) as place:
            port = int(place.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(
                b"GET /ws/repl HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
                b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
            )
            assert b"101" in await reader.readline()
            ping = b"\x89\xfd\0\0\0\0" + 125 * b"x"
            with pytest.raises(ConnectionError):  # noqa: PT012 - whichever write comes too late
                while True:
                    writer.write(ping * 500)
                    await writer.drain()
            writer.transport.abort()
            await worker.sessions[0].closed.wait()

    asyncio.run(main())
