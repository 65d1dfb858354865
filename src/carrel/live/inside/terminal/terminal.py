"""A terminal in a sandbox: a shell on a PTY, driven by lines from the host.

Requests come as lines of JSON on descriptor 0; what the terminal shows goes to descriptor 1 as
it is. The end of the requests hangs up: the shell and its jobs get SIGHUP. The exit code is the
shell's.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
from typing import Any

_MOST_WAITING = 256 * 1024
"""Bytes typed that nobody has read; more are lost, as on any terminal."""

_READ = 32 * 1024
_NO_TERMINAL = 71


class Terminal:
    """The PTY's master, and the shell behind it."""

    def __init__(self, shell: list[str], columns: int, rows: int) -> None:
        try:
            self.shell, self.master = pty.fork()
        except OSError:
            os._exit(_NO_TERMINAL)
        if self.shell == 0:
            _resize(0, columns, rows)
            os.execvp(shell[0], shell)  # noqa: S606 - it is what somebody asked for
        os.set_blocking(self.master, False)
        self._typed = b""
        self._lines = b""

    def run(self) -> None:
        """Carry bytes both ways until the shell or the requests end."""
        while True:
            to = [self.master] if self._typed else []
            readable, writable, _ = select.select([0, self.master], to, [])
            if writable:
                self._type()
            if self.master in readable and not self._show():
                return
            if 0 in readable and not self._hear():
                return

    def end(self) -> int:
        """Hang up and return the shell's exit code, as shells count them."""
        os.close(self.master)
        os.kill(self.shell, signal.SIGHUP)
        status = os.waitpid(self.shell, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _show(self) -> bool:
        try:
            data = os.read(self.master, _READ)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno != errno.EIO:  # which is how Linux says that nobody is there any more
                raise
            return False
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]
        return bool(data)

    def _hear(self) -> bool:
        data = os.read(0, _READ)
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            self._do(json.loads(line))
        return bool(data)

    def _do(self, request: Any) -> None:
        if request["do"] == "resize":
            _resize(self.master, request["columns"], request["rows"])
        else:
            typed = request["text"].encode("utf-8", "surrogateescape")
            self._typed += typed[: max(0, _MOST_WAITING - len(self._typed))]

    def _type(self) -> None:
        try:
            done = os.write(self.master, self._typed)
        except BlockingIOError:
            return
        except OSError:
            done = len(self._typed)  # nobody is there any more
        self._typed = self._typed[done:]


def _resize(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main() -> None:
    """Run the words after the size as the shell."""
    columns, rows = map(int, sys.argv[1:3])
    terminal = Terminal(sys.argv[3:], columns, rows)
    terminal.run()
    os._exit(terminal.end())


if __name__ == "__main__":
    main()
