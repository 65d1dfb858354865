"""What a test finds when it runs: the student's sandbox, and one for the teacher's programs.

Theory of operation. A submission is built once in its sandbox, and every test runs
there. What decides a verdict (expected output, checkers, interactors, the tests of a
framework) never goes into that sandbox: whoever needs to run a program of the
teacher's asks for an *examiner*, a second sandbox of the same submission, and carries
bytes between the two.

A submission has at most one sandbox of each sort at a time. A program that takes its
sandbox along, as one over its memory limit does, costs only itself: the next test gets
a new one, built anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from carrel.core.errors import PlatformFaultError
from carrel.judge.build import Refusal, dispose, prepare, syntax_error
from carrel.judge.classify import classify, signal_name
from carrel.judge.plan import BuildStep, Plan, Submission
from carrel.judge.progress import Phase
from carrel.judge.verdict import Captured, PartVerdict, TestVerdict, Verdict
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender
from carrel.sandbox.program import Execution, Program
from carrel.sandbox.run import OutputCallback, Run

_END_BYTES = 8 * 1024

RETRIES = 2
"""How often a submission is judged again after a platform fault."""


class RefusedError(Exception):
    """The submission does not compile; `message` is for the student to read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Stage:
    """One attempt at the tests of one setup. Close it afterwards, whatever happened."""

    def __init__(
        self,
        pool: Lender,
        submission: Submission,
        plan: Plan,
        *,
        keep_bytes: int,
        on_phase: Callable[[Phase], None] = lambda _: None,
    ) -> None:
        self.submission = submission
        self.plan = plan
        self.keep_bytes = keep_bytes
        self._pool = pool
        self._on_phase = on_phase
        self._box: LiveSandbox | None = None
        self._examiner: LiveSandbox | None = None
        self._content: object = None
        self._brought = BuildStep()
        self._built = False
        self._parses = False
        self._refusal: RefusedError | None = None

    async def box(self) -> LiveSandbox:
        """Return the student's sandbox with the submission built in it.

        RefusedError when it does not compile; the judge turns that into verdicts.
        """
        if self._refusal is not None:
            raise self._refusal
        if self._box is not None and self._box.is_alive:
            return self._box
        await self._leave()
        plan = replace(self.plan, steps=(self._brought, *self.plan.steps))
        if not self._built and any(step.program is not None for step in plan.steps):
            self._on_phase(Phase.COMPILING)
        self._box, refusal = await prepare(self._pool, plan)
        if refusal is not None:
            await self._leave()
            raise self._refused(refusal)
        if not self._built:
            self._on_phase(Phase.TESTING)
        self._built = True
        return self._box

    def bring(self, files: Mapping[str, bytes]) -> None:
        """Have these files, by absolute path, in the student's sandbox before the submission.

        Call it before the first `box`; they come again into each new sandbox.
        """
        self._brought = BuildStep(files)

    async def execute(
        self,
        program: Program,
        *,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_start: Callable[[Run], None] | None = None,
    ) -> Execution:
        """Run a program in the student's sandbox to its end.

        RefusedError also when the first run shows that an interpreted program does not
        parse.
        """
        box = await self.box()
        execution = await box.execute(
            program, on_stdout=on_stdout, on_stderr=on_stderr, on_start=on_start
        )
        if not self._parses:
            message = await syntax_error(box, self.plan, execution)
            if message is not None:
                await self._leave()
                self._refusal = RefusedError(message)
                raise self._refusal
            self._parses = True
        return execution

    async def examiner(
        self,
        template: str,
        limits: SandboxLimits | None = None,
        *,
        content: object = None,
        install: Callable[[LiveSandbox], Awaitable[None]] | None = None,
    ) -> LiveSandbox:
        """Return the sandbox for the teacher's programs.

        It is the last one if that still lives, is of the same template and has the same
        `content` (any value that can be compared); else a new one with these limits, for
        which `install` is awaited.
        """
        box, same = self._examiner, self._content == content
        if box is not None and box.is_alive and same and box.template == template:
            return box
        await self._dismiss()
        self._examiner = await self._pool.acquire_beside(template, limits)
        self._content = content
        if install is not None:
            await install(self._examiner)
        return self._examiner

    def failed(self, execution: Execution, limits: RunLimits | None = None) -> TestVerdict | None:
        """Return the verdict on a run that hit a limit or failed; None if it ended well.

        `limits` are the run's own where it had others than the plan's.
        """
        failed = classify(execution, limits or self.plan.limits, self.plan.spec.out_of_memory)
        return None if failed is None else self.verdict(execution, *failed)

    def verdict(
        self,
        execution: Execution,
        verdict: Verdict,
        reason: str = "",
        *,
        note: str = "",
        share: float = 0.0,
        parts: Sequence[PartVerdict] = (),
    ) -> TestVerdict:
        """Return a verdict with the details of the run it is about."""
        return TestVerdict(
            verdict=verdict,
            reason=reason,
            exit_code=execution.exit_code,
            signal=None if execution.signal is None else signal_name(execution.signal),
            cpu_ms=execution.cpu_ms,
            wall_ms=execution.wall_ms,
            memory_bytes=execution.memory_bytes,
            stdout=self._capture(execution.stdout, execution.stdout_truncated),
            stderr=self._capture(
                execution.stderr, execution.stderr_truncated, end_bytes=_END_BYTES
            ),
            note=note,
            share=share,
            parts=tuple(parts),
        )

    async def close(self) -> None:
        """Destroy both sandboxes."""
        try:
            await self._leave()
        finally:
            await self._dismiss()

    async def _dismiss(self) -> None:
        examiner, self._examiner = self._examiner, None
        if examiner is not None:
            await dispose(examiner)

    async def _leave(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            await dispose(box)

    def _refused(self, refusal: Refusal) -> Exception:
        if self._built:
            return PlatformFaultError(
                "the submission compiled at first and not again in a new sandbox"
            )
        self._refusal = RefusedError(refusal.message)
        return self._refusal

    def _capture(self, data: bytes, cut_short: bool, *, end_bytes: int = 0) -> Captured:  # noqa: FBT001
        left_out = max(0, len(data) - self.keep_bytes)
        end = data[len(data) - min(left_out, end_bytes) :]
        return Captured(data[: self.keep_bytes], len(data), cut_short, end)
