"""The worker process: root, with the sandboxes; asked over the line, and by the database."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

from carrel.bootstrap import max_live, open_pool, open_templates
from carrel.bootstrap.platform import (
    administrator_link,
    grading,
    open_database,
    prepared_platform,
)
from carrel.bootstrap.worker import open_worker
from carrel.link.server import serve_link
from carrel.ops.settings import Settings
from carrel.processes.config import WorkerConfig, read_config, run_child, say_started
from carrel.processes.privileges import end_with_parent


def main() -> None:
    """Serve the line and the queue until the parent says SIGTERM."""
    config = read_config(WorkerConfig)
    end_with_parent(config.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    settings = Settings(**config.settings)
    logging.basicConfig(level=settings.log_level.upper())
    asyncio.run(_serve(config, settings))


async def _serve(config: WorkerConfig, settings: Settings) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_templates(settings)
    with socket.socket(fileno=config.link) as listener:
        async with (
            # Kept open: the web process then finds the files that only root may make.
            prepared_platform(settings, uid=config.user, gid=config.group) as platform,
            open_database(settings) as database,
            open_worker(
                lambda: open_pool(settings),
                is_built=store.is_built,
                places=max_live(settings),
                grade=lambda admission: grading(settings, database, admission),
            ) as worker,
            serve_link(listener, worker, users={config.user}),
        ):
            say_started(await administrator_link(platform))
            await stop.wait()


if __name__ == "__main__":
    run_child(main)
