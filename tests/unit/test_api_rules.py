"""What a router's requests may carry: nothing that another site's page can send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRouter, APIWebSocketRoute
from starlette.types import Message

from carrel.api import rules as rules_module
from carrel.api.app import create_app
from carrel.api.body_memory import UNCOUNTED_BYTES, BodyMemory
from carrel.api.errors import add_error_handlers
from carrel.api.json_bounds import MAX_VALUES, check_structure
from carrel.api.problems import Problem
from carrel.api.routers import ALL
from carrel.api.rules import RequestRules, RuledRoute, make_router

pytestmark = pytest.mark.quick

JSON = {"content-type": "application/json"}
RULES = RequestRules(max_body_bytes=100, body_timeout_s=5.0)


def app_with(rules: RequestRules = RULES) -> FastAPI:
    """Return an application whose one route sends back what it was sent."""
    router = make_router(rules)

    @router.api_route("/", methods=["GET", "POST", "DELETE"])
    async def echo(request: Request) -> str:
        return (await request.body()).decode()

    app = FastAPI()
    add_error_handlers(app)
    app.include_router(router)
    return app


def call(
    method: str = "POST",
    headers: dict[str, str] | None = None,
    content: str | AsyncIterator[bytes] = "{}",
    rules: RequestRules = RULES,
) -> httpx.Response:
    async def main() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app_with(rules)), base_url="http://127.0.0.1:8000"
        ) as client:
            return await client.request(method, "/", content=content, headers=headers)

    return asyncio.run(main())


def test_a_plain_client_is_served() -> None:
    response = call(headers=JSON)
    assert (response.status_code, response.json()) == (200, "{}")


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


def test_a_router_may_take_other_kinds_and_says_which() -> None:
    rules = RequestRules(media_types=frozenset({"application/zip"}))
    assert call(headers={"content-type": "application/zip"}, rules=rules).status_code == 200
    refused = call(headers=JSON, rules=rules)
    assert refused.status_code == 415
    assert "application/zip" in refused.json()["detail"]


def test_json_with_a_charset_is_json() -> None:
    assert call(headers={"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


def test_a_delete_needs_no_body() -> None:
    assert call("DELETE", content="").status_code == 200
    assert call("DELETE", {"sec-fetch-site": "cross-site"}, content="").status_code == 403


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
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_page_of_another_origin_is_refused(origin: str, method: str) -> None:
    response = call(method, JSON | {"origin": origin})
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_page_of_this_server_is_served() -> None:
    assert call(headers=JSON | {"origin": "http://127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "something"])
def test_a_request_that_the_browser_calls_foreign_is_refused(site: str) -> None:
    assert call(headers=JSON | {"sec-fetch-site": site}).status_code == 403


def test_a_link_from_another_site_may_be_followed() -> None:
    assert call("GET", {"sec-fetch-site": "cross-site"}, content="").status_code == 200


def test_foreign_pages_reach_only_the_route_that_says_so() -> None:
    headers = JSON | {"origin": "https://lms.example", "sec-fetch-site": "cross-site"}
    assert call(headers=headers).status_code == 403
    assert call(headers=headers, rules=RequestRules(foreign_pages=True)).status_code == 200


def drive(messages: list[Message], rules: RequestRules = RULES) -> list[Message]:
    """Return what is answered to these messages, after which nothing comes."""

    async def main() -> list[Message]:
        given = iter(messages)
        sent: list[Message] = []

        async def receive() -> Message:
            for message in given:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        }
        await app_with(rules)(scope, receive, send)
        return sent

    return asyncio.run(main())


def test_a_body_that_does_not_end_is_given_up() -> None:
    piece = {"type": "http.request", "body": b"{", "more_body": True}
    assert drive([piece], RequestRules(body_timeout_s=0.01))[0]["status"] == 408


def test_a_body_longer_than_it_said_is_refused() -> None:
    piece = {"type": "http.request", "body": b"x" * 60, "more_body": True}
    assert drive([piece, piece])[0]["status"] == 413


def test_a_body_that_says_it_is_too_long_is_refused_unread() -> None:
    assert call(headers=JSON | {"content-length": "101"}).status_code == 413
    assert call(headers=JSON | {"content-length": "9" * 5000}).status_code == 413


def test_a_caller_who_goes_away_while_sending_gets_no_answer_of_the_route() -> None:
    assert drive([{"type": "http.disconnect"}])[0]["status"] == 499


def test_every_route_has_rules() -> None:
    def routes(router: APIRouter) -> None:
        for route in router.routes:
            assert isinstance(route, RuledRoute | APIWebSocketRoute), route

    for router in ALL:
        routes(router)
    app = create_app(lambda: pytest.fail("not opened"), version="1")
    plain = [path for route in app.routes if (path := getattr(route, "path", None))]
    assert plain == ["/openapi.json"]


MANY = MAX_VALUES + 1


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"1," * MANY + b"1]",
        b"[" + b"[]," * MANY + b"[]]",
        b"[" * MANY,
        b'{"a":' * MANY,
        b"{" + b'"k":1,' * MANY + b'"k":1}',
        b'"' * 10 * MANY,
        b'"\\"' * 10 * MANY,
        b'{"a": "\\"}' + b",1" * MANY + b'", "b": "' + b'"' + b",1" * MANY,
    ],
)
def test_a_body_of_very_many_values_is_refused_before_it_is_parsed(body: bytes) -> None:
    response = call(headers=JSON, content=body.decode(), rules=RequestRules())
    assert response.status_code == 422
    assert response.json()["detail"] == f"body: the JSON has more than {MAX_VALUES:,} values."


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_in_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(Problem, match="UTF-8"):
        check_structure('{"code": "print(1)"}'.encode(encoding))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"code": "' + b"[1, {2, '3'}, " * MANY + b'"}',
        b'{"code": "' + b'\\"[,\\\\' * MANY + b'"}',
        b'{"code": "' + b"\\u0022,{" * MANY + b'"}',
        b'\xef\xbb\xbf{"code": "\xc3\xa4"}',
        b'"' + b'\\"' * 1_000_000 + b"\\",
    ],
)
def test_a_text_may_hold_whatever_it_likes(body: bytes) -> None:
    check_structure(body)


def test_large_bodies_share_a_bounded_memory_and_give_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = BodyMemory(most=100)
    monkeypatch.setattr(rules_module, "_MEMORY", memory)
    size = UNCOUNTED_BYTES + 60
    large = '"' + "x" * (size - 2) + '"'
    rules = RequestRules()
    with memory.holding() as other:
        other.grow_to(size)
        refused = call(headers=JSON, content=large, rules=rules)
        assert (refused.status_code, refused.json()["type"][-5:]) == (503, ":busy")
        assert refused.headers["retry-after"] == "5"
        assert call(headers=JSON, content=large[60:], rules=rules).status_code == 200
    for _ in range(3):
        assert call(headers=JSON, content=large, rules=rules).status_code == 200
    with memory.holding() as other:
        other.grow_to(UNCOUNTED_BYTES + 100)
