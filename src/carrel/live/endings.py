"""Why a program that somebody talked to has ended, in words for that person; pure."""

from __future__ import annotations

import signal

from carrel.core.sizes import format_size
from carrel.sandbox.program import Ended, Execution

LINE_CLOSED = 70
"""The exit code with which a program inside says that its line to the host is gone."""


def why_it_ended(execution: Execution, name: str, memory_bytes: int) -> str:
    """Return a clause; `name` is what the program is called, `memory_bytes` its limit."""
    if execution.ended is Ended.MEMORY_LIMIT:
        return f"its programs used more than {format_size(memory_bytes)} of memory"
    if execution.signal is not None:
        return f"{name} was ended by {_signal_name(execution.signal)}"
    if execution.exit_code == LINE_CLOSED:
        return f"the program closed what {name} needs to talk to carrel"
    return f"{name} ended with exit code {execution.exit_code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
