"""The parent: binds, starts, keeps the two processes running, and ends them in order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import carrel
from carrel.core.callers import CallerGoneError, unless_gone
from carrel.core.errors import PlatformFaultError
from carrel.ops.settings import Settings
from carrel.processes.config import (
    SOCKET_NAME,
    Started,
    WebConfig,
    WorkerConfig,
    check_started,
)
from carrel.processes.privileges import web_user
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.owner import Owner

DRAIN_S = 10
_MORE_S = 5.0
_WORKER_END_S = 40.0
_EARLY_S = 30.0
_MOST_EARLY_ENDS = 3
_FIRST_PAUSE_S = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """What is to be served: on which socket, under which names, to whom."""

    listener: socket.socket
    hosts: list[str]
    version: str
    is_playground: bool


async def supervise(
    serving: Serving, settings: Settings, *, on_ready: Callable[[str], None]
) -> None:
    """Run the web process and the worker until SIGINT or SIGTERM.

    `on_ready` is called when both are, with the secret of a link by which the administrator
    can sign in once. Raises what a process could not start for, and
    PlatformFaultError when one of them ends again and again.
    """
    user, group = web_user()
    owner = Owner(settings.run_dir, CgroupTree.detect())
    try:
        with _listen_for_worker(owner.directory / "link", group) as (line, directory):
            worker = _Child(
                "worker",
                lambda: WorkerConfig(
                    parent=os.getpid(),
                    settings=settings.model_dump(mode="json"),
                    link=line.fileno(),
                    user=user,
                    group=group,
                ),
                (line.fileno(),),
            )
            web = _Child(
                "web",
                lambda: WebConfig(
                    parent=os.getpid(),
                    listener=serving.listener.fileno(),
                    directory=directory,
                    user=user,
                    group=group,
                    readable=own_paths(),
                    writable=[str(settings.data)],
                    hosts=serving.hosts,
                    version=serving.version,
                    drain_s=DRAIN_S,
                    settings=settings.model_dump(mode="json"),
                    is_playground=serving.is_playground,
                ),
                (serving.listener.fileno(), directory),
                # Its parser of strangers' bytes needs none of the operator's secrets.
                environment={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
            await _Supervisor(worker, web).run(on_ready)
    finally:
        await owner.close()


@contextmanager
def _listen_for_worker(place: Path, group: int) -> Iterator[tuple[socket.socket, int]]:
    """Give the line's socket, bound and listening, and a descriptor of its directory.

    Only root and `group` may enter the directory. It is the parent's guard process that
    removes it.
    """
    place.mkdir(mode=0o700)
    directory = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fchown(directory, 0, group)
        os.fchmod(directory, 0o710)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            # Through the descriptor: the path itself may be longer than a socket's may be.
            path = f"/proc/self/fd/{directory}/{SOCKET_NAME}"
            line.bind(path)
            os.chown(path, 0, group)
            os.chmod(path, 0o660)  # noqa: PTH101 - as it was bound
            line.listen(1024)
            yield line, directory
    finally:
        os.close(directory)


def own_paths() -> list[str]:
    """Return the directories that Python needs to run carrel's code."""
    package = Path(carrel.__file__).resolve().parent
    checkout = package.parents[1]
    code = checkout if (checkout / "pyproject.toml").exists() else package
    found = {str(code), sys.prefix, sys.base_prefix}
    found.update(path for path in sys.path if os.path.isdir(path))  # noqa: PTH112
    return sorted(found)


class _Child:
    """One of the two processes: started, and started again after it has died."""

    def __init__(
        self,
        name: str,
        config: Callable[[], BaseModel],
        descriptors: tuple[int, ...],
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self._config = config
        self._descriptors = descriptors
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._early_ends = 0
        self.started = Started()

    async def start(self) -> None:
        """Start it and wait until it is ready; raises the error that it tells instead."""
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", f"carrel.processes.{self.name}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=self._descriptors,
            env=self._environment,
            start_new_session=True,  # Ctrl-C is for the parent
        )
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        with suppress(ConnectionError):  # it has died: it said why, or `check_started` does
            process.stdin.write(self._config().model_dump_json().encode())
            await process.stdin.drain()
        process.stdin.close()
        self.started = check_started(await process.stdout.readline(), f"{self.name} process")

    async def keep_running(self) -> None:
        """Start it again whenever it ends; PlatformFaultError when that is in vain."""
        loop = asyncio.get_running_loop()
        while True:
            assert self._process is not None  # noqa: S101 - it was started
            started = loop.time()
            code = await self._process.wait()
            early = loop.time() - started < _EARLY_S
            self._early_ends = self._early_ends + 1 if early else 1
            await self._start_again(code)

    async def _start_again(self, code: int) -> None:
        while True:
            if self._early_ends > _MOST_EARLY_ENDS:
                raise PlatformFaultError(
                    f"the {self.name} process ended {self._early_ends} times in a row, "
                    f"the last time with {code}; its messages say why"
                )
            _log.error("the %s process ended with %d; starting another", self.name, code)
            await asyncio.sleep(_FIRST_PAUSE_S * 2 ** (self._early_ends - 1))
            try:
                await self.start()
            except PlatformFaultError as error:
                _log.error("the %s process did not start: %s", self.name, error)
                self._early_ends += 1
            else:
                return

    def tell(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def end(self, within_s: float) -> None:
        """Have it end in order, and kill it when that takes longer."""
        if self._process is None:
            return
        self.tell(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                await self._process.wait()
        except TimeoutError:
            _log.error("the %s process does not end; it is killed", self.name)
            self.tell(signal.SIGKILL)
            await self._process.wait()


class _Supervisor:
    def __init__(self, worker: _Child, web: _Child) -> None:
        self._worker = worker
        self._web = web
        self._stop = asyncio.Event()

    async def run(self, on_ready: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told, number)
        try:
            if await self._unless_stopped(self._start()):
                on_ready(self._worker.started.sign_in)
                await self._unless_stopped(self._keep_running())
        finally:
            # First who asks, then who answers: what runs is still wanted.
            await self._web.end(DRAIN_S + _MORE_S)
            await self._worker.end(_WORKER_END_S)
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _told(self, number: int) -> None:
        if self._stop.is_set() and number == signal.SIGINT:
            self._web.tell(number)  # a second Ctrl-C waits for no request
        self._stop.set()

    async def _start(self) -> None:
        await self._worker.start()
        await self._web.start()

    async def _keep_running(self) -> None:
        async with asyncio.TaskGroup() as group:
            for child in (self._worker, self._web):
                group.create_task(child.keep_running())

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work, or give it up when this process is told to end; False then."""
        try:
            await unless_gone(self._stop.wait(), work)
        except CallerGoneError:
            return False
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        return True
