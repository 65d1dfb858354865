"""`GET /health`."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from carrel.api.rules import make_router
from carrel.api.services import GivenServices
from carrel.link.messages import WorkerHealth

router = make_router()


class HealthResponse(WorkerHealth):
    """What the server has ready. `degraded`: some languages cannot be run; `down`: none can."""

    version: str


@router.get("/health", response_model=HealthResponse)
async def health(services: GivenServices) -> Response:
    """Say whether programs can be run, with status 503 when none can. For everybody."""
    found = await services.worker.health()
    report = HealthResponse(version=services.version, **found.model_dump())
    status = HTTPStatus.SERVICE_UNAVAILABLE if report.status == "down" else HTTPStatus.OK
    return JSONResponse(report.model_dump(mode="json"), status.value)
