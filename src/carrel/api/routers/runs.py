"""`POST /api/run`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from carrel.api.callers import unless_gone
from carrel.api.rules import RequestRules, make_router
from carrel.api.runs import MAX_BODY_BYTES, RunRequest, RunResponse
from carrel.api.services import GivenServices
from carrel.core.errors import SandboxClosedError

router = make_router(RequestRules(max_body_bytes=MAX_BODY_BYTES))


@router.post("/api/run")
async def run(body: RunRequest, request: Request, services: GivenServices) -> RunResponse:
    """Run a program in a sandbox of its own and return what it did."""
    try:
        return await unless_gone(request, lambda: services.runs.run(body))
    except asyncio.CancelledError:
        # Only the server's own end cancels a request; its caller gets an answer.
        raise SandboxClosedError("the server is shutting down") from None
