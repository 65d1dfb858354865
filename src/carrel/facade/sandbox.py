"""`Sandbox` and `AsyncSandbox`: a sealed machine for a program, from Python.

Both are the same `LiveSandbox` seen through the portal; what is done stands once, in
`carrel.live`, and here only how a caller waits for it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from carrel.facade import portal
from carrel.facade.handover import HandOver, check_ours, is_ours
from carrel.live.commands import CommandResult, run_command
from carrel.live.files import FileInfo, SandboxFiles
from carrel.live.limits import limits_of
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool

T = TypeVar("T")
_Work = Callable[[], Awaitable[T]]

DEFAULT_TEMPLATE = "code-interpreter"


async def _do(_: SandboxPool, work: _Work[T]) -> T:
    return await work()


def _run(box: LiveSandbox, work: _Work[T]) -> T:
    check_ours(box)
    return portal.run(_do, work)


async def _run_async(box: LiveSandbox, work: _Work[T]) -> T:
    check_ours(box)
    return await portal.run_async(_do, work)


class AsyncFiles:
    """Files of an `AsyncSandbox`; relative paths start at `/app`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box
        self._files = SandboxFiles(box)

    async def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file and its missing parents. Programs can only read a `readonly` one."""
        await _run_async(self._box, lambda: self._files.write(path, data, readonly=readonly))

    async def read(self, path: str) -> str:
        """Return a file's text (UTF-8; other bytes are shown as the replacement character)."""
        return (await self.read_bytes(path)).decode("utf-8", "replace")

    async def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return await _run_async(self._box, lambda: self._files.read_bytes(path))

    async def list(self, path: str = "/app") -> list[FileInfo]:
        """Return the entries of a directory, sorted by name."""
        return await _run_async(self._box, lambda: self._files.list(path))

    async def exists(self, path: str) -> bool:
        """Whether there is a file or directory (a symbolic link counts as itself)."""
        return await _run_async(self._box, lambda: self._files.exists(path))

    async def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        await _run_async(self._box, lambda: self._files.remove(path))

    async def mkdir(self, path: str) -> None:
        """Make a directory and its missing parents."""
        await _run_async(self._box, lambda: self._files.mkdir(path))

    async def upload(self, local: str | os.PathLike[str], path: str) -> None:
        """Copy a file of this machine into the sandbox."""
        await self.write(path, Path(local).read_bytes())  # noqa: ASYNC240

    async def download(self, path: str, local: str | os.PathLike[str]) -> None:
        """Copy a file of the sandbox to this machine."""
        Path(local).write_bytes(await self.read_bytes(path))  # noqa: ASYNC240


