"""The page: its HTML at each place that people visit, and its files. Anyone may read them."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from carrel.api.page import PLACES, Page
from carrel.api.problems import Problem
from carrel.api.rules import make_router
from carrel.api.services import GivenServices, Services

router = make_router(include_in_schema=False)

_METHODS = ["GET", "HEAD"]


def _built(services: Services) -> Page:
    if services.page is None:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "page-missing",
            "The page is not built: run `sudo scripts/setup` and start the server again.",
        )
    return services.page


async def html(request: Request, services: GivenServices) -> Response:
    """Return the page as it stands at this address."""
    root = request.scope.get("root_path", "").rstrip("/")
    return _built(services).html(request.url.path.removeprefix(root), start=services.start)


for _place in PLACES:
    router.add_api_route(_place, html, methods=_METHODS)


@router.api_route("/assets/{name}", methods=_METHODS)
async def asset(name: str, request: Request, services: GivenServices) -> Response:
    """Return a file of the page."""
    accepted = request.headers.get("accept-encoding", "")
    return _built(services).file(f"assets/{name}", accepts_gzip="gzip" in accepted)


@router.api_route("/icon.svg", methods=_METHODS)
async def icon(services: GivenServices) -> Response:
    """Return the page's icon."""
    return _built(services).file("icon.svg", accepts_gzip=False)
