"""Beside the student's program: does what the tests ask for, one request at a time.

It holds nothing that a student may not know. Whatever the student's code does to this
process (replaces functions, writes to its descriptors, ends it) it does to its own
answers only; what they are worth is decided on the other side.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import os
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import describe
from .streams import Captured, Stdin
from .values import TYPES, Exchange, WireError
from .wire import ClosedError, Pipe, dump, load

_VIEWS = {type({}.keys()): "dk", type({}.values()): "dv", type({}.items()): "di"}
_EXCEPTIONS = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}


class Server:
    """The student's side of the line."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._handles: dict[int, Any] = {}
        self._ids: dict[int, int] = {}
        self._next = 1
        self._described: set[int] = set()
        self._thread = threading.get_ident()
        self._output = Captured()
        self._loop: Any = None
        self._replaced: dict[tuple[int, str], tuple[Any, Any]] = {}
        sys.stdin = Stdin(self)
        builtins.input = self.input

    def run(self) -> None:
        """Answer requests until the line is closed."""
        while True:
            try:
                _, payload = self._pipe.receive()
            except ClosedError:
                os._exit(0)
            self._answer(load(payload))

    def _answer(self, request: Any) -> None:
        for handle in request.get("free", ()):
            gone = self._handles.pop(handle, None)
            self._ids.pop(id(gone), None)
        exchange = Exchange(self._foreign, self._local)
        answer: dict[str, Any]
        before: list[Any] = []
        try:
            work, before = self._prepare(request, exchange)
            answer = {"ok": exchange.encode(work())}
        except BaseException as error:  # noqa: BLE001  # all of it is the test's to see
            answer = {"error": self._error(error, exchange)}
        try:
            answer["ch"] = exchange.changes(before)
        except Exception as error:  # noqa: BLE001
            answer = {"error": self._error(error, exchange)}
        self._send(answer)

    def _send(self, answer: dict[str, Any]) -> None:
        answer["out"] = self._output.take()
        self._pipe.send(b"A", dump(answer))

    # --- requests ------------------------------------------------------------------

    def _prepare(self, request: Any, exchange: Exchange) -> tuple[Callable[[], Any], list[Any]]:
        operation = request["op"]
        if operation == "import":
            return lambda: self._import(request["name"]), []
        target = self._target(request["on"])
        name = request.get("name", "")
        args = [exchange.decode(item) for item in request.get("args", ())]
        kwargs = {key: exchange.decode(item) for key, item in request.get("kw", {}).items()}
        before = exchange.remember()
        work = {
            "get": lambda: getattr(target, name),
            "set": lambda: self._set(target, name, args[0]),
            "del": lambda: self._delete(target, name),
            "call": lambda: self._awaited(target(*args, **kwargs), request),
            "method": lambda: self._awaited(_method(target, name)(*args, **kwargs), request),
            "iter": lambda: iter(target),
            "next": lambda: _next(target),
            "plain": lambda: _plain(target),
            "dir": lambda: [item for item in dir(target) if isinstance(item, str)],
            "await": lambda: self._awaited(target, {"await": True}),
        }[operation]
        return work, before

    def _set(self, target: Any, name: str, value: Any) -> None:
        """Set an attribute, and remember what was there: see `_delete`."""
        own = getattr(target, "__dict__", {})
        if name in own and (id(target), name) not in self._replaced:
            self._replaced[id(target), name] = (target, own[name])
        setattr(target, name, value)

    def _delete(self, target: Any, name: str) -> None:
        """Delete an attribute, or bring back the one that the test replaced.

        That is what pytest's monkeypatch and unittest.mock want when they undo a change: they
        look into the `__dict__` of what stands for the object on their side, find nothing, and
        delete.
        """
        if (id(target), name) in self._replaced:
            setattr(target, name, self._replaced.pop((id(target), name))[1])
        else:
            delattr(target, name)

    def _import(self, name: str) -> Any:
        for known in [key for key in sys.modules if key == name or key.startswith(name + ".")]:
            del sys.modules[known]
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def _target(self, where: Any) -> Any:
        if isinstance(where, int):
            return self._handles[where]
        found: Any = importlib.import_module(where[0])
        for part in where[1].split(".") if where[1] else ():
            found = getattr(found, part)
        return found

    def _awaited(self, value: Any, request: Any) -> Any:
        """Wait for a coroutine here, where its event loop is."""
        if not request.get("await") or not inspect.isawaitable(value):
            return value
        if self._loop is None:
            import asyncio  # noqa: PLC0415 - most programs do without

            self._loop = asyncio.new_event_loop()

        async def wait() -> Any:
            return await value

        return self._loop.run_until_complete(wait())

    # --- the other way ----------------------------------------------------------------

    def ask(self, question: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something of the test's; the test waits for us meanwhile."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("only the main thread can call what belongs to the test")
        exchange = Exchange(self._foreign, self._local)
        question["args"] = [exchange.encode(item) for item in args]
        question["kw"] = {key: exchange.encode(item) for key, item in kwargs.items()}
        self._send(question)
        while True:
            _, payload = self._pipe.receive()
            answer = load(payload)
            if "op" not in answer:
                break
            self._answer(answer)
        exchange.apply(answer.get("ch", ()))
        if "error" in answer:
            raise exchange.decode(answer["error"])
        return exchange.decode(answer["ok"])

    def input(self, prompt: object = "", /) -> str:
        """Read a line as the test provides it."""
        return str(self.ask({"in": "input"}, (str(prompt),), {}))

    # --- values ------------------------------------------------------------------------

    def _handle(self, value: Any) -> int:
        handle = self._ids.get(id(value))
        if handle is None:
            handle, self._next = self._next, self._next + 1
            self._handles[handle] = value
            self._ids[id(value)] = handle
        return handle

    def _foreign(self, value: Any, exchange: Exchange) -> list[Any]:
        """Return the JSON for an object that stays here."""
        if isinstance(value, Callback):
            return ["cb", value.number]
        if isinstance(value, type):
            return self._class(value, exchange)
        if isinstance(value, BaseException):
            return self._error(value, exchange)
        kind = type(value)
        if kind in _VIEWS:
            return [_VIEWS[kind], exchange.items(value, 0)]
        if isinstance(value, types.ModuleType):
            return ["mo", self._handle(value), describe.clip(value.__name__, 200)]
        if inspect.isroutine(value):
            return [
                "fn",
                self._handle(value),
                describe.clip(str(getattr(value, "__qualname__", "function")), 400),
                inspect.iscoroutinefunction(value),
                describe.path_of(value),
                describe.clip(value.__doc__) if isinstance(value.__doc__, str) else None,
            ]
        if inspect.iscoroutine(value):
            return ["aw", self._handle(value)]
        known = self._class(kind, exchange)
        base = describe.data_base(kind)
        if base is not None and base.__hash__ is not None:
            return ["m", self._handle(value), known, exchange.encode(_immutable(value, base))]
        if isinstance(value, Iterator) and not describe.is_students(kind):
            return ["it", self._handle(value), inspect.isgenerator(value)]
        return ["o", self._handle(value), known]

    def _class(self, kind: type, exchange: Exchange) -> list[Any]:
        if TYPES.get(kind.__name__) is kind:
            return ["ty", kind.__name__]
        if _EXCEPTIONS.get(kind.__name__) is kind:
            return ["et", kind.__name__]
        handle = self._handle(kind)
        if handle in self._described:
            return ["cl", handle, None, None, None]
        self._described.add(handle)
        bases = [
            self._class(base, exchange)
            for base in kind.__bases__
            if describe.is_students(base) or base.__module__ in ("enum", "dataclasses")
        ]
        return ["cl", handle, describe.describe_class(kind), bases, describe.path_of(kind)]

    def _error(self, error: BaseException, exchange: Exchange) -> list[Any]:
        """Return the JSON for an error; what it carries may be anything."""
        try:
            text = str(error)
        except Exception:  # noqa: BLE001  # the student's own __str__
            text = ""
        try:
            args = exchange.items(error.args, 0)
        except Exception:  # noqa: BLE001  # nothing that travels
            args = [describe.clip(text)]
        return [
            "ex",
            self._handle(error),
            self._class(type(error), exchange),
            args,
            describe.clip(text),
            describe.frames_of(error),
            describe.error_text(error),
        ]

    def _local(self, wire: list[Any], exchange: Exchange) -> Any:
        """Return what the other side's reference stands for here."""
        tag = wire[0]
        if tag == "o":
            return self._target(wire[1])
        if tag == "cb":
            return Callback(self, wire[1], wire[2], is_async=wire[3])
        if tag == "ci":
            return _items(Callback(self, wire[1], "next", is_async=False))
        if tag == "et":
            return _EXCEPTIONS[wire[1]]
        if tag == "ei":
            return _EXCEPTIONS[wire[1]](*(exchange.decode(item) for item in wire[2]))
        raise WireError(f"a value of an unknown kind {tag!r}")


class Callback:
    """A function of the test's: all that can be done with it is to call it."""

    def __init__(self, server: Server, number: int, name: str, *, is_async: bool) -> None:
        self.number = number
        self.__name__ = self.__qualname__ = name
        self._ask = server.ask
        self._is_async = is_async

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self._ask({"cb": self.number}, args, kwargs)
        return _ready(result) if self._is_async else result

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__name__} of the test>"


