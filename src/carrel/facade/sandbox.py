"""`Sandbox` and `AsyncSandbox`: a sealed machine for a program, from Python.

Both are the same `LiveSandbox` seen through the portal: `AsyncSandbox` holds the
logic of arguments and results, `Sandbox` waits for it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from carrel.core.errors import CarrelError, InvalidValueError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.sandbox.limits import RunLimits, SandboxLimits, parse_timeout
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Execution, Program

T = TypeVar("T")
_Work = Callable[[], Awaitable[T]]

DEFAULT_TEMPLATE = "code-interpreter"
_READ_MAX = 256 * MIB


@dataclass(frozen=True)
class CommandResult:
    """How a command ended.

    `exit_code` is 128 + the signal's number when a signal ended it, as in a shell.
    `execution_time` is in seconds of wall clock, `cpu_time` in seconds of CPU,
    `memory_used` in bytes. A truncated stream was cut at the output limit.
    """

    exit_code: int
    stdout: str
    stderr: str
    execution_time: float
    cpu_time: float
    memory_used: int
    stdout_truncated: bool = False
    stderr_truncated: bool = False


class CommandTimeoutError(CarrelError, TimeoutError):
    """A command reached its timeout; `result` holds what it had printed by then."""

    def __init__(self, command: str, timeout: float, result: CommandResult) -> None:
        """Name the command and the limit."""
        super().__init__(f"the command {command!r} did not end within {timeout:g} s")
        self.result = result
        self.stdout = result.stdout
        self.stderr = result.stderr


class CommandMemoryError(CarrelError, MemoryError):
    """A command reached the sandbox's memory limit, which ended the sandbox."""

    def __init__(self, command: str, result: CommandResult) -> None:
        """Name the command."""
        super().__init__(f"the command {command!r} exceeded the memory limit of its sandbox")
        self.result = result
        self.stdout = result.stdout
        self.stderr = result.stderr


@dataclass(frozen=True)
class FileInfo:
    """One entry of a directory; `size` in bytes, `modified` in Unix seconds."""

    name: str
    path: str
    is_dir: bool
    size: int
    modified: int


def _limits(
    memory_limit: int | str,
    cpu_limit: float,
    disk_limit: int | str,
    *,
    network: bool,
    lifetime: float,
) -> SandboxLimits:
    if network is not False:
        raise InvalidValueError("network", network, "sandboxes have no network; leave it False")
    return SandboxLimits.parse(
        memory_limit=memory_limit, cpu_limit=cpu_limit, disk_limit=disk_limit, lifetime=lifetime
    )


async def _acquire(pool: SandboxPool, template: str, limits: SandboxLimits) -> LiveSandbox:
    return await pool.acquire(template, limits)


def _to_bytes(data: str | bytes | bytearray | memoryview) -> bytes:
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise InvalidValueError("data", type(data).__name__, "give text or bytes")


