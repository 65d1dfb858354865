"""Who may call the playground: not a web page, not a rebound name."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from carrel.api import guard
from carrel.api.guard import Guard

pytestmark = pytest.mark.quick

JSON = {"content-type": "application/json"}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await PlainTextResponse(message["body"])(scope, receive, send)


def call(
    method: str = "POST", headers: dict[str, str] | None = None, hosts: tuple[str, ...] = ()
) -> httpx.Response:
    async def main() -> httpx.Response:
        app = Guard(echo, hosts=hosts, max_body_bytes=100)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
        ) as client:
            return await client.request(method, "/", content="{}", headers=headers)

    return asyncio.run(main())


def test_a_plain_client_is_served() -> None:
    response = call(headers=JSON)
    assert (response.status_code, response.text) == (200, "{}")


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonp",
    ],
)
def test_what_a_form_can_send_is_refused(kind: str | None) -> None:
    assert call(headers={"content-type": kind} if kind else None).status_code == 415


def test_json_with_a_charset_is_json() -> None:
    assert call(headers={"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:9000",
        "https://127.0.0.1",
        "http://localhost:8000",
        "http://127.0.0.1.evil.example:8000",
        "http://127.0.0.1:8000@evil.example",
        "file://127.0.0.1:8000",
        "http://127.0.0.1:99999",
        "http://[",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_of_another_origin_is_refused(origin: str, method: str) -> None:
    response = call(method, JSON | {"origin": origin})
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_page_of_this_server_is_served() -> None:
    assert call(headers=JSON | {"origin": "http://127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "something"])
def test_a_request_that_the_browser_calls_foreign_is_refused(site: str) -> None:
    assert call(headers=JSON | {"sec-fetch-site": site}).status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.nip.io",
        "localhost.evil.example",
        "[",
        "",
        "a@b@127.0.0.1.example",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_rebound_name_is_refused(host: str, method: str) -> None:
    assert call(method, JSON | {"host": host}).status_code == 421


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "10.1.2.3", "Lab.School.example."],
)
def test_addresses_and_own_names_are_served(host: str) -> None:
    response = call(headers=JSON | {"host": host}, hosts=("lab.school.example",))
    assert response.status_code == 200


def drive(messages: list[Message], **scope: Any) -> list[Message]:
    """Return what the guard sends when it receives these messages and then nothing."""

    async def main() -> list[Message]:
        given = iter(messages)
        sent: list[Message] = []

        async def receive() -> Message:
            for message in given:
                return message
            await asyncio.sleep(3600)
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
        full = {"type": "http", "method": "POST", "path": "/", "headers": headers, **scope}
        await Guard(echo, hosts=(), max_body_bytes=100)(full, receive, send)
        return sent

    return asyncio.run(main())


def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_TIMEOUT_S", 0.01)
    sent = drive([{"type": "http.request", "body": b"{", "more_body": True}])
    assert sent[0]["status"] == 408


def test_a_body_longer_than_it_said_is_refused() -> None:
    piece = {"type": "http.request", "body": b"x" * 60, "more_body": True}
    assert drive([piece, piece])[0]["status"] == 413


def test_a_caller_who_goes_away_while_sending_is_not_answered() -> None:
    assert drive([{"type": "http.disconnect"}]) == []


def test_a_websocket_is_refused() -> None:
    assert drive([], type="websocket") == [{"type": "websocket.close", "code": 1008}]
