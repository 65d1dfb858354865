"""Run one program and see what it does."""

from __future__ import annotations

from dataclasses import dataclass

from carrel.core.errors import InvalidValueError
from carrel.facade import portal
from carrel.judge.plan import MAX_INPUT_BYTES, MAX_SOURCE_BYTES, Submission
from carrel.judge.shown import show
from carrel.judge.single import Outcome, run_once
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language, parse_language
from carrel.sandbox.limits import RunLimits, SandboxLimits, parse_timeout
from carrel.sandbox.pool import SandboxPool


@dataclass
class ExecutionResult:
    r"""What a program did.

    `success` means exit code 0 within all limits. `exit_code` is the program's,
    128 + the signal's number if a signal ended it, -1 after a timeout,
    the compiler's if it refused the program. `execution_time` is in seconds, the
    compiler's time not included; `memory_used` is the peak in bytes. Invalid
    UTF-8 in the output is shown as `\xNN`. `verdict` tells the kinds of failure
    apart (`accepted` here means that it ended well: there is no expected output).
    `isolation` names what stood between the program and the machine, e.g. `gvisor`.
    """

    success: bool
    stdout: str
    stderr: str
    exit_code: int
    execution_time: float
    memory_used: int = 0
    verdict: Verdict = Verdict.ACCEPTED
    truncated: bool = False
    isolation: str = ""


class CodeRunner:
    """Runs programs, each in a sandbox of its own that is gone when it ends."""

    def run(
        self,
        code: str,
        language: Language | str,
        stdin: str = "",
        timeout: float = 30,
        memory_limit: int | str = "256M",
    ) -> ExecutionResult:
        """Compile and run a program with this input; return what it did.

        `timeout` is in seconds, counted by the clock from the program's start.
        Raises InvalidValueError for impossible values before anything is
        started, PlatformFaultError when our side failed.
        """
        submission = parse_submission(code, language)
        given = encode("stdin", stdin)
        limits = run_limits(timeout, memory_limit)
        outcome = portal.run(_run, submission, given, limits)
        return to_result(outcome, float(timeout))


async def _run(
    pool: SandboxPool, submission: Submission, stdin: bytes, limits: RunLimits
) -> Outcome:
    return await run_once(pool, submission, stdin, limits)


def run_limits(timeout: float, memory_limit: int | str) -> RunLimits:
    """Return the limits of a single run; InvalidValueError names what is impossible."""
    wall_ms = parse_timeout(timeout)
    memory = SandboxLimits.parse(memory_limit=memory_limit).memory_bytes
    return RunLimits(wall_ms=wall_ms, strict_wall=True, memory_bytes=memory)


def parse_submission(code: str, language: Language | str) -> Submission:
    """Return what a caller wants to run; InvalidValueError names what is impossible."""
    source = encode("code", code, maximum=MAX_SOURCE_BYTES)
    return Submission(parse_language(language), source)


def encode(field: str, text: str, *, maximum: int = MAX_INPUT_BYTES) -> bytes:
    """Return text as bytes, at most `maximum`; what UTF-8 lacks becomes invalid UTF-8."""
    if not isinstance(text, str):
        raise InvalidValueError(field, type(text).__name__, "give a str")
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > maximum:
        raise InvalidValueError(field, f"{len(data):,} bytes", f"give at most {maximum:,} bytes")
    return data


def to_result(outcome: Outcome, timeout: float) -> ExecutionResult:
    """Return an outcome in the public interface's terms; `timeout` in seconds."""
    execution, shown = outcome.execution, show(outcome, timeout)
    return ExecutionResult(
        success=shown.success,
        stdout=shown.stdout,
        stderr=shown.stderr,
        exit_code=shown.exit_code,
        execution_time=shown.seconds,
        memory_used=execution.memory_bytes,
        verdict=outcome.verdict,
        truncated=execution.stdout_truncated or execution.stderr_truncated,
        isolation=outcome.isolation,
    )
