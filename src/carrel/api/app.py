"""The HTTP application: routes, their errors, and the pool's life."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from carrel.api.gate import Gate
from carrel.api.guard import Guard
from carrel.api.health import Health, HealthResponse
from carrel.api.problems import Problem, problem_of
from carrel.api.runs import (
    MAX_BODY_BYTES,
    ClientGoneError,
    RunRequest,
    RunResponse,
    RunService,
    unless_gone,
)
from carrel.core.errors import CarrelError, SandboxClosedError
from carrel.sandbox.pool import SandboxPool

QUEUE_PER_CORE = 16
QUEUE_PATIENCE_S = 30.0
_CLIENT_GONE = 499  # nobody reads it; a log does

_WELCOME = """\
carrel playground

POST /api/run   {"code": "print(6 * 7)", "language": "python", "stdin": ""}
GET  /health
GET  /openapi.json
"""

_log = logging.getLogger(__name__)

OpenPool = Callable[[], Awaitable[SandboxPool]]
IsBuilt = Callable[[str], bool]


def create_app(
    open_pool: OpenPool,
    *,
    is_built: IsBuilt,
    version: str,
    hosts: Collection[str] = (),
    running: int | None = None,
    waiting: int | None = None,
) -> FastAPI:
    """Return the playground's application.

    Its lifespan opens the pool, warms it meanwhile and closes it at the end: a request that
    comes before its template is warm waits for its own sandbox only. `is_built` says whether
    a template can be used; `hosts` are further names under which the server
    may be called (see `guard`). `running` programs at a time (default: one per
    core), `waiting` may queue for that.
    """
    cores = os.cpu_count() or 1
    gate = Gate(
        running=running or cores,
        waiting=QUEUE_PER_CORE * cores if waiting is None else waiting,
        patience_s=QUEUE_PATIENCE_S,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await open_pool()
        try:
            app.state.runs = RunService(pool)
            app.state.health = Health(pool, gate, is_built, version)
            async with _beside(_warm(pool, is_built)):
                yield
        finally:
            await pool.close()

    app = FastAPI(
        title="carrel playground",
        version=version,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.add_middleware(Guard, hosts=hosts, max_body_bytes=MAX_BODY_BYTES)
    _add_error_handlers(app)

    @app.get("/", include_in_schema=False)
    async def welcome() -> Response:
        return PlainTextResponse(_WELCOME)

    @app.get("/health", response_model=HealthResponse)
    async def health(request: Request) -> Response:
        report: HealthResponse = request.app.state.health.report()
        status = HTTPStatus.SERVICE_UNAVAILABLE if report.status == "down" else HTTPStatus.OK
        return JSONResponse(report.model_dump(mode="json"), status.value)

    @app.post("/api/run")
    async def run(body: RunRequest, request: Request) -> RunResponse:
        """Run a program in a sandbox of its own and return what it did."""
        runs: RunService = request.app.state.runs

        async def work() -> RunResponse:
            async with gate.place():
                return await runs.run(body)

        try:
            return await unless_gone(request, work)
        except asyncio.CancelledError:
            # Only the server's own end cancels a request; its caller gets an answer.
            raise SandboxClosedError("the server is shutting down") from None

    return app


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do `work` while the block runs, and no longer."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _warm(pool: SandboxPool, is_built: IsBuilt) -> None:
    """Have a sandbox of every usable template ready, one after the other."""
    for template in sorted(filter(is_built, Health.templates())):
        try:
            await pool.prepare(template)
        except (CarrelError, OSError) as error:
            _log.warning("cannot warm template %s: %s", template, error)


def _add_error_handlers(app: FastAPI) -> None:
    async def on_problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
        return error.response()

    async def on_carrel_error(_: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s: %s", type(error).__name__, error)
        return problem.response()

    async def on_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return _invalid(error.errors()).response()

    async def on_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        response = Problem(status, code, f"{error.detail}: see GET / for what there is.").response()
        response.headers.update(error.headers or {})
        return response

    async def on_gone(_: Request, __: Exception) -> Response:
        return Response(status_code=_CLIENT_GONE)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(CarrelError, on_carrel_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(ClientGoneError, on_gone)


def _invalid(errors: Sequence[Any]) -> Problem:
    """Say which fields are wrong, without repeating what was sent."""
    found = [{"field": _field(error), "detail": str(error["msg"])} for error in errors]
    detail = "; ".join(f"{error['field']}: {error['detail']}" for error in found)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        f'{detail}. Send {{"code": "…", "language": "python", "stdin": "…"}}.',
        extra={"errors": found},
    )


def _field(error: Any) -> str:
    if error["type"] == "json_invalid":
        return "body"
    return ".".join(str(part) for part in error["loc"][1:]) or "body"
