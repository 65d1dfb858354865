"""`GET /`: what there is, for whoever looks with a browser or curl."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from carrel.api.rules import make_router

router = make_router()

_WELCOME = """\
carrel playground

POST /api/run   {"code": "print(6 * 7)", "language": "python", "stdin": ""}
GET  /health
GET  /openapi.json
"""


@router.get("/", include_in_schema=False)
async def welcome() -> Response:
    """Name the routes that people try first."""
    return PlainTextResponse(_WELCOME)
