"""uvicorn, ended by us: no re-raised signals, and the pool closed whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn
from fastapi import FastAPI

from carrel.api.connections import (
    MOST_CONNECTIONS,
    MOST_PER_ADDRESS,
    BoundedProtocol,
    BoundedWebSocket,
    Incomplete,
)
from carrel.api.guard import MAX_MESSAGE_BYTES


class HttpServer(uvicorn.Server):
    """Serves one application on a socket that is bound already."""

    def __init__(
        self,
        app: FastAPI,
        *,
        log_level: str,
        drain_s: int,
        incomplete: Incomplete | None = None,
        per_address: int = MOST_PER_ADDRESS,
    ) -> None:
        protocol = partial(
            BoundedProtocol, incomplete=incomplete or Incomplete(), per_address=per_address
        )
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,  # type: ignore[arg-type] # it calls what it is given
                lifespan="off",
                log_config=None,
                log_level=log_level,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws=BoundedWebSocket,
                ws_max_size=MAX_MESSAGE_BYTES,
                ws_per_message_deflate=False,  # five times the memory of a connection
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=drain_s,
            )
        )
        self._on_ready: Callable[[], None] = lambda: None

    async def serve_on(self, listener: socket.socket, *, on_ready: Callable[[], None]) -> None:
        """Serve until a signal ends it; then let running requests finish."""
        self._on_ready = on_ready
        await self.serve(sockets=[listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and say so."""
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `stopped_by_signals`.

        uvicorn raises what it caught once more when it is done, which would kill the
        process before the sandboxes are gone; it also misses what comes before it serves.
        """
        yield

    @contextlib.contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM end the block in order; a second SIGINT waits for no request."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        cancelled = False

        def stop(number: int) -> None:
            nonlocal cancelled
            if self.started:
                self.handle_exit(number, None)
            elif task is not None and not cancelled:
                cancelled = True
                task.cancel()

        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, stop, number)
        try:
            yield
        except asyncio.CancelledError:
            if not cancelled:
                raise
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
