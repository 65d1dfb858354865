"""Runs the teacher's tests under their framework and tells the host what came of each.

Reports go over the line to the host, which the student's side is not on: `P` names the
unit tests before the first runs, `T` and `R` stand around each, `X` says why there are
none, `D` that all is done.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .client import Line, ProgramEndedError
from .comparing import watch_numpy, watch_unittest
from .modules import Finder, MissingNameError
from .wire import Pipe

_CHECK_S = 20.0
"""CPU time that checking may take here in one unit test: comparing what came, mostly."""
_MESSAGE = 2000
_STAND_INS = ("RemoteFunction", "RemoteMeta", "RemoteModule", " of the program>")
"""How errors name what stands for functions, classes and modules of the program's."""


class CheckingTooLongError(BaseException):
    """What the program returned takes too long to check."""


class Runner:
    """What both frameworks need."""

    def __init__(self, line: Line, config: dict[str, Any]) -> None:
        self.line = line
        self.files: list[str] = config["files"]
        self.names: list[str] = []
        self.slow = False

    def plan(self, names: list[str]) -> None:
        """Tell which unit tests there are."""
        self.names = names
        self.line.report(b"P", {"tests": names})

    def begin(self, name: str) -> None:
        """Tell that a unit test begins."""
        self.line.begin()
        self.slow = False
        self.line.report(b"T", {"name": name})
        signal.signal(signal.SIGPROF, self._too_long)
        signal.setitimer(signal.ITIMER_PROF, _CHECK_S)

    def _too_long(self, *_: Any) -> None:
        self.slow = True
        raise CheckingTooLongError("checking what the program returned takes too long")

    def end(self, name: str, outcome: str, message: str, error: BaseException | None) -> None:
        """Tell how a unit test ended: `passed`, `failed` or `skipped`."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        line = self.line
        cause = "slow" if self.slow else line.cause
        if line.over is not None or line.kept is not None or self.slow:
            outcome = "failed"  # whatever the test made of it
        if line.over is not None:
            message = line.over
        elif line.kept is not None and not message:
            message = plain(line.kept)
        if not cause and outcome == "failed" and is_programs(error):
            cause = "raised"
        report = {"name": name, "outcome": outcome, "message": message[:_MESSAGE], "cause": cause}
        if error is not None:
            report["trace"] = str(getattr(error, "_carrel_trace", ""))[:_MESSAGE]
        line.report(b"R", report | {"called": line.called[:200]})

    def stop(self, error: BaseException, file: str) -> None:
        """Tell why there are no unit tests in a file."""
        error = self.line.not_imported or error
        students = self._is_students(error)
        where = "" if students else "".join(_own_frames(error))
        self.line.report(
            b"X",
            {
                "file": file,
                "students": bool(students),
                "cause": "import"
                if self.line.not_imported and not self.line.cause
                else self.line.cause,
                "message": (plain(error) + where)[:_MESSAGE],
                "trace": str(getattr(error, "_carrel_trace", ""))[:_MESSAGE],
            },
        )

    def _is_students(self, error: BaseException) -> bool:
        """Whether the program may be why the tests cannot begin.

        It is where a value of its was used: a call's result, a constant, a name that is not
        there; or a function or class where the tests want something else.
        """
        if type(error).__name__ == "FixtureLookupError":
            return False
        if isinstance(error, ProgramEndedError) or self.line.used or is_programs(error):
            return True
        said = plain(error)
        return self.line.read and (
            isinstance(error, AssertionError) or any(name in said for name in _STAND_INS)
        )

    def done(self) -> None:
        """Tell that nothing more comes."""
        self.line.report(b"D", {})


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def is_programs(error: BaseException | None) -> bool:
    """Whether an error came out of the student's program."""
    return any(
        isinstance(one, MissingNameError | ProgramEndedError) or hasattr(one, "_carrel_trace")
        for one in chain(error)
        if not isinstance(one, AssertionError)
    )


def plain(error: BaseException) -> str:
    """Return an error as a sentence; the name of a failed check is left out."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  # made of the program's objects
        text = ""
    if type(error).__name__ == "FixtureLookupError":
        return f"there is no fixture {getattr(error, 'argname', '')!r}"
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} (line {error.lineno})"
    if isinstance(error, AssertionError | ProgramEndedError | MissingNameError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _own_frames(error: BaseException) -> list[str]:
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "/tests/" in frame.filename
    ]
    return [f"\n  line {frame.lineno}: {frame.line}" for frame in frames[-3:]]


@contextmanager
def line_to_host() -> Iterator[Line]:
    """Yield the line; what else is printed here goes to standard error."""
    pipe = Pipe(os.dup(1), os.dup(0))
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    yield Line(pipe)


def main() -> None:
    """Run the tests that the configuration names (JSON, the third argument)."""
    ours, tests = sys.argv[1:3]
    config = json.loads(sys.argv[3])
    sys.path[:] = [tests, *(entry for entry in sys.path if entry not in ("", ours))]
    sys.argv = [""]
    os.chdir(tests)
    with line_to_host() as line:
        sys.meta_path.insert(0, Finder(line, config["modules"]))
        runner = Runner(line, config)
        watch_unittest()
        watch_numpy()
        if config["framework"] == "pytest":
            from .with_pytest import run  # noqa: PLC0415 - only the one that is asked for
        else:
            from .with_unittest import run  # noqa: PLC0415
        run(runner)
        runner.done()
    sys.stderr.flush()
    os._exit(0)
