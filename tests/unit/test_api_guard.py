"""How the server may be called: by no rebound name, and not by another site's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from carrel.api.guard import (
    API_POLICY,
    MAX_MESSAGE_BYTES,
    PAGE_POLICY,
    SECURITY_HEADERS,
    Guard,
)
from carrel.api.problems import Problem
from carrel.testing.listening import listening

pytestmark = pytest.mark.quick


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


def call(
    headers: dict[str, str] | None = None,
    hosts: tuple[str, ...] = (),
    *,
    method: str = "GET",
    app: Callable[[Scope, Receive, Send], Awaitable[None]] = hello,
) -> httpx.Response:
    async def main() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Guard(app, hosts=hosts)),
            base_url="http://127.0.0.1:8000",
        ) as client:
            return await client.request(method, "/", headers=headers)

    return asyncio.run(main())


def test_a_plain_client_is_served() -> None:
    response = call()
    assert (response.status_code, response.text) == (200, "hello")


STRANGE_HOSTS = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.nip.io",
    "localhost.evil.example",
    "[",
    "",
    "a@b@127.0.0.1.example",
    "evil.example@127.0.0.1",
    "[fe80::1%25evil.com]",
    "[fe80::1%25evil.com]:8000",
    "[fe80::1%eth0]",
    "fe80::1%evil.com",
    "127.0.0.1:80:80",
    "127.0.0.1/evil.example",
    "127.0.0.1\\evil.example",
    "[::ffff:evil.example]",
]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_rebound_name_is_refused(host: str, method: str) -> None:
    response = call({"host": host}, method=method)
    assert response.status_code == 421
    assert response.json()["type"] == "urn:carrel:problem:unknown-host"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "10.1.2.3", "Lab.School.example."],
)
def test_addresses_and_own_names_are_served(host: str) -> None:
    assert call({"host": host}, hosts=("lab.school.example",)).status_code == 200


def test_an_answer_has_the_policy_of_its_kind() -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        own = {
            "Content-Security-Policy": PAGE_POLICY,
            "Cache-Control": "max-age=60",
            "X-Frame-Options": "ALLOWALL",
        }
        await PlainTextResponse("page", headers=own)(scope, receive, send)

    answers = {"api": call(), "page": call(app=page)}
    assert answers["api"].headers["content-security-policy"] == API_POLICY
    assert answers["api"].headers["cache-control"] == "no-store"
    assert answers["page"].headers["content-security-policy"] == PAGE_POLICY
    assert answers["page"].headers["cache-control"] == "max-age=60"
    for answer in answers.values():
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value


# --- WebSockets --------------------------------------------------------------------


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Send back what comes, or fail as it is told to."""
    socket = WebSocket(scope, receive, send)
    if scope["path"] == "/denied":
        raise Problem(code="no", detail="Not you.", status=HTTPStatus.FORBIDDEN)
    await socket.accept()
    while True:
        text = await socket.receive_text()
        if text == "fail":
            raise ZeroDivisionError("inner detail")
        if text == "refuse":
            raise Problem(code="no", detail="Not now.", status=HTTPStatus.FORBIDDEN)
        await socket.send_text(text)


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Serve `echo` behind the guard with the real server on a free port; yields host:port."""
    app = FastAPI()
    app.mount("/", echo)
    app.add_middleware(Guard, hosts=())
    async with listening(app) as port:
        yield f"127.0.0.1:{port}"


def talk(work: Callable[[str], Awaitable[None]]) -> None:
    async def main() -> None:
        async with serving() as place:
            await work(place)

    asyncio.run(main())


def open_from(place: str, origin: str | None = None, path: str = "/", **headers: str) -> connect:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return connect(
        f"ws://{place}{path}",
        origin=origin,  # type: ignore[arg-type]
        additional_headers=more,
        max_size=None,
        proxy=None,
    )


def test_a_websocket_of_this_server_and_of_a_program_is_served() -> None:
    async def work(place: str) -> None:
        for origin in (None, f"http://{place}"):
            async with open_from(place, origin) as line:
                await line.send("hello")
                assert await line.recv() == "hello"

    talk(work)


def test_another_sites_page_opens_no_websocket() -> None:
    async def work(place: str) -> None:
        port = place.rpartition(":")[2]
        for origin in (
            "http://evil.example",
            "null",
            f"http://localhost:{port}",
            f"https://{place}.evil.example",
            "http://127.0.0.1:1",
            "",
        ):
            with pytest.raises(InvalidStatus) as refused:
                await open_from(place, Origin=origin)
            assert refused.value.response.status_code == 403
            assert b"foreign-origin" in (refused.value.response.body or b"")
        with pytest.raises(InvalidStatus) as refused:
            await open_from(place, Sec_Fetch_Site="cross-site")
        assert refused.value.response.status_code == 403

    talk(work)


def test_no_websocket_is_opened_under_a_rebound_name() -> None:
    for host in STRANGE_HOSTS:
        sent = drive(host)
        assert sent == [{"type": "websocket.close", "code": 1008}], host


def drive(host: str) -> list[Message]:
    """Return what the guard sends for a handshake under this host."""

    async def main() -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": "/", "headers": [(b"host", host.encode())]}
        await Guard(echo, hosts=())(scope, receive, send)
        return sent

    return asyncio.run(main())


def test_a_longer_message_than_allowed_ends_the_websocket() -> None:
    async def work(place: str) -> None:
        async with open_from(place) as line:
            await line.send("x" * MAX_MESSAGE_BYTES)
            assert len(await line.recv()) == MAX_MESSAGE_BYTES
            await line.send("x" * (MAX_MESSAGE_BYTES + 1))
            with pytest.raises(ConnectionClosed) as closed:
                await line.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009

    talk(work)


@pytest.mark.parametrize(("word", "code"), [("fail", 1011), ("refuse", 1008)])
def test_an_error_ends_a_websocket_without_its_words(word: str, code: int) -> None:
    async def work(place: str) -> None:
        async with open_from(place) as line:
            await line.send(word)
            with pytest.raises(ConnectionClosed) as closed:
                await line.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, "")

    talk(work)


def test_a_problem_before_the_handshake_is_its_answer() -> None:
    async def work(place: str) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await open_from(place, path="/denied")
        assert refused.value.response.status_code == 403
        assert b"Not you." in (refused.value.response.body or b"")
        assert refused.value.response.headers["X-Content-Type-Options"] == "nosniff"

    talk(work)
