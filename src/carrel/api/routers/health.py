"""`GET /health`."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from carrel.api.health import HealthResponse
from carrel.api.rules import make_router
from carrel.api.services import GivenServices

router = make_router()


@router.get("/health", response_model=HealthResponse)
async def health(services: GivenServices) -> Response:
    """Say whether programs can be run, with status 503 when none can."""
    report = services.health.report()
    status = HTTPStatus.SERVICE_UNAVAILABLE if report.status == "down" else HTTPStatus.OK
    return JSONResponse(report.model_dump(mode="json"), status.value)
