"""Errors into answers: the handlers of everything that a route may raise."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from carrel.api.problems import Problem, problem_of
from carrel.core.callers import CallerGoneError
from carrel.core.errors import CarrelError

_MOST_ERRORS = 20
_LONGEST_FIELD = 100
_CLIENT_GONE = 499  # nobody reads it; a log does

_log = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    """Have every error of the routes answered with a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(CarrelError, _on_carrel_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(CallerGoneError, _on_gone)


def _leave_websocket(request: Request, error: Exception) -> None:
    """Raise the error on: no response can be sent where a WebSocket is. The guard closes it."""
    if request.scope["type"] == "websocket":
        raise error


async def _on_problem(request: Request, error: Exception) -> Response:
    _leave_websocket(request, error)
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    return error.response()


async def _on_carrel_error(request: Request, error: Exception) -> Response:
    _leave_websocket(request, error)
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s: %s", type(error).__name__, error)
    return problem.response()


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return _invalid(error.errors()).response()


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "-")
    response = Problem(status, code, f"{error.detail}: see GET / for what there is.").response()
    response.headers.update(error.headers or {})
    return response


async def _on_gone(_: Request, __: Exception) -> Response:
    return Response(status_code=_CLIENT_GONE)


def _invalid(errors: Sequence[Any]) -> Problem:
    """Say which fields are wrong, without repeating what was sent."""
    found = [
        {"field": _field(error)[:_LONGEST_FIELD], "detail": str(error["msg"])}
        for error in errors[:_MOST_ERRORS]
    ]
    detail = "; ".join(f"{error['field']}: {error['detail']}" for error in found)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", f"{detail}.", extra={"errors": found}
    )


def _field(error: Any) -> str:
    if error["type"] == "json_invalid":
        return "body"
    return ".".join(str(part) for part in error["loc"][1:]) or "body"
