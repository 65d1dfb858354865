"""What a caller is shown of a single run: the same words in Python and over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from carrel.judge.classify import shell_exit_code
from carrel.judge.single import Outcome
from carrel.judge.verdict import Verdict

TIMED_OUT = -1
"""The exit code that stands for a run that was stopped at its time limit."""


@dataclass(frozen=True)
class Shown:
    """A run in a caller's terms; `seconds` is the timeout itself when that ended it."""

    success: bool
    stdout: str
    stderr: str
    exit_code: int
    seconds: float
    isolation: str = ""


def show(outcome: Outcome, timeout_s: float) -> Shown:
    """Return what to show of `outcome`; pure.

    A caller that looks at stdout and stderr alone must see why a program was
    stopped, so the reason also ends stderr.
    """
    execution = outcome.execution
    stdout = execution.stdout.decode("utf-8", "backslashreplace")
    stderr = execution.stderr.decode("utf-8", "backslashreplace")
    exit_code, seconds = shell_exit_code(execution), execution.wall_ms / 1000
    if outcome.compile_message is not None:
        stdout, stderr, exit_code = "", outcome.compile_message, exit_code or 1
    elif outcome.verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT):
        stderr = _with_note(stderr, f"Execution timed out after {timeout_s:g} seconds")
        exit_code, seconds = TIMED_OUT, timeout_s
    elif outcome.verdict in (Verdict.MEMORY_LIMIT, Verdict.OUTPUT_LIMIT):
        stderr = _with_note(stderr, f"Stopped: {outcome.reason}")
        exit_code = exit_code or 1
    good = outcome.verdict is Verdict.ACCEPTED
    return Shown(good, stdout, stderr, exit_code, seconds, outcome.isolation)


def _with_note(stderr: str, note: str) -> str:
    return f"{stderr}\n{note}" if stderr and not stderr.endswith("\n") else stderr + note
