"""What callers name, paths and programs, as requests have it."""

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
_DEFAULT_CWD = b"/app"
_PATH_MAX = 4096
_NAME_MAX = 255


def path_of(path: str) -> bytes:
    """Return the bytes of an absolute path inside the sandbox; relative ones start at /app.

    InvalidValueError for what leads nowhere or out of it.
    """
    allowed = (
        f'give a path inside the sandbox such as "/app/data.csv", without "..", '
        f"at most {_PATH_MAX - 1} bytes long and {_NAME_MAX} per name"
    )
    if not isinstance(path, str | os.PathLike):
        raise InvalidValueError("path", path, allowed)
    raw = os.fsencode(path)
    if not raw or b"\0" in raw:
        raise InvalidValueError("path", path, allowed)
    if not raw.startswith(b"/"):
        raw = _DEFAULT_CWD + b"/" + raw
    parts = [part for part in raw.split(b"/") if part not in (b"", b".")]
    if b".." in parts or any(len(part) > _NAME_MAX for part in parts):
        raise InvalidValueError("path", path, allowed)
    clean = b"/" + b"/".join(parts)
    if len(clean) >= _PATH_MAX:
        raise InvalidValueError("path", path, allowed)
    return clean


def execute_payload(
    program: Program, kind: str = "", *, memory_bytes: int = 0, slowdown: float = 1.0
) -> bytes:
    """Return the payload that starts `program`, or takes one that waits as `kind`.

    `memory_bytes` is for a guest that limits memory itself, 0 for another. `slowdown` is how
    many times slower it runs.

    InvalidValueError for what no system call would take.
    """
    if not program.argv or not program.argv[0]:
        raise InvalidValueError("argv", list(program.argv), "name the program to run")
    if program.stdin is not None and len(program.stdin) > messages.BLOB_MAX:
        raise InvalidValueError(
            "stdin", f"{len(program.stdin)} bytes", f"give at most {messages.BLOB_MAX} bytes"
        )
    if program.cwd is not None:
        cwd = path_of(program.cwd)
    else:
        cwd = b"" if program.identity is Identity.FRESH else _DEFAULT_CWD
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
