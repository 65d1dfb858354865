"""A Python session in a sandbox: IPython's shell, driven by lines from the host.

Descriptors 1 and 2 stay what the student's program takes them for. Messages for the host
go between the text: a mark that the host chose, "+" (more follows) or "." and a piece of
JSON, up to the end of the line. A piece is short enough to be written in one go, so that no
other process's text comes between. What ends an execution is said on both descriptors: the
host then has all of their text. Requests come on a copy of descriptor 0.

The student's code shares this process and may do anything to it. What it forges, it forges
for itself: the host bounds and checks every line, and ends a process that does not answer.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import getpass
import io
import os
import signal
import sys
import threading
import warnings
from time import sleep
from typing import Any

from traitlets.config import Config

from .line import Line
from .shell import Shell

_FLUSH_S = 0.05
_RICH = ("image/png", "text/html")
_MOST_DISPLAY = 1_500_000
_MOST_PROMPT = 2000
_MOST_MATCHES = 200
_MOST_NAME = 200


class Session:
    """The shell, and what it does for the host."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._process = os.getpid()
        self._thread = threading.get_ident()
        self._running = False
        self._id = 0
        self._asked = 0
        self._rich = False
        self._busy = threading.Event()
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.IPCompleter.use_jedi = False
        Shell.session = self
        self.shell = Shell.instance(config=config)
        sys.stdin = Stdin(self)
        builtins.input = self.input
        getpass.getpass = self.getpass
        signal.signal(signal.SIGINT, self._on_interrupt)
        os.register_at_fork(after_in_child=self._in_child)
        threading.Thread(target=self._flush_often, daemon=True).start()

    def run(self) -> None:
        """Answer requests until there are no more."""
        self._line.send({"t": "ready"})
        while True:
            request = self._line.receive(interruptible=False)
            if request["do"] == "execute":
                self._execute(request)
            elif request["do"] == "complete":
                self._complete(request)

    # --- executing -----------------------------------------------------------------

    def _execute(self, request: Any) -> None:
        self._id, self._rich = request["id"], request["rich"]
        self._mend()
        formatter = self.shell.display_formatter
        formatter.active_types = ["text/plain", *(_RICH if self._rich else ())]
        good = False
        self._busy.set()
        try:
            self._running = True
            try:
                self._line.send({"t": "begun", "id": self._id})
                good = self._run_cell(request["code"])
            finally:
                self._running = False
        except BaseException:  # an interrupt between two steps of the shell
            self._running = False
            self.shell.showtraceback()
        if os.getpid() != self._process:  # a child that the code left to run on here
            self._flush()
            os._exit(0)
        self._busy.clear()
        self._flush()
        self._line.send({"t": "end", "id": self._id}, on_stdout=True)
        self._line.send({"t": "done", "id": self._id, "ok": good})

    def _run_cell(self, code: str) -> bool:
        result = self.shell.run_cell(code, store_history=True)
        error = result.error_in_exec
        if isinstance(error, SystemExit):
            return error.code in (None, 0)
        return bool(result.success)

    def _mend(self) -> None:
        """Bring back what the next execution needs, where the last one took it away."""
        for name, number, own in (("stdout", 1, self._line.out), ("stderr", 2, self._line.err)):
            try:
                os.fstat(number)
            except OSError:
                os.dup2(own, number)
            stream = getattr(sys, name, None)
            if stream is None or getattr(stream, "closed", False):
                setattr(sys, name, _opened(number))
        signal.signal(signal.SIGINT, self._on_interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # closed, or the student's own
                stream.flush()

    def _flush_often(self) -> None:
        """Show what a program printed without ending its line."""
        while True:
            self._busy.wait()
            self._flush()
            sleep(_FLUSH_S)

    def _on_interrupt(self, *_: Any) -> None:
        if self._running:
            raise KeyboardInterrupt

    def _in_child(self) -> None:
        self._thread = -1

    # --- what the code may ask for ---------------------------------------------------

    def input(self, prompt: object = "", /) -> str:
        """Have the host ask whoever sits there for a line."""
        return self.ask(str(prompt), EOFError("EOF when reading a line")).removesuffix("\n")

    def getpass(self, prompt: str = "Password: ", stream: object = None) -> str:
        """Have the host ask; nothing is echoed here anyway."""
        del stream
        return self.input(prompt)

    def ask(self, prompt: str, at_end: Exception | None = None) -> str:
        """Return a line with its end; "" or `at_end` when there is none."""
        if threading.get_ident() != self._thread or os.getpid() != self._process:
            raise EOFError("only the main thread of a session can read input")
        self._flush()
        self._asked += 1
        self._line.send(
            {"t": "input", "id": self._id, "ask": self._asked, "prompt": prompt[-_MOST_PROMPT:]}
        )
        self._line.was_interrupted()  # an interrupt of before has been an exception already
        self._running = False
        try:
            while True:
                answer = self._line.receive(interruptible=True)
                if answer["do"] == "input" and answer["ask"] == self._asked:
                    break
        finally:
            self._running = True
        if self._line.was_interrupted():
            raise KeyboardInterrupt
        if answer["text"] is not None:
            return str(answer["text"]) + "\n"
        if at_end is not None:
            raise at_end
        return ""

    def show(self, data: dict[str, Any]) -> None:
        """Show a value."""
        if not self._display(data) and "text/plain" in data:
            sys.stdout.write(str(data["text/plain"]) + "\n")

    def _display(self, data: dict[str, Any]) -> bool:
        """Show a value in a richer form than text; False where there is none that may be."""
        for mime in _RICH if self._rich else ():
            value = data.get(mime)
            if isinstance(value, bytes):
                value = base64.b64encode(value).decode()
            if isinstance(value, str) and value and len(value) <= _MOST_DISPLAY:
                self._flush()
                self._line.send({"t": "display", "id": self._id, "mime": mime, "data": value})
                return True
        return False

    # --- completing ------------------------------------------------------------------

    def _complete(self, request: Any) -> None:
        answer: dict[str, Any] = {"start": request["cursor"], "end": request["cursor"]}
        matches: list[str] = []
        self._mend()
        try:
            self._running = True
            try:
                answer, matches = self._matches(request["code"], request["cursor"])
            finally:
                self._running = False
        except BaseException:  # noqa: S110  # the student's own __dir__, or an interrupt
            pass
        self._flush()
        self._line.send({"t": "end", "id": request["id"]}, on_stdout=True)
        self._line.send({"t": "completions", "id": request["id"], **answer, "matches": matches})

    def _matches(self, code: str, cursor: int) -> tuple[dict[str, Any], list[str]]:
        from IPython.core.completer import provisionalcompleter  # noqa: PLC0415 - not at the start

        with provisionalcompleter():
            found = list(self.shell.Completer.completions(code, cursor))
        if not found:
            return {"start": cursor, "end": cursor}, []
        start, end = found[0].start, found[0].end
        texts = [one.text for one in found if (one.start, one.end) == (start, end)]
        return {"start": start, "end": end}, [
            text for text in texts[:_MOST_MATCHES] if len(text) <= _MOST_NAME
        ]


class Stdin:
    """Standard input as the session provides it."""

    encoding = "utf-8"
    errors = "strict"
    closed = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def readline(self, size: int = -1, /) -> str:
        """Return one line."""
        line = self._session.ask("")
        return line if size < 0 else line[:size]

    def read(self, size: int = -1, /) -> str:
        """Return all lines up to the end of the input."""
        text = "".join(self)
        return text if size < 0 else text[:size]

    def readlines(self, hint: int = -1, /) -> list[str]:
        """Return all lines."""
        del hint
        return list(self)

    def __iter__(self) -> Stdin:
        return self

    def __next__(self) -> str:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def isatty(self) -> bool:
        """Say no: nothing here is a terminal."""
        return False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def fileno(self) -> int:
        """Return descriptor 0, which is empty."""
        return 0


def _opened(number: int) -> io.TextIOWrapper:
    """Return a stream in place of one that was closed."""
    return io.TextIOWrapper(
        open(number, "wb", closefd=False),  # it stays open
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )


def _cell_name(_raw: str, _transformed: str, number: int) -> str:
    return f"<cell {number}>"


def main() -> None:
    """Serve the session whose mark is the second word."""
    ours, mark = sys.argv[1:3]
    sys.argv = [""]
    sys.path[:] = ["", *(entry for entry in sys.path if entry not in ("", ours))]
    warnings.filterwarnings("ignore", message="To exit: use")
    line = Line(mark.encode())
    sys.stdout, sys.stderr = _opened(1), _opened(2)
    session = Session(line)
    session.shell.compile.get_code_name = _cell_name
    session.run()
