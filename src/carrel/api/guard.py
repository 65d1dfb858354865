"""What stands before every request and every WebSocket: how the server may be called.

Browsers send what any web page tells them to, with the cookies of whoever sits there,
also to the playground on this machine, which asks nobody to sign in. The attacks that
concern every way in, and what stops them here:

- A page's own host name is made to resolve to this machine (DNS rebinding): origins
  agree then, but the browser still names that host in `Host`: refused. Numeric
  addresses need no name server and cannot be rebound: accepted.
- A page opens a WebSocket to this server (cross-site WebSocket hijacking). No browser
  asks for permission first, so the page's `Origin` is compared before the handshake.
- A page frames this server, or has an answer read as something that it is not: the
  headers of every answer forbid it. No CORS header is ever sent.

What a request may carry differs from router to router: see `rules`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from carrel.api.origins import check_host, check_origin, check_site
from carrel.api.problems import Problem, problem_of
from carrel.core.errors import CarrelError
from carrel.core.sizes import KIB

MAX_MESSAGE_BYTES = 6 * 256 * KIB + 64 * KIB
"""Of one message on a WebSocket: the longest program as JSON may write it, and some."""

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
"""What a page of ours may load and reach; an answer of `/api` loads nothing."""

SECURITY_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer, whatever a route says."""

DEFAULT_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": API_POLICY,
}
"""On every answer whose route does not choose: files of the page do."""

_POLICY_VIOLATION = 1008
_INTERNAL_ERROR = 1011

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the whole application.

    `hosts` are the names, beside `localhost` and every numeric address, under
    which this server may be called.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset({"localhost", *(host.lower().rstrip(".") for host in hosts)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check how the server was called, answer, and let no error out."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = _Reply(send)
        try:
            check_host(Headers(scope=scope), self._hosts)
            await self._app(scope, receive, reply)
        except Problem as problem:
            await problem.response()(scope, receive, reply)
        except Exception as error:  # noqa: BLE001 - no traceback may reach the caller
            _log.exception("unexpected error while answering %s", scope["path"])
            if not reply.started:
                await problem_of(error).response()(scope, receive, reply)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = _Reply(send)
        headers = Headers(scope=scope)
        try:
            check_host(headers, self._hosts)
            check_origin(headers)
            check_site(headers)
        except Problem as problem:
            await _deny(problem, scope, receive, reply)
            return
        try:
            await self._app(scope, receive, reply)
        except WebSocketDisconnect:
            return  # the other end has closed it
        except (Problem, CarrelError) as error:
            if reply.started:
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            else:
                refusal = error if isinstance(error, Problem) else problem_of(error)
                await _deny(refusal, scope, receive, reply)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("unexpected error on the WebSocket %s", scope["path"])
            if not reply.closed:
                await send({"type": "websocket.close", "code": _INTERNAL_ERROR})


async def _deny(problem: Problem, scope: Scope, receive: Receive, reply: _Reply) -> None:
    """Refuse the handshake, with the problem as its answer where the server can send one."""
    if "websocket.http.response" in scope.get("extensions", {}):
        # A response knows by the scope's type that it answers a handshake.
        await problem.response()(scope, receive, reply)
    else:
        await reply({"type": "websocket.close", "code": _POLICY_VIOLATION})


class _Reply:
    """Sends an answer with the security headers, and remembers how far it has got."""

    def __init__(self, send: Send) -> None:
        self.started = False
        self.closed = False
        self._send = send

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        self.started = self.started or kind in _BEGINNINGS
        self.closed = self.closed or kind in _ENDINGS
        if kind in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            headers.update(SECURITY_HEADERS)
            for name, value in DEFAULT_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


_BEGINNINGS = frozenset(
    {
        "http.response.start",
        "websocket.accept",
        "websocket.close",
        "websocket.http.response.start",
    }
)
_ENDINGS = frozenset({"websocket.close", "websocket.http.response.start"})
