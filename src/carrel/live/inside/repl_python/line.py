"""The line to the host: requests from it, messages to it; see `session`."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
from typing import Any

_PIECE = 3900  # with its mark less than PIPE_BUF, which is written in one go
_OURS = 200  # the lowest descriptor of our own


class Line:
    """Requests from the host, messages to it."""

    def __init__(self, mark: bytes) -> None:
        self._mark = b"\0" + mark
        self._from, self.out, self.err = (
            fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _OURS) for number in (0, 1, 2)
        )
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        self._woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wake = fcntl.fcntl(wake, fcntl.F_DUPFD_CLOEXEC, _OURS)
        os.close(wake)
        self._data = b""

    def send(self, message: dict[str, Any], *, on_stdout: bool = False) -> None:
        """Send one message; ends the process when the line is gone."""
        text = json.dumps(message).encode()
        to = self.out if on_stdout else self.err
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            sign = b"+" if start + _PIECE < len(text) else b"."
            try:
                os.write(to, self._mark + sign + piece + b"\n")
            except OSError:
                os._exit(70)

    def was_interrupted(self) -> bool:
        """Return whether SIGINT has come since the last look."""
        # The student's code may have asked to hear of signals in this way itself.
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        try:
            return signal.SIGINT in os.read(self._woken, 512)
        except BlockingIOError:
            return False
        except OSError:
            os._exit(70)

    def receive(self, *, interruptible: bool) -> Any:
        """Return the next request; KeyboardInterrupt at an interrupt that is let through.

        Ends the process when there will be none. No signal is lost in between, and no byte:
        the handler of SIGINT does nothing meanwhile, and this loop hears of it.
        """
        while b"\n" not in self._data:
            try:
                ready, _, _ = select.select([self._from, self._woken], [], [])
                if self._woken in ready and self.was_interrupted() and interruptible:
                    raise KeyboardInterrupt
                if self._from not in ready:
                    continue
                data = os.read(self._from, 65536)
            except (OSError, ValueError):
                os._exit(70)
            if not data:
                os._exit(0)
            self._data += data
        line, _, self._data = self._data.partition(b"\n")
        return json.loads(line)
