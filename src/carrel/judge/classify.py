"""From the end of a program's run to a verdict; pure, and decided on the host alone."""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence

from carrel.core.errors import PlatformFaultError
from carrel.core.sizes import format_size
from carrel.judge.verdict import Verdict
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Ended, Execution

_TAIL_BYTES = 16 * 1024
"""Where on stderr a runtime's own last words are looked for."""

_MEANINGS = {
    "SIGSEGV": "it used memory that is not its own, often by an index out of range, "
    "a null pointer or recursion that does not end",
    "SIGABRT": "it gave up, as after a failed assertion or an uncaught exception",
    "SIGFPE": "an impossible calculation, such as a division by zero",
    "SIGILL": "an illegal instruction",
    "SIGBUS": "a bad memory address",
    "SIGXFSZ": "it wrote a larger file than is allowed",
    "SIGPIPE": "nobody read its output any more",
    "SIGKILL": "it was killed",
}
_SHELL_SIGNAL_BASE = 128
_IDLE_SHARE = 0.5


def signal_name(number: int) -> str:
    """Return a signal's name, e.g. `SIGSEGV` for 11."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def shell_exit_code(execution: Execution) -> int:
    """Return the exit code as a shell reports it: 128 + number after a signal."""
    if execution.signal is not None:
        return _SHELL_SIGNAL_BASE + execution.signal
    return execution.exit_code if execution.exit_code is not None else _SHELL_SIGNAL_BASE + 9


def classify(
    execution: Execution, limits: RunLimits, out_of_memory: Sequence[bytes] = ()
) -> tuple[Verdict, str] | None:
    """Return why this run failed as a verdict and a sentence, or None if it ended well.

    "Well" means exit code 0 within all limits; its output is not looked at.
    Raises PlatformFaultError when the run says nothing about the program: it
    could not be started, or somebody else stopped it.
    """
    if execution.start_error is not None:
        raise PlatformFaultError(
            f"the program could not be started in its sandbox: {execution.start_error}; "
            "check the template with `carrel doctor`"
        )
    if execution.ended is Ended.KILLED:
        raise PlatformFaultError("the program was stopped from outside; run it again")
    return _limit(execution, limits) or _failure(execution, limits, out_of_memory)


def _limit(execution: Execution, limits: RunLimits) -> tuple[Verdict, str] | None:
    cpu, wall = execution.cpu_ms, execution.wall_ms
    if execution.ended is Ended.MEMORY_LIMIT:
        return Verdict.MEMORY_LIMIT, f"used more memory than allowed{_memory(limits)}"
    if execution.ended is Ended.OUTPUT_LIMIT or execution.stdout_truncated:
        allowed = format_size(limits.output_bytes)
        return Verdict.OUTPUT_LIMIT, f"printed more than the {allowed} allowed"
    # The end is looked at even when the program exited just before it was stopped.
    over = limits.cpu_ms is not None and cpu > limits.cpu_ms
    if execution.ended is Ended.CPU_LIMIT or over:
        return Verdict.TIME_LIMIT, (
            f"used {_seconds(cpu)} of CPU time; the limit is {_seconds(limits.cpu_ms or cpu)}"
        )
    if execution.ended is Ended.WALL_LIMIT:
        if cpu >= _IDLE_SHARE * wall:
            return Verdict.TIME_LIMIT, f"was still running after {_seconds(wall)}"
        return Verdict.IDLENESS_LIMIT, (
            f"was not done after {_seconds(wall)}, of which it used the CPU for {_seconds(cpu)}: "
            "it slept, or waited for input that does not come"
        )
    return None


def _failure(
    execution: Execution, limits: RunLimits, out_of_memory: Sequence[bytes]
) -> tuple[Verdict, str] | None:
    if execution.signal is None and execution.exit_code == 0:
        return None
    tail = execution.stderr[-_TAIL_BYTES:]
    if any(words in tail for words in out_of_memory):
        return Verdict.MEMORY_LIMIT, f"had no memory left{_memory(limits)}"
    if execution.signal is None:
        return Verdict.RUNTIME_ERROR, f"ended with exit code {execution.exit_code}"
    name = signal_name(execution.signal)
    if name == "SIGXCPU":
        return Verdict.TIME_LIMIT, f"used {_seconds(execution.cpu_ms)} of CPU time"
    meaning = f" ({_MEANINGS[name]})" if name in _MEANINGS else ""
    return Verdict.RUNTIME_ERROR, f"was ended by {name}{meaning}"


def _memory(limits: RunLimits) -> str:
    return f" ({format_size(limits.memory_bytes)})" if limits.memory_bytes else ""


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3g} s"
