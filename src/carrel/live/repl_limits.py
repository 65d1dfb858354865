"""What a session may use, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field

from carrel.core.sizes import KIB, MIB
from carrel.sandbox.limits import SandboxLimits


@dataclass(frozen=True)
class ReplLimits:
    """The limits of one session; times in seconds.

    `execute_s` is one execution's time by the clock, the wait for input not counted;
    `grace_s` is what is left to a program that was interrupted before the session is
    restarted. A session without a message for `idle_s` is closed, one older than
    `sandbox.lifetime_s` too. A sandbox in which nothing runs is paused after `rest_s`.
    `output_bytes` holds for stdout and stderr of one execution each, `code_bytes` for its
    code and for a line of input. As many as `pending` commands may wait for their turn.
    """

    execute_s: float = 60.0
    complete_s: float = 5.0
    start_s: float = 60.0
    grace_s: float = 10.0
    idle_s: float = 900.0
    warning_s: float = 60.0
    rest_s: float = 2.0
    output_bytes: int = MIB
    code_bytes: int = 256 * KIB
    pending: int = 16
    processes: int = 64
    sandbox: SandboxLimits = field(
        default_factory=lambda: SandboxLimits(disk_bytes=64 * MIB, lifetime_s=4 * 3600.0)
    )
