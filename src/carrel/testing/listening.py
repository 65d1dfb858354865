"""An application behind the real HTTP server, on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from carrel.api.http_server import HttpServer


@asynccontextmanager
async def listening(app: FastAPI, **options: Any) -> AsyncIterator[int]:
    """Serve an application, its lifespan included, during a block; yields the port.

    `options` are further ones of `HttpServer`.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready = asyncio.Event()
        server = HttpServer(app, log_level="critical", drain_s=1, **options)
        async with app.router.lifespan_context(app):
            serve = asyncio.create_task(server.serve_on(listener, on_ready=ready.set))
            await ready.wait()
            try:
                yield int(listener.getsockname()[1])
            finally:
                server.should_exit = True
                await serve
