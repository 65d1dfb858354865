"""What users of `Sandbox` and `AsyncSandbox` give and get: files, commands, results.

Asynchronous, on the loop of the portal; the two classes only differ in how they wait.
"""

from __future__ import annotations

import os
import stat
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

from carrel.core.errors import CarrelError, InvalidValueError, SandboxClosedError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.judge.classify import shell_exit_code
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


class HandOver:
    """One sandbox on its way to a caller who may give up waiting at any moment.

    The caller is in another thread, so a sandbox may be ready just when nobody takes
    it any more. Both methods run on the pool's loop: whichever comes second destroys it.
    """

    def __init__(self, template: str, limits: SandboxLimits) -> None:
        self._template = template
        self._limits = limits
        self._box: LiveSandbox | None = None
        self._given_up = False

    async def take(self, pool: SandboxPool) -> LiveSandbox:
        """Take a sandbox from the pool."""
        box = await pool.acquire(self._template, self._limits)
        _ours.add(box)
        self._box = box
        if self._given_up:
            await box.destroy()
        return box

    async def give_up(self, _: SandboxPool) -> None:
        """Destroy what nobody will use."""
        self._given_up = True
        if self._box is not None:
            await self._box.destroy()


_ours: weakref.WeakSet[LiveSandbox] = weakref.WeakSet()
# A forked child has its parent's objects. Leaving a `with` block there must not end
# the parent's sandbox.
os.register_at_fork(after_in_child=_ours.clear)


def is_ours(box: LiveSandbox) -> bool:
    """Whether this process made the sandbox, and not the one that it was forked from."""
    return box in _ours


def check_ours(box: LiveSandbox) -> None:
    """Raise SandboxClosedError in a child of the process that made the sandbox."""
    if not is_ours(box):
        raise SandboxClosedError("the sandbox belongs to the parent process; make one here")


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
    return CommandResult(
        exit_code=shell_exit_code(execution),
        stdout=execution.stdout.decode("utf-8", "replace"),
        stderr=execution.stderr.decode("utf-8", "replace"),
        execution_time=execution.wall_ms / 1000,
        cpu_time=execution.cpu_ms / 1000,
        memory_used=execution.memory_bytes,
        stdout_truncated=execution.stdout_truncated,
        stderr_truncated=execution.stderr_truncated,
    )