def _items(ask: Callback) -> Iterator[Any]:
    """Iterate over something of the test's."""
    while item := ask():
        yield item[0]


async def _ready(value: Any) -> Any:
    return value


def _method(target: Any, name: str) -> Any:
    if name.startswith("__") and not isinstance(target, type | types.ModuleType):
        found = getattr(type(target), name)
        return found.__get__(target, type(target)) if hasattr(found, "__get__") else found
    if name.startswith("__"):
        return getattr(type(target), name).__get__(target, type(target))
    return getattr(target, name)


def _next(target: Any) -> list[Any]:
    for item in target:
        return [item]
    return []


def _immutable(value: Any, base: type) -> Any:
    """Return the plain data in an instance of a class that derives from it."""
    if base in (tuple, frozenset):
        return base(base.__iter__(value))
    if base is complex:
        return complex.__pos__(value)
    plain: dict[type, Callable[[Any], Any]] = {
        bool: bool,
        int: int.__int__,
        float: float.__float__,
        str: str.__str__,
        bytes: lambda data: bytes.__getitem__(data, slice(None)),
    }
    return plain[base](value)


def _plain(value: Any) -> Any:
    base = describe.data_base(type(value))
    if base is dict:
        return dict(dict.items(value))
    if base in (list, set):
        return base(base.__iter__(value))
    if base is bytearray:
        return bytearray(bytearray.__getitem__(value, slice(None)))
    raise TypeError("no plain data")


def main() -> None:
    """Answer on descriptors that nobody else knows by name."""
    to, from_ = os.dup(1), os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    ours, theirs = sys.argv[1:3]
    describe.place = theirs + "/"
    sys.path[:] = [theirs, *(entry for entry in sys.path if entry not in ("", ours))]
    sys.argv = [""]
    Server(Pipe(to, from_)).run()
