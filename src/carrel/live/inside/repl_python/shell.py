"""IPython's shell as a session has it: plain text, and errors as Python itself shows them."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

_FOLDER = os.path.dirname(__file__) + os.sep


class Hook(DisplayHook):
    """Shows the value of a cell: as text without `Out[1]:`, or in a richer form."""

    def write_output_prompt(self) -> None:
        """Write none."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Show a value."""
        del md_dict
        self.shell.session.show(format_dict)

    def finish_displayhook(self) -> None:
        """Write no empty line."""
        sys.stdout.flush()


class Publisher(DisplayPublisher):
    """Shows what `display()` is given, and figures."""

    def publish(self, data: dict[str, Any], *_: Any, **__: Any) -> None:
        """Show a value."""
        self.shell.session.show(data)

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002 - IPython's
        """Leave what was shown."""


class Shell(InteractiveShell):
    """IPython's shell, with errors as Python itself shows them."""

    session: Any
    displayhook_class = Hook
    display_pub_class = Publisher
    system = InteractiveShell.system_raw

    def init_hooks(self) -> None:
        """Show pages as text."""
        super().init_hooks()
        self.set_hook("show_in_pager", _page)

    def ask_exit(self) -> None:
        """Say what to do instead, for exit() and quit()."""
        sys.stdout.write("The session goes on. Reset it for a fresh start.\n")

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Write the error in flight, from the first line of the student's on."""
        kind, error, place = cast("Any", exc_tuple or sys.exc_info())
        if kind is None:
            return
        if issubclass(kind, SystemExit):
            if error.code:
                sys.stderr.write(f"SystemExit: {error.code}\n")
            return
        first = place
        while first is not None and not first.tb_frame.f_code.co_filename.startswith("<cell "):
            first = first.tb_next
        shown = traceback.TracebackException(kind, error, first or place, compact=True)
        _without_ours(shown)
        sys.stderr.write("".join(shown.format()))
        sys.stderr.flush()

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Write the syntax error in flight."""
        kind, error, _place = sys.exc_info()
        sys.stderr.write("".join(traceback.format_exception_only(kind, error)))
        sys.stderr.flush()


def _without_ours(error: traceback.TracebackException | None) -> None:
    """Leave our own frames out: students' errors end in `input`, or in the handler of SIGINT."""
    while error is not None:
        error.stack[:] = [frame for frame in error.stack if not frame.filename.startswith(_FOLDER)]
        error = error.__cause__ or error.__context__


def _page(_: Any, data: Any, *__: Any, **___: Any) -> None:
    text = data.get("text/plain", "") if isinstance(data, dict) else data
    sys.stdout.write(str(text) + "\n")
