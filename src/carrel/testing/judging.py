"""Judge a program in a real sandbox, from a plain test function.

Everything goes through the library's own background loop and pool, that is, the
way that a submission takes in production.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict, TestVerdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Execution, Identity, Program, Waiter

T = TypeVar("T")

AMPLE = RunLimits(cpu_ms=20_000, wall_ms=60_000, memory_bytes=128 * MIB)
"""For a program that must end by itself: more time than it takes on any machine, busy or not."""

QUICK = RunLimits(cpu_ms=2000, wall_ms=2000, memory_bytes=128 * MIB)
"""For a program that must be stopped, or may be: what its test waits for."""

CHEATING = replace(QUICK, wall_ms=5000, memory_bytes=256 * MIB, output_bytes=MIB)
"""For a program that cheats: it may have to be stopped, and must have had time to cheat."""


def judge_all(
    source: str | bytes,
    language: Language,
    inputs: Sequence[str],
    *,
    expected: str = "ok\n",
    limits: RunLimits = AMPLE,
) -> SubmissionVerdict:
    """Return the verdict on a program with these inputs, all of one expected output."""
    data = source.encode() if isinstance(source, str) else source
    tests = [StdioTest(text.encode(), expected.encode()) for text in inputs]
    return portal.run(_judge, Job(Submission(language, data), tests, limits))


def judge_one(
    source: str | bytes,
    language: Language = Language.PYTHON,
    *,
    stdin: str = "",
    expected: str = "ok\n",
    limits: RunLimits = AMPLE,
) -> TestVerdict:
    """Return the verdict on a program's only test."""
    return judge_all(source, language, [stdin], expected=expected, limits=limits).tests[0]


async def _judge(pool: SandboxPool, job: Job) -> SubmissionVerdict:
    return await judge(pool, job)


class Box:
    """A lent sandbox, one step below `carrel.Sandbox`: any identity, any limits."""

    def __init__(self, live: LiveSandbox) -> None:
        self.live = live

    def do(self, work: Callable[[LiveSandbox], Awaitable[T]]) -> T:
        """Run `await work(sandbox)` on the library's loop and return its result."""

        async def on_loop(_: SandboxPool) -> T:
            return await work(self.live)

        return portal.run(on_loop)

    def write(self, path: str, data: str | bytes, *, readonly: bool = False) -> None:
        """Write a file."""
        raw = data.encode() if isinstance(data, str) else data

        async def work(_: SandboxPool) -> None:
            await self.live.write_file(path, raw, readonly=readonly)

        portal.run(work)

    def read(self, path: str, *, max_bytes: int = 16 * MIB) -> bytes:
        """Return a file's content."""

        async def work(_: SandboxPool) -> bytes:
            return await self.live.read_file(path, max_bytes=max_bytes)

        return portal.run(work)

    def execute(self, program: Program) -> Execution:
        """Run a program to its end."""

        async def work(_: SandboxPool) -> Execution:
            return await self.live.execute(program)

        return portal.run(work)

    def run(
        self,
        *argv: str,
        identity: Identity = Identity.STUDENT,
        stdin: bytes = b"",
        limits: RunLimits = AMPLE,
        cwd: str | None = None,
    ) -> Execution:
        """Run a program to its end; `argv` as it is."""
        return self.execute(
            Program(argv=argv, limits=limits, identity=identity, stdin=stdin, cwd=cwd)
        )

    def compile(self, source: str, name: str = "solution", *, flags: Sequence[str] = ()) -> str:
        """Compile C with the sandbox's own compiler; returns the program's path."""
        self.write(f"/app/{name}.c", source)
        done = self.run(
            *("gcc", "-O1", "-D_GNU_SOURCE", "-o", f"/app/{name}", *flags, f"/app/{name}.c"),
            limits=replace(AMPLE, cpu_ms=60_000, memory_bytes=None),
        )
        if done.exit_code != 0:
            raise AssertionError(done.stderr.decode())
        return f"/app/{name}"

    def kill(self) -> None:
        """End the sandbox."""

        async def work(_: SandboxPool) -> None:
            await self.live.destroy()

        portal.run(work)


@contextmanager
def lent(
    template: str = "base",
    limits: SandboxLimits | None = None,
    *,
    waiters: Sequence[Waiter] = (),
) -> Iterator[Box]:
    """Lend a sandbox for a `with` block, in which these runtimes wait."""

    async def work(pool: SandboxPool) -> LiveSandbox:
        return await pool.acquire(template, limits, waiters=waiters)

    box = Box(portal.run(work))
    try:
        yield box
    finally:
        box.kill()