class AsyncCommands:
    """Commands of an `AsyncSandbox`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box

    async def run(
        self,
        command: str,
        *,
        timeout: float = 60.0,  # noqa: ASYNC109
        stdin: str | bytes = "",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> CommandResult:
        """Run a shell command in `/app` (or `cwd`) and return how it ended.

        Raises CommandTimeoutError (a TimeoutError) after `timeout` seconds of wall
        clock and CommandMemoryError at the memory limit, both with the partial output.
        """
        return await _run_async(
            self._box,
            lambda: run_command(self._box, command, timeout=timeout, stdin=stdin, env=env, cwd=cwd),
        )


class AsyncSandbox:
    """A sealed machine for programs that are not trusted; see `Sandbox`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box
        self.files = AsyncFiles(box)
        self.commands = AsyncCommands(box)

    @classmethod
    async def create(
        cls,
        template: str = DEFAULT_TEMPLATE,
        *,
        memory_limit: int | str = "256M",
        cpu_limit: float = 1.0,
        disk_limit: int | str = "256M",
        network: bool = False,
        lifetime: float = 3600.0,
    ) -> Self:
        """Make a sandbox; see `Sandbox.create`."""
        limits = limits_of(memory_limit, cpu_limit, disk_limit, network=network, lifetime=lifetime)
        wanted = HandOver(template, limits)
        try:
            return cls(await portal.run_async(wanted.take))
        except asyncio.CancelledError:
            portal.later(wanted.give_up)
            raise

    @property
    def id(self) -> str:
        """The sandbox's id."""
        return self._box.id

    @property
    def isolation(self) -> str:
        """What isolates the sandbox, e.g. `gvisor`."""
        return self._box.isolation

    @property
    def is_alive(self) -> bool:
        """Whether it can still be used."""
        return self._box.is_alive

    async def kill(self) -> None:
        """End the sandbox and remove every trace of it; may be called again."""
        if is_ours(self._box):
            await _run_async(self._box, self._box.destroy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.kill()


class Files:
    """Files of a `Sandbox`; relative paths start at `/app`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box
        self._files = SandboxFiles(box)

    def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file and its missing parents. Programs can only read a `readonly` one."""
        _run(self._box, lambda: self._files.write(path, data, readonly=readonly))

    def read(self, path: str) -> str:
        """Return a file's text (UTF-8; other bytes are shown as the replacement character)."""
        return self.read_bytes(path).decode("utf-8", "replace")

    def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return _run(self._box, lambda: self._files.read_bytes(path))

    def list(self, path: str = "/app") -> list[FileInfo]:
        """Return the entries of a directory, sorted by name."""
        return _run(self._box, lambda: self._files.list(path))

    def exists(self, path: str) -> bool:
        """Whether there is a file or directory (a symbolic link counts as itself)."""
        return _run(self._box, lambda: self._files.exists(path))

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        _run(self._box, lambda: self._files.remove(path))

    def mkdir(self, path: str) -> None:
        """Make a directory and its missing parents."""
        _run(self._box, lambda: self._files.mkdir(path))

    def upload(self, local: str | os.PathLike[str], path: str) -> None:
        """Copy a file of this machine into the sandbox."""
        self.write(path, Path(local).read_bytes())

    def download(self, path: str, local: str | os.PathLike[str]) -> None:
        """Copy a file of the sandbox to this machine."""
        Path(local).write_bytes(self.read_bytes(path))


class Commands:
    """Commands of a `Sandbox`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box

    def run(
        self,
        command: str,
        *,
        timeout: float = 60.0,
        stdin: str | bytes = "",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> CommandResult:
        """Run a shell command in `/app` (or `cwd`) and return how it ended.

        Raises CommandTimeoutError (a TimeoutError) after `timeout` seconds of wall
        clock and CommandMemoryError at the memory limit, both with the partial output.
        """
        return _run(
            self._box,
            lambda: run_command(self._box, command, timeout=timeout, stdin=stdin, env=env, cwd=cwd),
        )


class Sandbox:
    """A sealed machine for programs that are not trusted; gone after `kill()`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box
        self.files = Files(box)
        self.commands = Commands(box)

    @classmethod
    def create(
        cls,
        template: str = DEFAULT_TEMPLATE,
        *,
        memory_limit: int | str = "256M",
        cpu_limit: float = 1.0,
        disk_limit: int | str = "256M",
        network: bool = False,
        lifetime: float = 3600.0,
    ) -> Self:
        """Make a sandbox of `template` ("code-interpreter", "node", "base").

        `cpu_limit` is in cores, `lifetime` in seconds: a sandbox that is forgotten is
        killed after that. InvalidValueError names an impossible value before anything
        is started; PlatformFaultError when the machine does not manage to start one.
        """
        limits = limits_of(memory_limit, cpu_limit, disk_limit, network=network, lifetime=lifetime)
        wanted = HandOver(template, limits)
        try:
            return cls(portal.run(wanted.take))
        except KeyboardInterrupt:
            portal.later(wanted.give_up)
            raise

    @property
    def id(self) -> str:
        """The sandbox's id."""
        return self._box.id

    @property
    def isolation(self) -> str:
        """What isolates the sandbox, e.g. `gvisor`."""
        return self._box.isolation

    @property
    def is_alive(self) -> bool:
        """Whether it can still be used."""
        return self._box.is_alive

    def kill(self) -> None:
        """End the sandbox and remove every trace of it; may be called again."""
        if is_ours(self._box):
            _run(self._box, self._box.destroy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
