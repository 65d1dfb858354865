"""The web process: it reads what strangers send, and has no rights that they could get.

It starts as root and becomes `carrel-web` before it imports what parses HTTP. What it
needs of root it opens before: its sockets, and the directory of the line as its working
directory, which lies where only root may enter.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path

from carrel.core.errors import PlatformFaultError
from carrel.link.client import RemoteWorker
from carrel.ops.settings import Settings
from carrel.processes.config import (
    SOCKET_NAME,
    WebConfig,
    read_config,
    run_child,
    say_started,
)
from carrel.processes.privileges import become, end_with_parent
from carrel.processes.view import show_only


def main() -> None:
    """Serve HTTP until the parent says SIGTERM; running requests get their time."""
    config = read_config(WebConfig)
    settings = Settings(**config.settings)
    logging.basicConfig(level=settings.log_level.upper())
    show_only(
        [Path(path) for path in config.readable],
        [Path(path) for path in config.writable],
        config.group,
    )
    os.fchdir(config.directory)
    os.close(config.directory)
    become(config.user, config.group)
    end_with_parent(config.parent)
    _check_readable(config)
    asyncio.run(_serve(config, settings))


def _check_readable(config: WebConfig) -> None:
    for path in (*config.readable, *config.writable):
        if not os.access(path, os.R_OK | os.X_OK):
            raise PlatformFaultError(
                f"the web process (user {config.user}) may not read {path}: "
                f"run `chmod -R go+rX {path}`"
            )


async def _serve(config: WebConfig, settings: Settings) -> None:
    # Only now: what parses strangers' bytes is never imported, let alone run, as root.
    from carrel.api.http_server import HttpServer  # noqa: PLC0415
    from carrel.api.page import Page, page_directory  # noqa: PLC0415
    from carrel.bootstrap.web import create_server  # noqa: PLC0415

    app = create_server(
        RemoteWorker(SOCKET_NAME),
        settings,
        is_playground=config.is_playground,
        version=config.version,
        hosts=config.hosts,
        page=Page.load(page_directory()),
    )
    server = HttpServer(app, log_level=settings.log_level, drain_s=config.drain_s)
    with server.stopped_by_signals(), socket.socket(fileno=config.listener) as listener:
        async with app.router.lifespan_context(app):
            await server.serve_on(listener, on_ready=say_started)


if __name__ == "__main__":
    run_child(main)
