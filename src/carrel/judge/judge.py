"""Judge a submission: compile once, run each test, check, decide.

One sandbox serves all tests of a submission, and no other. Three things can go
wrong that are not the student's doing or end the sandbox early:

- Our side fails (PlatformFaultError): nothing of this attempt counts. The whole
  submission is judged again in a new sandbox, at most `RETRIES` times; then the
  error is the caller's. It is never a pass and never a verdict on the student.
- A test's memory limit takes the sandbox with it: that verdict stands, and the
  remaining tests run in a new sandbox where the submission is compiled again.
- An interpreted program does not parse: its first run says so. See SyntaxCheck.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import anyio.to_thread

from carrel.core.errors import PlatformFaultError
from carrel.judge.build import compile_error, dispose, prepare, refusals_as_faults, syntax_error
from carrel.judge.checkers.text import Checker, first_difference, lenient
from carrel.judge.classify import classify, signal_name
from carrel.judge.plan import Plan, Submission, make_plan
from carrel.judge.verdict import Captured, SubmissionVerdict, TestVerdict, Verdict
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Execution

RETRIES = 2
KEEP_BYTES = 64 * 1024
_LARGE_OUTPUT = 256 * 1024
_SHOWN_LINE = 80

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JudgeTest:
    """One test: what the program reads, and what it must print."""

    input: bytes
    expected: bytes


@dataclass(frozen=True)
class Job:
    """A submission, its tests, and the rules.

    `limits` hold for each test. `keep_bytes` is how much of each test's stdout
    and stderr the verdicts carry; the check always sees all of it.
    """

    submission: Submission
    tests: Sequence[JudgeTest]
    limits: RunLimits
    checker: Checker = lenient
    sandbox: SandboxLimits | None = None
    keep_bytes: int = KEEP_BYTES


async def judge(pool: SandboxPool, job: Job) -> SubmissionVerdict:
    """Return the verdict on a submission.

    Raises PlatformFaultError after `RETRIES` failed repetitions, TemplateError
    when the language's template is missing.
    """
    plan = make_plan(job.submission, job.limits, sandbox=job.sandbox)
    for left in range(RETRIES, -1, -1):
        attempt = _Attempt(pool, plan, job)
        try:
            with refusals_as_faults():
                return await attempt.run()
        except PlatformFaultError as error:
            if not left:
                raise
            _log.warning("judging again after a platform fault (%d left): %s", left, error)
        finally:
            await attempt.close()
    raise AssertionError  # the last repetition returned or raised


class _Attempt:
    """One attempt at a submission; holds at most one sandbox at a time."""

    def __init__(self, pool: SandboxPool, plan: Plan, job: Job) -> None:
        self._pool = pool
        self._plan = plan
        self._job = job
        self._box: LiveSandbox | None = None

    async def run(self) -> SubmissionVerdict:
        message = await self._prepare()
        if message is not None:
            return self._refused(message)
        verdicts: list[TestVerdict] = []
        for test in self._job.tests:
            execution = await self._execute(self._box or await self._renew(), test)
            if not verdicts and (message := await self._syntax_error(execution)) is not None:
                return self._refused(message)
            verdicts.append(await self._decide(test, execution))
        return SubmissionVerdict(tuple(verdicts))

    async def close(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            await dispose(box)

    async def _prepare(self) -> str | None:
        """Get a sandbox with the submission in it; return the compiler's refusal, if any."""
        self._box, built = await prepare(self._pool, self._plan)
        if built is None or self._plan.build is None:
            return None
        message = compile_error(built, self._plan.build.limits)
        if built.sandbox_lost:
            await self.close()
        return message

    async def _renew(self) -> LiveSandbox:
        """Get another sandbox after a test has taken the last one with it."""
        if await self._prepare() is not None or self._box is None:
            raise PlatformFaultError(
                "the submission compiled at first and not again in a new sandbox"
            )
        return self._box

    async def _execute(self, box: LiveSandbox, test: JudgeTest) -> Execution:
        execution = await box.execute(self._plan.program(test.input))
        if execution.sandbox_lost:
            await self.close()
        return execution

    async def _syntax_error(self, execution: Execution) -> str | None:
        if self._box is None:
            return None
        message = await syntax_error(self._box, self._plan, execution)
        if not self._box.is_alive:
            await self.close()
        return message

    async def _decide(self, test: JudgeTest, execution: Execution) -> TestVerdict:
        failed = classify(execution, self._plan.limits, self._plan.spec.out_of_memory)
        if failed is None:
            failed = await self._check(test, execution.stdout)
        return to_verdict(execution, *failed, keep_bytes=self._job.keep_bytes)

    async def _check(self, test: JudgeTest, stdout: bytes) -> tuple[Verdict, str]:
        args = (self._job.checker, stdout, test.expected)
        if len(stdout) > _LARGE_OUTPUT:
            return await anyio.to_thread.run_sync(_compare, *args)
        return _compare(*args)

    def _refused(self, message: str) -> SubmissionVerdict:
        verdict = TestVerdict(Verdict.COMPILE_ERROR, "the program was not compiled")
        return SubmissionVerdict(
            tuple(verdict for _ in self._job.tests),
            compile_message=message,
        )


def to_verdict(
    execution: Execution, verdict: Verdict, reason: str, *, keep_bytes: int
) -> TestVerdict:
    """Return the verdict on one run with the run's details."""
    return TestVerdict(
        verdict=verdict,
        reason=reason,
        exit_code=execution.exit_code,
        signal=None if execution.signal is None else signal_name(execution.signal),
        cpu_ms=execution.cpu_ms,
        wall_ms=execution.wall_ms,
        memory_bytes=execution.memory_bytes,
        stdout=_capture(execution.stdout, execution.stdout_truncated, keep_bytes),
        stderr=_capture(execution.stderr, execution.stderr_truncated, keep_bytes),
    )


def _capture(data: bytes, cut_short: bool, keep_bytes: int) -> Captured:  # noqa: FBT001
    return Captured(data[:keep_bytes], len(data), cut_short)


def _compare(checker: Checker, actual: bytes, expected: bytes) -> tuple[Verdict, str]:
    if checker(actual, expected):
        return Verdict.ACCEPTED, ""
    if not actual.strip():
        return Verdict.WRONG_ANSWER, "printed nothing"
    if lenient(actual, expected):
        return Verdict.WRONG_ANSWER, "only white space differs"
    number = first_difference(actual, expected)
    return Verdict.WRONG_ANSWER, f"line {number} differs"
