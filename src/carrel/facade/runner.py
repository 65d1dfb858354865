"""Run one program and see what it does."""

from __future__ import annotations

from dataclasses import dataclass

from carrel.core.errors import InvalidValueError
from carrel.facade import portal
from carrel.judge.classify import shell_exit_code
from carrel.judge.plan import MAX_INPUT_BYTES, MAX_SOURCE_BYTES, Submission
from carrel.judge.single import Outcome, run_once
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language, parse_language
from carrel.sandbox.limits import RunLimits, SandboxLimits, parse_timeout
from carrel.sandbox.pool import SandboxPool

TIMED_OUT = -1
"""The exit code of a program that was stopped because its time was up."""


@dataclass
class ExecutionResult:
    r"""What a program did.

    `success` means exit code 0 within all limits. `exit_code` is the program's,
    128 + the signal's number if a signal ended it, `TIMED_OUT` after a timeout,
    the compiler's if it refused the program. `execution_time` is in seconds, the
    compiler's time not included; `memory_used` is the peak in bytes. Invalid
    UTF-8 in the output is shown as `\xNN`. `verdict` tells the kinds of failure
    apart (`accepted` here means that it ended well: there is no expected output).
    """

    success: bool
    stdout: str
    stderr: str
    exit_code: int
    execution_time: float
    memory_used: int = 0
    verdict: Verdict = Verdict.ACCEPTED
    truncated: bool = False


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
    execution = outcome.execution
    stdout = execution.stdout.decode("utf-8", "backslashreplace")
    stderr = execution.stderr.decode("utf-8", "backslashreplace")
    exit_code = shell_exit_code(execution)
    seconds = execution.wall_ms / 1000
    if outcome.compile_message is not None:
        stdout, stderr, exit_code = "", outcome.compile_message, exit_code or 1
    elif outcome.verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT):
        stderr = _with_note(stderr, f"Execution timed out after {timeout:g} seconds")
        exit_code, seconds = TIMED_OUT, timeout
    elif outcome.verdict in (Verdict.MEMORY_LIMIT, Verdict.OUTPUT_LIMIT):
        stderr = _with_note(stderr, f"Stopped: the program {outcome.reason}")
        exit_code = exit_code or 1
    return ExecutionResult(
        success=outcome.verdict is Verdict.ACCEPTED,
        stdout=stdout,
        stderr=stderr,
        exit_code=exit_code,
        execution_time=seconds,
        memory_used=execution.memory_bytes,
        verdict=outcome.verdict,
        truncated=execution.stdout_truncated or execution.stderr_truncated,
    )


def _with_note(stderr: str, note: str) -> str:
    return f"{stderr}\n{note}" if stderr and not stderr.endswith("\n") else stderr + note
