"""What users of `Sandbox` and `AsyncSandbox` give and get: files, commands, results.

Asynchronous, on the loop of the portal; the two classes only differ in how they wait.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass

from carrel.core.errors import CarrelError, InvalidValueError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.sandbox.limits import RunLimits, SandboxLimits, parse_timeout
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Execution, Program

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


def limits_of(
    memory_limit: int | str,
    cpu_limit: float,
    disk_limit: int | str,
    *,
    network: bool,
    lifetime: float,
) -> SandboxLimits:
    """Return the limits a caller wrote; InvalidValueError names what is impossible."""
    if network is not False:
        raise InvalidValueError("network", network, "sandboxes have no network; leave it False")
    return SandboxLimits.parse(
        memory_limit=memory_limit, cpu_limit=cpu_limit, disk_limit=disk_limit, lifetime=lifetime
    )


async def acquire(pool: SandboxPool, template: str, limits: SandboxLimits) -> LiveSandbox:
    """Take a sandbox from the pool."""
    return await pool.acquire(template, limits)


def _to_bytes(data: str | bytes | bytearray | memoryview) -> bytes:
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise InvalidValueError("data", type(data).__name__, "give text or bytes")


class BoxFiles:
    """Files of a live sandbox, with the arguments and results of SDKs."""

    def __init__(self, box: LiveSandbox) -> None:
        self._box = box

    async def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file and its missing parents."""
        await self._box.write_file(path, _to_bytes(data), readonly=readonly)

    async def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return await self._box.read_file(path, max_bytes=_READ_MAX)

    async def list(self, path: str) -> list[FileInfo]:
        """Return the entries of a directory, sorted by name."""
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
        """Whether there is a file or directory (a symbolic link counts as itself)."""
        try:
            await self._box.stat(path)
        except SandboxFileError as error:
            if error.errno in (2, 20):  # ENOENT, ENOTDIR
                return False
            raise
        return True


async def run_command(
    box: LiveSandbox,
    command: str,
    *,
    timeout: float,  # noqa: ASYNC109  # a limit of the command, as SDKs call it
    stdin: str | bytes,
    env: Mapping[str, str] | None,
    cwd: str | None,
) -> CommandResult:
    """Run a shell command; CommandTimeoutError and CommandMemoryError carry its output."""
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
