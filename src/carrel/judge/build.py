"""Install a submission in a sandbox, and compile it there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from anyio import CancelScope

from carrel.core.errors import PlatformFaultError, SandboxFileError
from carrel.core.sizes import format_size
from carrel.judge.classify import classify
from carrel.judge.plan import BuildStep, Plan
from carrel.judge.verdict import Verdict
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender
from carrel.sandbox.program import Ended, Execution
from carrel.texts.message import Message

_MESSAGE_BYTES = 64 * 1024


@contextmanager
def refusals_as_faults() -> Iterator[None]:
    """Turn a refusal of the guest agent into a platform fault: no student caused it."""
    try:
        yield
    except SandboxFileError as error:
        raise PlatformFaultError(f"the sandbox refused: {error}") from error


@dataclass(frozen=True)
class Refusal:
    """Why a submission could not be built: for the student to read, and how the step ended."""

    message: str
    execution: Execution


async def prepare(pool: Lender, plan: Plan) -> tuple[LiveSandbox, Refusal | None]:
    """Return a sandbox with the submission installed, or with the reason why it is not.

    The caller destroys the sandbox. Raises PlatformFaultError.
    """
    box = await pool.acquire(plan.spec.template, plan.sandbox_limits)
    try:
        return box, await build(box, plan.steps)
    except BaseException:
        await dispose(box)
        raise


async def build(box: LiveSandbox, steps: Sequence[BuildStep]) -> Refusal | None:
    """Run a plan's steps in a sandbox, up to the first that refuses the submission."""
    for step in steps:
        for path, data in step.files.items():
            await box.write_file(path, data, readonly=True)
        if step.program is None:
            continue
        built = await box.execute(step.program)
        message = compile_error(built, step.program.limits)
        if message is not None:
            return Refusal(step.refusal(message) if step.refusal else message, built)
    return None


async def syntax_error(box: LiveSandbox, plan: Plan, execution: Execution) -> str | None:
    """Return why an interpreted program does not parse, if its run ended for that reason.

    Only a run that looks like it is checked, so that programs that parse pay nothing.
    The check reads no input, so its words may be shown whatever the test.
    """
    check, rule = plan.check, plan.spec.syntax_check
    if check is None or rule is None or execution.sandbox_lost:
        return None
    if execution.ended is not Ended.EXITED or execution.exit_code == 0:
        return None
    if not any(sign in execution.stderr for sign in rule.signs):
        return None
    return compile_error(await box.execute(check), check.limits)


def compile_error(execution: Execution, limits: RunLimits) -> str | None:
    """Return why a compilation failed, for the student to read, or None if it succeeded.

    Compiler messages are cut to a readable size. Raises PlatformFaultError when
    the compiler could not be run at all.
    """
    failed = classify(execution, limits)
    if failed is None:
        # What it made could not be kept, and so not be run; that is the program's doing.
        return Message("compiler-wrote-too-much") if execution.sandbox_lost else None
    verdict, _ = failed
    said = (execution.stderr + execution.stdout)[:_MESSAGE_BYTES]
    message = said.decode("utf-8", "backslashreplace").rstrip()
    if execution.ended is Ended.EXITED and verdict is Verdict.RUNTIME_ERROR and message:
        return message
    why = _why(verdict, limits)
    return Message("compiler-was-stopped", said=message, why=why) if message else why


def _why(verdict: Verdict, limits: RunLimits) -> Message:
    if verdict is Verdict.MEMORY_LIMIT:
        return Message("compiler-out-of-memory", limit=format_size(limits.memory_bytes or 0))
    if verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT):
        seconds = (limits.cpu_ms or limits.wall_ms) / 1000
        return Message("compiler-out-of-time", seconds=seconds)
    if verdict is Verdict.OUTPUT_LIMIT:
        return Message("compiler-said-too-much")
    return Message("compiler-said-nothing")


async def dispose(box: LiveSandbox) -> None:
    """Destroy a sandbox, also while the caller is being cancelled."""
    with CancelScope(shield=True):
        await box.destroy()
