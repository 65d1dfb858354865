"""`WS /ws/repl`, `WS /ws/run` and `WS /ws/terminal`."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Depends
from starlette.websockets import WebSocket

from carrel.api.live import talk
from carrel.api.services import GivenServices, Runner, check_runner

router = APIRouter(dependencies=[Depends(check_runner)])
"""For everybody who is signed in; for anyone where the server is a playground."""


@router.websocket("/ws/repl")
async def repl(
    websocket: WebSocket, services: GivenServices, runner: Runner, language: str = "python"
) -> None:
    """Hold a session in an interpreter that keeps its state."""
    opening = partial(services.worker.open_session, "repl", {"language": language})
    await talk(websocket, opening, services.seats.taken(runner))


@router.websocket("/ws/run")
async def run(websocket: WebSocket, services: GivenServices, runner: Runner) -> None:
    """Run a program that the client types for while it runs."""
    opening = partial(services.worker.open_session, "run", {})
    await talk(websocket, opening, services.seats.taken(runner))


@router.websocket("/ws/terminal")
async def terminal(
    websocket: WebSocket,
    services: GivenServices,
    runner: Runner,
    *,
    language: str = "python",
    columns: str = "80",
    rows: str = "24",
) -> None:
    """Hold a shell on a terminal, where a language's compilers and files are."""
    options = {"language": language, "columns": columns, "rows": rows}
    opening = partial(services.worker.open_session, "terminal", options)
    await talk(websocket, opening, services.seats.taken(runner))