class _Files:
    """File operations on a live sandbox."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box

    async def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        await self._box.write_file(path, _to_bytes(data), readonly=readonly)

    async def read_bytes(self, path: str) -> bytes:
        return await self._box.read_file(path, max_bytes=_READ_MAX)

    async def list(self, path: str) -> list[FileInfo]:
        entries = await self._box.list_directory(path)
        base = path.rstrip("/")
        return [
            FileInfo(
                name=entry.name,
                path=f"{base}/{entry.name}",
                is_dir=stat.S_ISDIR(entry.mode),
                size=entry.size,
                modified=entry.modified,
            )
            for entry in entries
        ]

    async def exists(self, path: str) -> bool:
        try:
            await self._box.stat(path)
        except SandboxFileError as error:
            if error.errno in (2, 20):  # ENOENT, ENOTDIR
                return False
            raise
        return True


async def _run_command(
    box: LiveSandbox,
    command: str,
    *,
    timeout: float,  # noqa: ASYNC109  # a limit of the command, as SDKs call it
    stdin: str | bytes,
    env: Mapping[str, str] | None,
    cwd: str | None,
) -> CommandResult:
    if not isinstance(command, str) or not command.strip():
        raise InvalidValueError("command", command, "give a shell command")
    wall_ms = parse_timeout(timeout)
    program = Program(
        argv=("/bin/sh", "-c", command),
        limits=RunLimits(
            wall_ms=wall_ms,
            strict_wall=True,
            file_bytes=box.limits.disk_bytes,
            processes=box.limits.processes,
            open_files=1024,
        ),
        stdin=_to_bytes(stdin),
        env=env or {},
        cwd=cwd,
    )
    execution = await box.execute(program)
    result = _command_result(execution)
    if execution.ended is Ended.WALL_LIMIT:
        raise CommandTimeoutError(command, timeout, result)
    if execution.ended is Ended.MEMORY_LIMIT:
        raise CommandMemoryError(command, result)
    return result


def _command_result(execution: Execution) -> CommandResult:
    code = execution.exit_code
    if code is None:
        code = 128 + (execution.signal or 0)
    return CommandResult(
        exit_code=code,
        stdout=execution.stdout.decode("utf-8", "replace"),
        stderr=execution.stderr.decode("utf-8", "replace"),
        execution_time=execution.wall_ms / 1000,
        cpu_time=execution.cpu_ms / 1000,
        memory_used=execution.memory_bytes,
        stdout_truncated=execution.stdout_truncated,
        stderr_truncated=execution.stderr_truncated,
    )


async def _do(_: SandboxPool, work: _Work[T]) -> T:
    return await work()


class AsyncFiles:
    """Files of an `AsyncSandbox`; relative paths start at `/app`."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box
        self._files = _Files(box)

    async def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file and its missing parents. Programs can only read a `readonly` one."""
        await portal.run_async(_do, lambda: self._files.write(path, data, readonly=readonly))

    async def read(self, path: str) -> str:
        """Return a file's text (UTF-8; other bytes are shown as the replacement character)."""
        return (await self.read_bytes(path)).decode("utf-8", "replace")

    async def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return await portal.run_async(_do, lambda: self._files.read_bytes(path))

    async def list(self, path: str = "/app") -> list[FileInfo]:
        """Return the entries of a directory, sorted by name."""
        return await portal.run_async(_do, lambda: self._files.list(path))

    async def exists(self, path: str) -> bool:
        """Whether there is a file or directory (a symbolic link counts as itself)."""
        return await portal.run_async(_do, lambda: self._files.exists(path))

    async def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        await portal.run_async(_do, lambda: self._box.remove(path))

    async def mkdir(self, path: str) -> None:
        """Make a directory and its missing parents."""
        await portal.run_async(_do, lambda: self._box.make_directory(path))

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
        return await portal.run_async(
            _do,
            lambda: _run_command(
                self._box, command, timeout=timeout, stdin=stdin, env=env, cwd=cwd
            ),
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
        limits = _limits(memory_limit, cpu_limit, disk_limit, network=network, lifetime=lifetime)
        return cls(await portal.run_async(_acquire, template, limits))

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
        await portal.run_async(_do, self._box.destroy)

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
        self._files = _Files(box)

    def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file and its missing parents. Programs can only read a `readonly` one."""
        portal.run(_do, lambda: self._files.write(path, data, readonly=readonly))

    def read(self, path: str) -> str:
        """Return a file's text (UTF-8; other bytes are shown as the replacement character)."""
        return self.read_bytes(path).decode("utf-8", "replace")

    def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return portal.run(_do, lambda: self._files.read_bytes(path))

    def list(self, path: str = "/app") -> list[FileInfo]:
        """Return the entries of a directory, sorted by name."""
        return portal.run(_do, lambda: self._files.list(path))

    def exists(self, path: str) -> bool:
        """Whether there is a file or directory (a symbolic link counts as itself)."""
        return portal.run(_do, lambda: self._files.exists(path))

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        portal.run(_do, lambda: self._box.remove(path))

    def mkdir(self, path: str) -> None:
        """Make a directory and its missing parents."""
        portal.run(_do, lambda: self._box.make_directory(path))

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
        return portal.run(
            _do,
            lambda: _run_command(
                self._box, command, timeout=timeout, stdin=stdin, env=env, cwd=cwd
            ),
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
        limits = _limits(memory_limit, cpu_limit, disk_limit, network=network, lifetime=lifetime)
        return cls(portal.run(_acquire, template, limits))

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
        portal.run(_do, self._box.destroy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
