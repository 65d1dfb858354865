"""A pool of pretended sandboxes: programs are answered by a Python function.

For tests of what stands above the sandbox (the judge, the graders) without
starting one. Nothing is isolated here and nothing is run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, cast

from carrel.core.errors import PlatformFaultError
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Execution, Program
from carrel.sandbox.run import Run

Behaviour = Callable[[Program], Execution]
"""Answers a program with the end of its run; may raise what a sandbox raises."""


def ended(
    *,
    stdout: bytes = b"",
    stderr: bytes = b"",
    how: Ended = Ended.EXITED,
    exit_code: int | None = 0,
    signal: int | None = None,
    cpu_ms: int = 5,
    wall_ms: int = 7,
    sandbox_lost: bool = False,
    stdout_truncated: bool = False,
    start_error: str | None = None,
) -> Execution:
    """Return the end of a run; by default that of a program that did well."""
    return Execution(
        ended=how,
        exit_code=exit_code if how is Ended.EXITED else None,
        signal=signal,
        stdout=stdout,
        stderr=stderr,
        stdout_truncated=stdout_truncated,
        stderr_truncated=False,
        cpu_ms=cpu_ms,
        wall_ms=wall_ms,
        memory_bytes=1024,
        sandbox_lost=sandbox_lost,
        start_error=start_error,
    )


@dataclass
class FakeSandbox:
    """One pretended sandbox; remembers what was written, executed and destroyed."""

    template: str
    limits: SandboxLimits
    behaviour: Behaviour
    id: str = "sbx_fake"
    isolation: str = "none"
    files: dict[str, bytes] = field(default_factory=dict)
    executed: list[Program] = field(default_factory=list)
    destroyed: bool = False
    lost: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether it was not destroyed and no program took it along."""
        return not self.destroyed and not self.lost

    async def write_file(
        self, path: str, data: bytes, *, readonly: bool = False, executable: bool = False
    ) -> None:
        """Keep the file; the flags are not looked at."""
        del readonly, executable
        self.files[path] = data

    async def read_file(self, path: str, *, max_bytes: int = 16 * 1024 * 1024) -> bytes:
        """Return what was written."""
        return self.files[path][:max_bytes]

    async def execute(
        self,
        program: Program,
        *,
        on_stdout: Callable[[bytes], None] | None = None,
        on_stderr: Callable[[bytes], None] | None = None,
        on_start: Callable[[Run], None] | None = None,
    ) -> Execution:
        """Answer with the behaviour; its output is handed to the callbacks at once."""
        if on_start is not None:
            raise NotImplementedError("a fake sandbox has no run that one could write to")
        if self.destroyed:
            raise PlatformFaultError("a destroyed sandbox was used")
        self.executed.append(program)
        execution = self.behaviour(program)
        self.lost = self.lost or execution.sandbox_lost
        if on_stdout and execution.stdout:
            on_stdout(execution.stdout)
        if on_stderr and execution.stderr:
            on_stderr(execution.stderr)
        return execution

    def usage(self) -> NoReturn:
        """Raise what a sandbox raises that cannot be measured: it counts as busy."""
        raise PlatformFaultError("a pretended sandbox uses nothing")

    async def destroy(self) -> None:
        """Remember that the sandbox is gone."""
        self.destroyed = True


@dataclass
class FakePool:
    """A pool that makes pretended sandboxes; `boxes` are all it has handed out."""

    behaviour: Behaviour
    isolation: str = "none"
    boxes: list[FakeSandbox] = field(default_factory=list)

    async def acquire(self, template: str, limits: SandboxLimits) -> FakeSandbox:
        """Return a new pretended sandbox."""
        box = FakeSandbox(template, limits, self.behaviour)
        self.boxes.append(box)
        return box

    def as_pool(self) -> SandboxPool:
        """Return this pool under the real one's type."""
        return cast("SandboxPool", self)
