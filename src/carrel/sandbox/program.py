"""A program to run in a sandbox, and how its run ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from carrel.sandbox.limits import RunLimits

_SHELL_SIGNAL_BASE = 128


class Identity(StrEnum):
    """Under which user a program runs inside the sandbox; never root."""

    STUDENT = "student"
    """uid 1000 in the directory it asks for; what it leaves behind stays."""

    FRESH = "fresh"
    """A uid never used before, in an empty directory of its own; afterwards all its
    processes are killed and all its files removed. One test of a submission."""

    BUILDER = "builder"
    """A uid never used before that owns the directory it asks for while it runs;
    afterwards the directory belongs to root and cannot be written. One compilation."""


class Ended(StrEnum):
    """How a program's run ended, as the host decided it."""

    EXITED = "exited"
    SIGNALED = "signaled"
    CPU_LIMIT = "cpu-limit"
    WALL_LIMIT = "wall-limit"
    MEMORY_LIMIT = "memory-limit"
    OUTPUT_LIMIT = "output-limit"
    KILLED = "killed"


@dataclass(frozen=True)
class Program:
    """A program to run: `argv[0]` is looked up on the sandbox's PATH.

    `cwd` None means the fresh directory (FRESH) or the student's home. `stdin`
    is all the input there will be; None keeps stdin open for `Run.write`. `anew`:
    no runtime that waits may become it.
    """

    argv: Sequence[str]
    limits: RunLimits
    identity: Identity = Identity.STUDENT
    stdin: bytes | None = b""
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    anew: bool = False


@dataclass(frozen=True)
class Waiter:
    """A runtime that is started before it is known what it will run; see ADR 9.

    `argv` starts it, with `env` on top of that of `becomes`; it reads one message on
    descriptor 3 and then is `becomes`, whose argv is followed by the words of the message.
    `name` is its name towards the agent, at most 31 bytes.
    """

    name: str
    argv: Sequence[str]
    becomes: Program
    env: Mapping[str, str] = field(default_factory=dict)

    def takes(self, program: Program) -> bool:
        """Return whether it can become this program, so that nobody sees a difference."""
        own = self.becomes
        words, more = program.argv[: len(own.argv)], program.argv[len(own.argv) :]
        return (
            tuple(words) == tuple(own.argv)
            and "".join(more).isascii()  # which means the same in every runtime
            and program.identity is own.identity
            and program.cwd == own.cwd
            and dict(program.env) == dict(own.env)
            and program.limits.stack_bytes == own.limits.stack_bytes
            # Streamed input is a pipe from the start, and a waiting program has a file.
            and program.stdin is not None
            and not program.anew
        )


@dataclass(frozen=True)
class Execution:
    """The end of a program's run.

    `exit_code` is set when it exited by itself, `signal` when a signal ended it.
    `cpu_ms` is the CPU time the host saw the sandbox use meanwhile, `memory_bytes`
    the peak attributed to the program. When `sandbox_lost` is true the limit took
    the whole sandbox with it, and the next program needs another one.
    """

    ended: Ended
    exit_code: int | None
    signal: int | None
    stdout: bytes
    stderr: bytes
    stdout_truncated: bool
    stderr_truncated: bool
    cpu_ms: int
    wall_ms: int
    memory_bytes: int
    sandbox_lost: bool = False
    start_error: str | None = None
    """Why the program could not be started at all, e.g. `No such file or directory`."""

    @property
    def shell_exit_code(self) -> int:
        """The exit code as a shell reports it: 128 + number after a signal."""
        if self.signal is not None:
            return _SHELL_SIGNAL_BASE + self.signal
        return self.exit_code if self.exit_code is not None else _SHELL_SIGNAL_BASE + 9
