"""From the end of a program's run to a verdict; pure, and decided on the host alone."""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence

from carrel.core.errors import PlatformFaultError
from carrel.core.sizes import format_size
from carrel.judge.verdict import Verdict
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Ended, Execution
from carrel.texts.message import Message

_TAIL_BYTES = 16 * 1024
"""Where on stderr a runtime's own last words are looked for."""

_IDLE_SHARE = 0.5


def signal_name(number: int) -> str:
    """Return a signal's name, e.g. `SIGSEGV` for 11."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def classify(
    execution: Execution, limits: RunLimits, out_of_memory: Sequence[bytes] = ()
) -> tuple[Verdict, Message] | None:
    """Return why this run failed as a verdict and a clause, or None if it ended well.

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


def _limit(execution: Execution, limits: RunLimits) -> tuple[Verdict, Message] | None:
    cpu, wall = execution.cpu_ms, execution.wall_ms
    if execution.ended is Ended.MEMORY_LIMIT:
        return Verdict.MEMORY_LIMIT, _with_memory("used-too-much-memory", limits)
    if execution.ended is Ended.OUTPUT_LIMIT or execution.stdout_truncated:
        return Verdict.OUTPUT_LIMIT, Message(
            "printed-too-much", limit=format_size(limits.output_bytes)
        )
    # The end is looked at even when the program exited just before it was stopped.
    over = limits.cpu_ms is not None and cpu > limits.cpu_ms
    if execution.ended is Ended.CPU_LIMIT or over:
        return _computed(execution, limits)
    if execution.ended is Ended.WALL_LIMIT:
        idle = cpu < _IDLE_SHARE * wall
        return (Verdict.IDLENESS_LIMIT if idle else Verdict.TIME_LIMIT), Message(
            "waited-too-long" if idle else "still-computing",
            wall=_seconds(wall),
            cpu=_seconds(cpu),
            limits=_times(limits),
        )
    return None


def _failure(
    execution: Execution, limits: RunLimits, out_of_memory: Sequence[bytes]
) -> tuple[Verdict, Message] | None:
    if execution.signal is None and execution.exit_code == 0:
        return None
    tail = execution.stderr[-_TAIL_BYTES:]
    if any(words in tail for words in out_of_memory):
        return Verdict.MEMORY_LIMIT, _with_memory("had-no-memory-left", limits)
    if execution.signal is None:
        return Verdict.RUNTIME_ERROR, Message("ended-with-exit-code", code=str(execution.exit_code))
    name = signal_name(execution.signal)
    if name == "SIGXCPU":
        return _computed(execution, limits)
    return Verdict.RUNTIME_ERROR, Message("ended-by-signal", signal=name)


def _computed(execution: Execution, limits: RunLimits) -> tuple[Verdict, Message]:
    cpu = _seconds(execution.cpu_ms)
    return Verdict.TIME_LIMIT, Message("computed-too-long", cpu=cpu, limits=_times(limits))


def _times(limits: RunLimits) -> Message:
    wall = _seconds(limits.wall_ms)
    if limits.cpu_ms is None:
        return Message("limit-of-the-clock", wall=wall)
    return Message("limits-of-time", cpu=_seconds(limits.cpu_ms), wall=wall)


def _with_memory(message_id: str, limits: RunLimits) -> Message:
    if limits.memory_bytes is None:
        return Message("used-all-memory")
    return Message(message_id, limit=format_size(limits.memory_bytes))


def _seconds(milliseconds: int) -> float:
    """Return seconds with three digits that count: nobody reads more."""
    return float(f"{milliseconds / 1000:.3g}")
