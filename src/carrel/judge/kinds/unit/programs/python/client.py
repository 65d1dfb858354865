"""Beside the tests: the line to the student's program, and what is asked on it.

The student's side can answer what it likes; that is all it can do here. An answer that is
none ends the program, and with it the unit test that asked.
"""

from __future__ import annotations

import builtins
import sys
import threading
from typing import Any

from .objects import Objects, RemoteModule
from .proxies import RemoteFunction, RemoteMeta
from .references import Reference
from .values import Exchange, WireError
from .wire import Pipe, dump, load

_DAMAGED = (
    WireError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError,
    ArithmeticError, ImportError,
)  # fmt: skip
_FIXED = (RemoteFunction, RemoteMeta, RemoteModule, AttributeError)
"""What an honest program has under a name whatever it computes; or it lacks the name."""
_ORIGINAL_INPUT = builtins.input


class ProgramEndedError(BaseException):
    """The student's program is gone; no `except Exception` of a test may hide that."""


class Line:
    """The line to the student's program, which is started when it is needed.

    `over` says why nothing more can be asked in this unit test, `cause` in a word; `called`
    is what was asked last. `kept` is a failed check of the test's that happened inside of a
    call, where the student's code could have caught it. `read` says that something of the
    program's was read outside of unit tests, `used` that it was no function or class.
    """

    def __init__(self, pipe: Pipe) -> None:
        self.run = 0
        self.over: str | None = None
        self.cause = ""
        self.called = ""
        self.read = self.used = False
        self.kept: BaseException | None = None
        self.testing = False
        self.not_imported: BaseException | None = None
        self.objects = Objects(self)
        self._pipe = pipe
        self._alive = False
        self._imported: list[str] = []
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Forget what was the matter with the unit test before."""
        self.testing = True
        self.over, self.kept, self.cause, self.called = None, None, "", ""

    def report(self, kind: bytes, content: Any) -> None:
        """Tell the host something; the student's side never hears of it."""
        with self._lock:
            self._pipe.send(kind, dump(content))

    def load(self, name: str) -> None:
        """Import a module of the program's, anew."""
        try:
            self.request("import", None, name)
        except BaseException as error:
            if not self.testing:
                self.not_imported = error
                if isinstance(error, SystemExit):  # it would end the framework
                    raise ImportError("the program ended itself while it was imported") from None
            raise
        if name not in self._imported:
            self._imported.append(name)

    def request(
        self,
        operation: str,
        where: Reference | None,
        name: str = "",
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        wait: bool = False,
    ) -> Any:
        """Have something done by the program and return what comes of it, or raise it."""
        with self._lock:
            if self.over is not None:
                raise ProgramEndedError(self.over)
            label = name if not where or not where.label else f"{where.label}.{name}".rstrip(".")
            self._start_if_needed(operation)
            exchange = Exchange(self.objects.send, self.objects.receive)
            request = {
                "op": operation,
                "on": None if where is None else self._where(where),
                "name": name,
                "args": [exchange.encode(item) for item in args],
                "kw": {key: exchange.encode(item) for key, item in (kwargs or {}).items()},
                "await": wait,
                "free": self.objects.take_freed(),
            }
            failed, result = self._converse(dump(request), exchange, label)
            if self.kept is not None:
                raise self.kept
            self._note_use(operation, result)
            if failed:
                raise result
            return result

    def _note_use(self, operation: str, result: Any) -> None:
        if not self.testing and operation != "import":
            self.read = True
            names = operation == "dir" and isinstance(result, list)
            fixed = operation == "get" and isinstance(result, _FIXED)
            self.used = self.used or not (names or fixed)

    def _start_if_needed(self, operation: str) -> None:
        if self._alive:
            return
        self.run += 1
        self.objects.forget()
        self._alive = True
        self._pipe.send(b"N")
        if operation != "import":
            for module in self._imported:
                self.request("import", None, module)

    def _where(self, where: Reference) -> Any:
        if where.run == self.run:
            return where.number
        if where.path is not None:
            return where.path
        raise self._end("it needs an object that was lost when the program ended", "lost")

    def _end(self, why: str, cause: str) -> ProgramEndedError:
        self.over, self.cause = why, cause
        return ProgramEndedError(why)

    def _converse(self, payload: bytes, exchange: Exchange, label: str) -> tuple[bool, Any]:
        """Send a request; answer the program's own questions until its answer comes."""
        while True:
            self._pipe.send(b"C", payload)
            kind, data = self._pipe.receive()
            if kind == b"E":
                self._alive = False
                self.called = label
                raise self._end(data.decode("utf-8", "replace"), "ended")
            try:
                answer = load(data)
                self._show(answer["out"])
                if "ok" in answer or "error" in answer:
                    result = exchange.decode(answer.get("ok", answer.get("error")))
                    exchange.apply(answer["ch"])
                    if "error" in answer and not isinstance(result, BaseException):
                        raise WireError("an error that is none")
                    return "error" in answer, result
                own = Exchange(self.objects.send, self.objects.receive)
                question = self._understand(answer, own)
            except _DAMAGED as error:
                self._alive = False
                self.called = label
                raise self._end(
                    f"what it answered is no answer ({error})"[:300], "broken"
                ) from None
            payload = dump(self._answer(own, *question))

    def _show(self, output: Any) -> None:
        for number, text, too_much in output:
            (sys.stdout if number == 1 else sys.stderr).write(str(text))
            if too_much:
                self._alive = False
                raise self._end("the program printed too much", "output")

    def _understand(
        self, asked: dict[str, Any], own: Exchange
    ) -> tuple[Any, list[Any], Any, list[Any]]:
        args = [own.decode(item) for item in asked["args"]]
        kwargs = {str(key): own.decode(item) for key, item in asked["kw"].items()}
        if "cb" in asked:
            function = self.objects.callback(asked["cb"])
        else:
            function = {"input": _input, "readline": _readline, "read": _read}[asked["in"]]
        return function, args, kwargs, own.remember()

    def _answer(
        self, own: Exchange, function: Any, args: list[Any], kwargs: Any, before: list[Any]
    ) -> dict[str, Any]:
        """Do what the program asks for: call something that the test gave it."""
        try:
            answer = {"ok": own.encode(function(*args, **kwargs))}
        except (Exception, SystemExit) as error:  # noqa: BLE001  # the program's to catch
            if isinstance(error, AssertionError):
                self.kept = self.kept or error
            answer = {"error": self.objects.send_error(error, own)}
        except BaseException as error:  # noqa: BLE001  # a framework's, or the program has ended
            self.kept = self.kept or error
            answer = {"error": self.objects.send_error(RuntimeError("the test has ended"), own)}
        return answer | {"ch": own.changes(before)}


def _input(prompt: str) -> str:
    if builtins.input is _ORIGINAL_INPUT:
        if prompt:
            sys.stdout.write(prompt)
        return _line(_readline(-1))
    return str(builtins.input(prompt))


def _line(text: str) -> str:
    if not text:
        raise EOFError("EOF when reading a line")
    return text.removesuffix("\n")


def _readline(size: int) -> str:
    return str(sys.stdin.readline(size)) if _has_input() else ""


def _read(size: int) -> str:
    return str(sys.stdin.read(size)) if _has_input() else ""


def _has_input() -> bool:
    """Whether the test gave standard input; the framework's own stand-in refuses to be read."""
    return sys.stdin is not None and not type(sys.stdin).__module__.startswith("_pytest")
