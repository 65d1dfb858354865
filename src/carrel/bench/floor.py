"""Bare processes of a template's programs, the floor that every backend is held against."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.bench import floor_server
from carrel.core.errors import PlatformFaultError

_START_S = 20.0
_LINE_BYTES = 1 << 20

Command = tuple[Sequence[str], bytes]
"""Arguments and standard input; `/app` in an argument is the run's own directory."""


@dataclass(frozen=True)
class BareRun:
    """What commands took as bare processes: all of it, and each process, in ms."""

    ms: float
    each_ms: tuple[float, ...]
    outputs: tuple[bytes, ...]


class Floor:
    """Runs programs of one template without any isolation; see `floor_server`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next = 0
        self._reader = asyncio.ensure_future(self._read())

    async def run(
        self,
        commands: Sequence[Command],
        files: Mapping[str, bytes] | None = None,
        directory: str | None = None,
    ) -> BareRun:
        """Write `files` and run commands one after another, in a new directory or that one.

        PlatformFaultError when one of them fails: they are programs of our own.
        """
        answer = await self._ask(
            "run",
            directory=directory,
            files={name: data.decode() for name, data in (files or {}).items()},
            commands=[(list(argv), text.decode()) for argv, text in commands],
        )
        outputs = tuple(output.encode() for output in answer["outputs"])
        return BareRun(answer["ms"], tuple(answer["each_ms"]), outputs)

    async def memory_mib(self, argv: Sequence[str]) -> float:
        """Return the memory share of a program that was sent a line and has written one."""
        return float((await self._ask("hold", argv=list(argv)))["pss_kib"] / 1024)

    async def directory(self) -> str:
        """Return a new directory for `run`; it goes with the floor."""
        return str((await self._ask("make"))["directory"])

    async def _ask(self, do: str, **request: Any) -> dict[str, Any]:
        if self._process.stdin is None or self._reader.done():
            raise PlatformFaultError("the process that measures the floor has ended")
        self._next += 1
        answer = self._waiting[self._next] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(
            json.dumps({"id": self._next, "do": do} | request).encode() + b"\n"
        )
        found: dict[str, Any] = await answer
        if "error" in found:
            raise PlatformFaultError(f"a bare process went wrong: {found['error']}")
        return found

    async def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - asked for
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            self._waiting.pop(answer["id"]).set_result(answer)
        for future in self._waiting.values():
            future.set_result({"error": "the process that runs them has ended"})

    async def close(self) -> None:
        """End it, and with it its mounts."""
        self._reader.cancel()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def open_floor(image: Path) -> AsyncIterator[Floor]:
    """Yield the floor on a template's image. PlatformFaultError when it cannot be mounted."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as place:
        # `unshare` becomes the server: to kill the one is to kill the other.
        process = await asyncio.create_subprocess_exec(
            *("unshare", "--mount", "--propagation", "private", "--"),
            *(sys.executable, "-I", "-S", floor_server.__file__, str(image), place),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            start_new_session=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        floor: Floor | None = None
        try:
            assert process.stdout is not None  # noqa: S101 - asked for
            async with asyncio.timeout(_START_S):
                said = json.loads(await process.stdout.readline() or "{}")
            if "ready" not in said:
                raise PlatformFaultError(
                    f"no bare process to compare with: {said.get('error', 'it did not start')}"
                )
            floor = Floor(process)
            yield floor
        finally:
            if floor is not None:
                await floor.close()
            elif process.returncode is None:
                process.kill()
                await process.wait()
