"""What the requests of one router may carry: from whom, in which form, how much.

Every router is made by `make_router`, so that each of its routes checks a request
before FastAPI reads its body. The attacks, and the rule against each:

- A page of another site posts a form to this server, and the browser adds the cookie
  (CSRF). The browser names the page in `Origin` or calls it foreign in
  `Sec-Fetch-Site`: refused. Where it sends neither, a form can only send media types
  that a router of JSON refuses.
- A body that never ends, or comes a byte at a time: bounded in size and time, and
  refused before anything is started for it. Where somebody must be signed in, nobody
  else's body is read: thousands of large ones would fill the memory.
- Very many large bodies at the same time: bounded together (`body_memory`).
- A small body of very many values: refused before it is parsed (`json_bounds`).

Whoever is no browser, such as an LMS that signs what it sends, passes the first rule
without an exception, since it sends neither header. A form that a browser posts from
another site on purpose needs `foreign_pages`, for that one route.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from carrel.api.body_memory import BodyHeld, BodyMemory
from carrel.api.json_bounds import check_structure
from carrel.api.origins import check_origin, check_site
from carrel.api.platform import current_user, platform_of
from carrel.api.problems import Problem
from carrel.api.services import check_runner, services_of
from carrel.core.callers import CallerGoneError
from carrel.core.sizes import MIB

BODY_TIMEOUT_S = 15.0
_MEMORY = BodyMemory()
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class RequestRules:
    """What a request of one router must keep.

    `media_types` are those that a request with a body may have, `max_body_bytes` bounds
    it, `body_timeout_s` is the time for all of it to come. `foreign_pages` lets pages of
    other sites post here: only where the request carries its own proof of who sent it.
    """

    media_types: frozenset[str] = frozenset({"application/json"})
    max_body_bytes: int = MIB
    body_timeout_s: float = BODY_TIMEOUT_S
    foreign_pages: bool = False

    def check_page(self, request: Request) -> None:
        """Raise Problem (403) when a page of another site asks and may not."""
        if self.foreign_pages:
            return
        check_origin(request.headers)
        if request.method not in _SAFE_METHODS:
            check_site(request.headers)

    async def with_body(self, request: Request, held: BodyHeld) -> Request:
        """Return the request with its body read, which `held` counts.

        Raises Problem, CallerGoneError.
        """
        headers = request.headers
        if request.method in _SAFE_METHODS:
            return request
        # A DELETE without a body has no media type. A form cannot send DELETE.
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in self.media_types and not (request.method == "DELETE" and not kind):
            raise self._wrong_kind()
        body = await self._read(request, held)
        if kind == "application/json":
            check_structure(body)
        return Request(request.scope, _replay(body, request.receive))

    def _wrong_kind(self) -> Problem:
        if self.media_types == {"application/json"}:
            return Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Send the header `Content-Type: application/json` and a JSON body.",
            )
        return Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            f"Send one of these as `Content-Type`: {', '.join(sorted(self.media_types))}.",
        )

    async def _read(self, request: Request, held: BodyHeld) -> bytes:
        """Return the whole body, so that nothing is started for one that does not fit."""
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > self.max_body_bytes:
            raise self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self.body_timeout_s):
                while True:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise CallerGoneError
                    body += message.get("body", b"")
                    if len(body) > self.max_body_bytes:
                        raise self._too_large()
                    held.grow_to(len(body))
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Problem(
                HTTPStatus.REQUEST_TIMEOUT,
                "slow-request",
                f"The request's body did not arrive within {self.body_timeout_s:g} s.",
            ) from None

    def _too_large(self) -> Problem:
        return Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too-large",
            f"The request's body is longer than {self.max_body_bytes:,} bytes.",
        )


class RuledRoute(APIRoute):
    """A route whose requests are checked before anything else looks at them."""

    rules: RequestRules

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with the rules before it."""
        handle, rules = super().get_route_handler(), self.rules

        async def check_and_handle(request: Request) -> Response:
            rules.check_page(request)
            if request.method not in _SAFE_METHODS:
                await _admit(request, self.dependant)
            with _MEMORY.holding() as held:
                return await handle(await rules.with_body(request, held))

        return check_and_handle


async def _admit(request: Request, dependant: Dependant) -> None:
    """Raise SignInRequiredError for a caller whom the route's dependencies will refuse."""
    if _depends(dependant, current_user):
        await current_user(request, platform_of(request))
    elif _depends(dependant, check_runner):
        await check_runner(request, services_of(request))


def _depends(dependant: Dependant, call: Callable[..., object]) -> bool:
    return dependant.call is call or any(_depends(one, call) for one in dependant.dependencies)


JSON = RequestRules()
"""Requests that carry at most 1 MiB of JSON."""


def make_router(rules: RequestRules = JSON, **options: Any) -> APIRouter:
    """Return a router whose routes keep `rules`; `options` are those of FastAPI's router."""
    route = type("RouteWithRules", (RuledRoute,), {"rules": rules})
    return APIRouter(route_class=route, **options)


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
