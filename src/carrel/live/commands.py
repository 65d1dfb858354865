"""Shell commands in a live sandbox: how they are asked for, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carrel.core.errors import CarrelError, InvalidValueError
from carrel.live.files import to_bytes
from carrel.sandbox.limits import RunLimits, parse_timeout
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Program


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
        stdin=to_bytes(stdin),
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
        exit_code=execution.shell_exit_code,
        stdout=execution.stdout.decode("utf-8", "replace"),
        stderr=execution.stderr.decode("utf-8", "replace"),
        execution_time=execution.wall_ms / 1000,
        cpu_time=execution.cpu_ms / 1000,
        memory_used=execution.memory_bytes,
        stdout_truncated=execution.stdout_truncated,
        stderr_truncated=execution.stderr_truncated,
    )
