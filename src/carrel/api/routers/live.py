"""`WS /ws/repl`, `WS /ws/run` and `WS /ws/terminal`."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.websockets import WebSocket

from carrel.api.live import talk
from carrel.api.services import GivenServices, check_runner

router = APIRouter(dependencies=[Depends(check_runner)])
"""For everybody who is signed in; for anyone where the server is a playground."""


@router.websocket("/ws/repl")
async def repl(websocket: WebSocket, services: GivenServices, language: str = "python") -> None:
    """Hold a session in an interpreter that keeps its state."""
    await talk(websocket, services.worker.open_session("repl", {"language": language}))


@router.websocket("/ws/run")
async def run(websocket: WebSocket, services: GivenServices) -> None:
    """Run a program that the client types for while it runs."""
    await talk(websocket, services.worker.open_session("run", {}))


@router.websocket("/ws/terminal")
async def terminal(
    websocket: WebSocket,
    services: GivenServices,
    language: str = "python",
    columns: str = "80",
    rows: str = "24",
) -> None:
    """Hold a shell on a terminal, where a language's compilers and files are."""
    options = {"language": language, "columns": columns, "rows": rows}
    await talk(websocket, services.worker.open_session("terminal", options))
