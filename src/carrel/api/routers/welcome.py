"""`GET /`: what there is, for whoever looks with a browser or curl."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from carrel.api.rules import make_router
from carrel.api.services import GivenServices

router = make_router()

_WELCOME = """\
carrel playground

GET  /play      the page, in a browser
POST /api/run   {"code": "print(6 * 7)", "language": "python", "stdin": ""}
WS   /ws/repl   {"type": "execute", "code": "6 * 7"}
WS   /ws/run    {"type": "start", "code": "print(6 * 7)", "language": "python"}
WS   /ws/terminal
GET  /health
GET  /openapi.json
"""


@router.get("/", include_in_schema=False)
async def welcome(request: Request, services: GivenServices) -> Response:
    """Return the page to a browser, and to a program the routes that people try first."""
    if services.page is not None and "text/html" in request.headers.get("accept", ""):
        return services.page.html("/", start=services.start)
    return PlainTextResponse(_WELCOME, headers={"Vary": "Accept"})
