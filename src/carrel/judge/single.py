"""Run a program once and hand back what it did: no tests, no verdict on its output."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from carrel.core.errors import PlatformFaultError
from carrel.judge.build import dispose, prepare, refusals_as_faults, syntax_error
from carrel.judge.classify import classify
from carrel.judge.plan import Plan, Submission, beside, make_plan
from carrel.judge.stage import RETRIES
from carrel.judge.verdict import Verdict
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.pool import Lender
from carrel.sandbox.program import Ended, Execution, Program
from carrel.sandbox.run import Run

Sink = Callable[[bytes], None]

_NOT_COMPILED = "the program was not compiled"
_NOT_RUN = Execution(
    ended=Ended.EXITED,
    exit_code=1,
    signal=None,
    stdout=b"",
    stderr=b"",
    stdout_truncated=False,
    stderr_truncated=False,
    cpu_ms=0,
    wall_ms=0,
    memory_bytes=0,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The end of a single run.

    `verdict` is ACCEPTED when the program ended well within its limits, else
    `reason` says in a sentence what happened. `execution` is the program's run,
    or the compiler's when `verdict` is COMPILE_ERROR; `compile_message` is set then.
    `isolation` names what stood between the program and the machine.
    """

    execution: Execution
    verdict: Verdict
    reason: str = ""
    compile_message: str | None = None
    isolation: str = ""


async def run_once(
    pool: Lender,
    submission: Submission,
    stdin: bytes | None,
    limits: RunLimits,
    *,
    sandbox: SandboxLimits | None = None,
    on_stdout: Sink | None = None,
    on_stderr: Sink | None = None,
    on_start: Callable[[Run], None] | None = None,
) -> Outcome:
    """Compile and run a program once, in a sandbox of its own.

    `on_stdout` and `on_stderr` get the program's output while it comes (not the
    compiler's). With `stdin` None its input is what is written to the run that `on_start`
    is given, and it prints at once what it prints: a person reads along. A platform fault
    is retried like a submission's, with a new run, unless output was already handed on:
    nobody could take it back. Raises PlatformFaultError, TemplateError.
    """
    if (refusal := submission.refusal) is not None:
        return Outcome(
            _NOT_RUN, Verdict.COMPILE_ERROR, _NOT_COMPILED, refusal, isolation=pool.isolation
        )
    plan = make_plan(submission, limits, sandbox=sandbox)
    plan = replace(plan, steps=(beside(submission), *plan.steps))
    stdout, stderr = _Relay(on_stdout), _Relay(on_stderr)
    for left in range(RETRIES, -1, -1):
        try:
            with refusals_as_faults():
                return await _attempt(pool, plan, stdin, stdout, stderr, on_start=on_start)
        except PlatformFaultError as error:
            if not left or stdout.used or stderr.used:
                raise
            _log.warning("running again after a platform fault (%d left): %s", left, error)
    raise AssertionError  # the last repetition returned or raised


async def _attempt(
    pool: Lender,
    plan: Plan,
    stdin: bytes | None,
    stdout: _Relay,
    stderr: _Relay,
    *,
    on_start: Callable[[Run], None] | None,
) -> Outcome:
    box, refusal = await prepare(pool, plan)
    try:
        if refusal is not None:
            return Outcome(
                refusal.execution,
                Verdict.COMPILE_ERROR,
                _NOT_COMPILED,
                refusal.message,
                isolation=pool.isolation,
            )
        execution = await box.execute(
            plan.program(stdin) if stdin is not None else _read_along(plan),
            on_stdout=stdout.take if stdout.sink else None,
            on_stderr=stderr.take if stderr.sink else None,
            on_start=on_start,
        )
        if await syntax_error(box, plan, execution) is not None:
            # What it says stands on stderr already.
            return Outcome(
                execution,
                Verdict.COMPILE_ERROR,
                "the program does not parse",
                isolation=pool.isolation,
            )
        failed = classify(execution, plan.limits, plan.spec.out_of_memory)
        verdict, reason = failed or (Verdict.ACCEPTED, "")
        return Outcome(execution, verdict, reason, isolation=pool.isolation)
    finally:
        await dispose(box)


def _read_along(plan: Plan) -> Program:
    """Return the program with open input, so that a runtime holds no output back."""
    program, at_once = plan.program(None), plan.spec.at_once
    return replace(
        program, argv=(*at_once.before, *program.argv), env={**program.env, **at_once.env}
    )


class _Relay:
    """Hands output on, and remembers that it did."""

    def __init__(self, sink: Sink | None) -> None:
        self.sink = sink
        self.used = False

    def take(self, data: bytes) -> None:
        self.used = True
        if self.sink is not None:
            self.sink(data)
