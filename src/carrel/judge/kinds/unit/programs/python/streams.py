"""The student's standard streams: what is printed is collected, what is read is asked for."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import sys
from typing import Any

_MOST = 1024 * 1024


class Captured:
    """Descriptors 1 and 2 as files in memory, so that child processes write there too."""

    def __init__(self) -> None:
        self._files = []
        for number in (1, 2):
            file = os.memfd_create(f"stream-{number}")
            os.dup2(file, number)
            flags = fcntl.fcntl(file, fcntl.F_GETFL)
            fcntl.fcntl(file, fcntl.F_SETFL, flags | os.O_APPEND)
            self._files.append(file)

    def take(self) -> list[Any]:
        """Return what was written since the last time: pairs of stream number and text."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # whatever the student put there
                stream.flush()
        taken: list[Any] = []
        for number, file in enumerate(self._files, 1):
            size = os.fstat(file).st_size
            if size:
                data = os.pread(file, _MOST, 0)
                os.ftruncate(file, 0)
                taken.append([number, data.decode("utf-8", "backslashreplace"), size > _MOST])
        return taken


class Stdin(io.TextIOBase):
    """Standard input: every read is a question to the test."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @property
    def buffer(self) -> io.BytesIO:
        """What is left of it, as bytes."""
        return io.BytesIO(self.read().encode())

    def _ask(self, method: str, *args: Any) -> Any:
        return self._server.ask({"in": method}, args, {})

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Read a line."""
        return str(self._ask("readline", size))

    def read(self, size: int | None = -1, /) -> str:
        """Read all there is."""
        return str(self._ask("read", -1 if size is None else size))

    def isatty(self) -> bool:
        """Whether somebody sits there."""
        return False
