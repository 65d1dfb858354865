"""What a caller gets of a single run: the same words in Python and over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from carrel.judge.single import Outcome
from carrel.judge.verdict import Verdict

TIMED_OUT = -1
"""The exit code that stands for a run that was stopped at its time limit."""


@dataclass(frozen=True)
class RunResult:
    r"""A run in a caller's terms.

    `success` means exit code 0 within all limits, `reason` says in a sentence what else
    happened. `exit_code` is the program's, 128 + the signal's number if a signal ended it,
    `TIMED_OUT` after a timeout, the compiler's if it refused the program.
    `execution_time` is in seconds without the compiler's, and the timeout itself when that
    ended the run; `memory_used` is the peak in bytes. Invalid UTF-8 in the output is shown
    as `\xNN`. `isolation` names what stood between the program and the machine.
    """

    success: bool
    stdout: str
    stderr: str
    exit_code: int
    execution_time: float
    memory_used: int
    verdict: Verdict
    reason: str
    truncated: bool
    isolation: str


def run_result(outcome: Outcome, timeout_s: float) -> RunResult:
    """Return an outcome as a caller gets it; pure.

    A caller that looks at stdout and stderr alone must see why a program was
    stopped, so the reason also ends stderr.
    """
    execution = outcome.execution
    stdout = execution.stdout.decode("utf-8", "backslashreplace")
    stderr = execution.stderr.decode("utf-8", "backslashreplace")
    exit_code, seconds = execution.shell_exit_code, execution.wall_ms / 1000
    if outcome.compile_message is not None:
        stdout, stderr, exit_code = "", outcome.compile_message, exit_code or 1
    elif outcome.verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT):
        stderr = _with_note(stderr, f"Execution timed out after {timeout_s:g} seconds")
        exit_code, seconds = TIMED_OUT, timeout_s
    elif outcome.verdict in (Verdict.MEMORY_LIMIT, Verdict.OUTPUT_LIMIT):
        stderr = _with_note(stderr, f"Stopped: {outcome.reason}")
        exit_code = exit_code or 1
    success = outcome.verdict is Verdict.ACCEPTED
    return RunResult(
        success=success,
        stdout=stdout,
        stderr=stderr,
        exit_code=exit_code,
        execution_time=seconds,
        memory_used=execution.memory_bytes,
        verdict=outcome.verdict,
        reason="" if success else outcome.reason,
        truncated=execution.stdout_truncated or execution.stderr_truncated,
        isolation=outcome.isolation,
    )


def _with_note(stderr: str, note: str) -> str:
    return f"{stderr}\n{note}" if stderr and not stderr.endswith("\n") else stderr + note
