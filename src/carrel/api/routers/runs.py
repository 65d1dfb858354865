"""`POST /api/run`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from carrel.api.rules import RequestRules, make_router
from carrel.api.services import GivenServices, Runner
from carrel.core.callers import unless_gone
from carrel.core.errors import SandboxClosedError
from carrel.core.sizes import KIB
from carrel.link.messages import MAX_CODE_BYTES, MAX_STDIN_BYTES, RunRequest, RunResponse

MAX_BODY_BYTES = 6 * (MAX_CODE_BYTES + MAX_STDIN_BYTES) + 64 * KIB
"""JSON may write a byte as the six characters of \\u0000."""

router = make_router(RequestRules(max_body_bytes=MAX_BODY_BYTES))


@router.post("/api/run")
async def run(
    body: RunRequest, request: Request, services: GivenServices, runner: Runner
) -> RunResponse:
    """Run a program in a sandbox of its own and return what it did.

    For everybody who is signed in, a few at a time; for anyone where the server is a playground.
    """
    try:
        with services.runs.taken(runner):
            return await unless_gone(_disconnected(request), services.worker.run(body))
    except asyncio.CancelledError:
        # Only the server's own end cancels a request; its caller gets an answer.
        raise SandboxClosedError("the server is shutting down") from None


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
