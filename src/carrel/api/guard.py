"""What stands before every request: who may call, how much they may send.

The playground asks nobody to sign in, so whatever reaches it may run code. On
loopback that is meant to be the person at the machine, but a browser there will
also send what any web page tells it to. Three attacks, and what stops them:

- A page posts to http://127.0.0.1:8000 (CSRF). Its browser names the page in
  `Origin` or `Sec-Fetch-Site`: refused. Without those headers a form can only send
  content types that are not JSON: refused too. No CORS header is ever sent.
- A page's own host name is made to resolve to 127.0.0.1 (DNS rebinding): then the
  origins agree, but the browser still names that host in `Host`: refused. Numeric
  addresses need no name server and cannot be rebound: accepted.
- A body that never ends, or comes a byte at a time: bounded in size and time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carrel.api.problems import Problem, problem_of

BODY_TIMEOUT_S = 15.0

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})
_DEFAULT_PORTS = {"http": 80, "https": 443}

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the whole application.

    `hosts` are the names, beside `localhost` and every numeric address, under
    which this server may be called; `max_body_bytes` bounds a request's body.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], max_body_bytes: int) -> None:
        self._app = app
        self._hosts = frozenset({"localhost", *(host.lower().rstrip(".") for host in hosts)})
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, answer it, and let no error out."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send)
        try:
            self._check(scope)
            body = await self._read(scope, receive)
            await self._app(scope, _replay(body, receive), reply)
        except Problem as problem:
            await problem.response()(scope, receive, reply)
        except _GoneError:
            return
        except Exception as error:  # noqa: BLE001 - no traceback may reach the caller
            _log.exception("unexpected error while answering %s", scope["path"])
            if not reply.started:
                await problem_of(error).response()(scope, receive, reply)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._may_be_called(host):
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "unknown-host",
                f"This server does not answer to the host name {host[:200]!r}: "
                "call it by its address, such as http://127.0.0.1:8000.",
            )
        origin = headers.get("origin")
        if origin is not None and not _same_origin(origin, host):
            raise _foreign(origin)
        if scope["method"] in _SAFE_METHODS:
            return
        if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            raise _foreign("another site")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Send the header `Content-Type: application/json` and a JSON body.",
            )

    def _may_be_called(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name.rstrip(".") in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Return the whole body, so that nothing is started for one that does not fit."""
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > self._max_body_bytes:
            raise self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    body += message.get("body", b"")
                    if len(body) > self._max_body_bytes:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Problem(
                HTTPStatus.REQUEST_TIMEOUT,
                "slow-request",
                f"The request's body did not arrive within {BODY_TIMEOUT_S:g} s.",
            ) from None

    def _too_large(self) -> Problem:
        return Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too-large",
            f"The request's body is longer than {self._max_body_bytes:,} bytes.",
        )


class _GoneError(Exception):
    """The caller went away before the request was complete."""


class _Reply:
    """Sends a response with the security headers, and remembers that it has begun."""

    def __init__(self, send: Send) -> None:
        self.started = False
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await self._send(message)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read, then what comes (the end)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _same_origin(origin: str, host: str) -> bool:
    """Whether a page of `origin` came from `host`; https too, for a proxy before us."""
    try:
        asked, own = urlsplit(origin), urlsplit(f"//{host}")
        ports = asked.port, own.port
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(asked.scheme)
    if default is None or asked.hostname != own.hostname:
        return False
    return (ports[0] or default) == (ports[1] or default)


def _foreign(origin: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "foreign-origin",
        f"A web page of {origin[:200]!r} may not use this server.",
    )
