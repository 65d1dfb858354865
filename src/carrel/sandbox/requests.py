"""Programs as the requests that start them."""

from __future__ import annotations

import math
import os
from dataclasses import replace

from carrel.core.errors import InvalidValueError
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Identity, Program, Waiter
from carrel.wire import messages
from carrel.wire.messages import WireIdentity

_IDENTITIES = {
    Identity.STUDENT: WireIdentity.STUDENT,
    Identity.FRESH: WireIdentity.FRESH,
    Identity.BUILDER: WireIdentity.BUILDER,
}
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108  # inside the sandbox
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TMPDIR": "/tmp",  # noqa: S108
}


def execute_payload(
    program: Program, cwd: bytes, kind: str, *, memory_bytes: int = 0, slowdown: float = 1.0
) -> bytes:
    """Return the payload that starts `program` in `cwd`, or takes one that waits as `kind`.

    `memory_bytes` is for a guest that limits memory itself, 0 for another. `slowdown` is how
    many times slower it runs.

    InvalidValueError for what no system call would take.
    """
    return messages.execute(
        identity=_IDENTITIES[program.identity],
        argv=_words(program),
        env=_environment(program),
        cwd=cwd,
        stdin=program.stdin,
        rlimits=_rlimits(program.limits, slowdown),
        kind=kind.encode(),
        memory_bytes=memory_bytes,
    )


def wait_payload(waiter: Waiter) -> bytes:
    """Return the payload that starts a program to wait."""
    becomes = waiter.becomes
    start = replace(becomes, argv=waiter.argv, env={**becomes.env, **waiter.env})
    return messages.wait(
        identity=_IDENTITIES[becomes.identity],
        kind=waiter.name.encode(),
        stands_for=len(becomes.argv),
        argv=_words(start),
        env=_environment(start),
        rlimits=_rlimits(becomes.limits),
    )


def _words(program: Program) -> list[bytes]:
    return [_encode("argv", word) for word in program.argv]


def _environment(program: Program) -> dict[bytes, bytes]:
    both = _ENVIRONMENT | dict(program.env)
    return {_encode("env", key): _encode("env", value) for key, value in both.items()}


def _rlimits(limits: RunLimits, slowdown: float = 1.0) -> tuple[int, ...]:
    # The guest's own CPU clock runs with the wall clock when the machine is
    # overloaded, so its limit is only the net below the host's.
    cpu_ms = limits.cpu_ms if limits.cpu_ms is not None else 3_600_000
    return (
        10 + math.ceil(cpu_ms * slowdown / 100),
        limits.file_bytes,
        limits.processes,
        limits.open_files,
        limits.stack_bytes,
    )


def _encode(field: str, value: str) -> bytes:
    raw = os.fsencode(value)
    if b"\0" in raw:
        raise InvalidValueError(field, value, "leave out NUL characters")
    return raw
