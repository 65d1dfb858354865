"""Look at a program in a process of its own.

A parser is a large C program that a stranger's text goes through, and nothing can
interrupt it: some texts take it minutes. So it runs in a process that has no rights (when
the platform runs as root), no files and bounded time and memory, and that is asked
nothing but what the rules found.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import anyio
from anyio.lowlevel import RunVar

from carrel.core.errors import PlatformFaultError
from carrel.languages.structure.code import Place
from carrel.languages.structure.rules import Failure, Outcome, Rule
from carrel.languages.structure.serve import TOO_MUCH
from carrel.languages.structure.tree import Source

_WALL_SECONDS = 300.0
_BY_THE_PROGRAM = frozenset(
    -number
    for number in (
        *(signal.SIGXCPU, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS),
        *(signal.SIGILL, signal.SIGFPE),
    )
)
_CHILD = "from carrel.languages.structure.serve import serve; serve()"

_places: RunVar[anyio.CapacityLimiter] = RunVar("carrel.languages.structure.places")


class UnreadableProgramError(Exception):
    """The program is too much for the parser: too long, or nested too deeply."""


async def examine(
    rules: Sequence[Rule], sources: Sequence[Source], language: str
) -> tuple[list[Outcome], bool]:
    """Return how each rule comes out, and whether a part of the program could not be parsed.

    Raises UnreadableProgramError when the program needs more than `CPU_SECONDS` or the
    memory there is, and PlatformFaultError when the process failed for another reason.
    """
    request = json.dumps(
        {
            "rules": [asdict(rule) for rule in rules],
            "sources": [(source.name, source.data.decode("latin-1")) for source in sources],
            "language": language,
        }
    ).encode()
    try:
        async with _limiter():
            with anyio.fail_after(_WALL_SECONDS):
                done = await anyio.run_process(
                    [sys.executable, "-I", "-c", _CHILD], input=request, check=False, env={}
                )
    except (OSError, TimeoutError) as error:
        raise PlatformFaultError(f"the process that reads programs failed: {error}") from error
    if done.returncode == TOO_MUCH or done.returncode in _BY_THE_PROGRAM:
        raise UnreadableProgramError
    return _answer(done, len(rules))


def _limiter() -> anyio.CapacityLimiter:
    """Return the places there are for such processes: no more than cores."""
    try:
        return _places.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(os.cpu_count() or 1)
        _places.set(limiter)
        return limiter


def _answer(done: subprocess.CompletedProcess[bytes], count: int) -> tuple[list[Outcome], bool]:
    if done.returncode != 0:
        said = done.stderr[-2000:].decode("utf-8", "replace").strip()
        raise PlatformFaultError(
            f"the process that reads programs ended with {done.returncode}: {said}"
        )
    try:
        answer = json.loads(done.stdout)
        outcomes = [_outcome(one) for one in answer["outcomes"]]
        has_errors = bool(answer["errors"])
    except (ValueError, KeyError, TypeError) as error:
        raise PlatformFaultError("the process that reads programs gave no answer") from error
    if len(outcomes) != count:
        raise PlatformFaultError("the process that reads programs did not answer everything")
    return outcomes, has_errors


def _outcome(value: Any) -> Outcome:
    failure = None if value["failure"] is None else Failure(value["failure"])
    places = tuple(
        Place(str(place["file"]), int(place["line"]), str(place["text"]))
        for place in value["places"]
    )
    return Outcome(failure, int(value["count"]), places)
