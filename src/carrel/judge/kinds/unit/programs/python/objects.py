"""What stays where it is: the student's objects here as stand-ins, the tests' as callbacks.

Of the tests' side the program gets functions to call and nothing else. What arrives from it
is a reference, or the description of a class; each is checked.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from .proxies import (
    Remote,
    RemoteAwaitable,
    RemoteError,
    RemoteFunction,
    RemoteIterator,
    RemoteMeta,
    RemoteObject,
    make_class,
    reference_of_class,
)
from .references import Reference, RemoteMethod, generate, reference
from .values import Exchange, WireError

_MODULES_OF_ERRORS = {
    "json.decoder.JSONDecodeError", "dataclasses.FrozenInstanceError", "decimal.InvalidOperation",
    "decimal.DivisionByZero", "queue.Empty", "queue.Full", "asyncio.exceptions.InvalidStateError",
    "asyncio.exceptions.CancelledError", "zipfile.BadZipFile", "statistics.StatisticsError",
    "subprocess.CalledProcessError", "subprocess.TimeoutExpired", "sqlite3.IntegrityError",
    "sqlite3.OperationalError", "configparser.Error",
}  # fmt: skip
"""Errors of the standard library that tests expect by name."""

_VIEWS: dict[str, Callable[[list[Any]], Any]] = {
    "dk": lambda items: dict.fromkeys(items).keys(),
    "dv": lambda items: dict(enumerate(items)).values(),
    "di": lambda items: dict(items).items(),
}
_DATA: tuple[Any, ...] = (
    int,
    float,
    complex,
    str,
    bytes,
    tuple,
    frozenset,
    list,
    dict,
    set,
    bytearray,
)
_MAX_FUNCTIONS = 100_000
_MAX_DATA = 10_000


class RemoteModule(Remote):
    """A module of the program's that the tests got as an object."""


class Objects:
    """The translation between objects and what stands for them on the line."""

    def __init__(self, line: Any) -> None:
        self._line = line
        self._freed: list[int] = []
        self._known: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._data: dict[int, Any] = {}
        self._classes: dict[int, type] = {}
        self._by_path: dict[tuple[str, str], type] = {}
        self._named: set[type] = set()
        self._functions: list[Any] = []
        self._function_numbers: dict[int, int] = {}
        self._generators: weakref.WeakKeyDictionary[Any, Reference] = weakref.WeakKeyDictionary()

    def forget(self) -> None:
        """Forget the references of a program that has ended."""
        self._known.clear()
        self._data.clear()
        self._classes.clear()
        self._freed.clear()

    def release(self, number: int) -> None:
        """Note that nothing here needs an object any more."""
        self._freed.append(number)

    def take_freed(self) -> list[int]:
        """Return the numbers of the objects that the other side may let go."""
        freed = [number for number in self._freed if number not in self._known]
        self._freed.clear()
        return freed

    def name(self, kind: type) -> None:
        """Note that the tests name a class themselves."""
        self._named.add(kind)

    def is_named(self, kind: type) -> bool:
        """Whether the tests name a class, or one that it derives from."""
        return any(base in self._named for base in kind.__mro__)

    def callback(self, number: Any) -> Any:
        """Return what the tests gave away under a number."""
        if not isinstance(number, int) or not 0 <= number < len(self._functions):
            raise WireError("a function that the test did not give")
        return self._functions[number]

    # --- out -------------------------------------------------------------------------------

    def send(self, value: Any, exchange: Exchange) -> list[Any]:
        """Return the JSON for what is no plain data."""
        if isinstance(value, RemoteMethod):
            value = value.there
        if isinstance(value, Remote):
            return ["o", self._where(reference(value))]
        if isinstance(value, RemoteMeta):
            return ["o", self._where(reference_of_class(value))]
        if inspect.isgenerator(value) and value in self._generators:
            return ["o", self._where(self._generators[value])]
        if isinstance(value, BaseException):
            return self.send_error(value, exchange)
        if isinstance(value, type) and issubclass(value, BaseException):
            return ["et", _nearest(value).__name__]
        for base in _DATA:
            if isinstance(value, base):  # a class of the test's that derives from plain data
                return exchange.encode(base(value))  # type: ignore[no-any-return]
        if callable(value):
            mode = inspect.iscoroutinefunction(value)
            name = getattr(value, "__name__", type(value).__name__)
            return ["cb", self._number(_blocking(value) if mode else value, value), str(name), mode]
        if isinstance(value, Iterator):
            return [
                "ci",
                self._number(lambda: [item for _, item in zip("1", value, strict=False)], value),
            ]
        raise TypeError(
            f"a test cannot hand an object of {type(value).__name__} over to the program: only "
            "plain data, functions, and objects of the program's own classes; see the reference of "
            "unit tests"
        )

    def send_error(self, error: BaseException, exchange: Exchange) -> list[Any]:
        """Return the JSON for an error. A failed check keeps what it expected to itself."""
        if isinstance(error, RemoteError) and reference(error).run == self._line.run:
            return ["o", reference(error).number]
        kind = _nearest(type(error))
        if not issubclass(kind, Exception | SystemExit | GeneratorExit):
            return ["ei", "RuntimeError", []]
        try:
            args = [] if kind is AssertionError else [exchange.encode(item) for item in error.args]
        except TypeError:
            args = [str(error)]
        return ["ei", kind.__name__, args]

    def _where(self, where: Reference) -> Any:
        return where.number if where.run == self._line.run else self._line._where(where)

    def _number(self, function: Any, key: Any) -> int:
        number = self._function_numbers.get(id(key))
        if number is None:
            if len(self._functions) >= _MAX_FUNCTIONS:
                raise TypeError("the tests gave too many functions to the program")
            number = self._function_numbers[id(key)] = len(self._functions)
            self._functions.append(function)
            self._functions.append(key)  # it lives as long as its number
        return number

    # --- in --------------------------------------------------------------------------------

    def receive(self, wire: list[Any], exchange: Exchange) -> Any:
        """Return what stands here for something of the program's."""
        tag = wire[0]
        if tag in _VIEWS:
            return _VIEWS[tag]([exchange.decode(item) for item in wire[1]])
        if tag == "cb":
            return self._functions[_checked_number(wire[1]) + 1]
        if tag == "et":
            return _builtin_error(wire[1])
        if tag == "cl":
            return self._class(wire, exchange)
        number = _checked_number(wire[1])
        known = self._known.get(number, self._data.get(number))
        if known is not None:
            return known
        made = self._make(tag, number, wire, exchange)
        if tag == "m":  # numbers and tuples cannot be referred to weakly
            if len(self._data) < _MAX_DATA:
                self._data[number] = made
        elif isinstance(made, Remote) or inspect.isgenerator(made):
            self._known[number] = made
        return made

    def _make(self, tag: str, number: int, wire: list[Any], exchange: Exchange) -> Any:
        if tag == "ex":
            return self._error(number, wire, exchange)
        if tag == "fn":
            name, is_async, path, doc = wire[2:6]
            where = Reference(self._line, number, _path(path), str(name))
            return RemoteFunction(where, str(name), doc and str(doc), is_async=is_async is True)
        make: Any
        where = Reference(self._line, number)
        if tag == "mo":
            return _with(
                RemoteModule(), Reference(self._line, number, [str(wire[2]), ""], str(wire[2]))
            )
        if tag == "aw":
            return _with(RemoteAwaitable(), where)
        if tag == "it" and wire[2] is True:
            made: Any = generate(where)
            self._generators[made] = where
            return made
        if tag == "it":
            return _with(RemoteIterator(), where)
        kind: Any = exchange.decode(wire[2])
        if tag == "m" and isinstance(kind, RemoteMeta):
            value = exchange.decode(wire[3])
            plain: Any = next(one for one in kind.__mro__ if one in _DATA)
            if type(value) is not plain:
                raise WireError("data of another type than its class")
            make = plain.__new__
            return _with(make(kind, value), where)
        if tag == "o":
            where.label = getattr(kind, "__name__", "")
            if not isinstance(kind, RemoteMeta):
                return _with(RemoteObject(), where)
            base = next((one for one in kind.__mro__ if one in _DATA), object)
            make = base.__new__
            return _with(make(kind), where)
        raise WireError(f"something of an unknown kind {str(tag)[:20]!r}")

    def _class(self, wire: list[Any], exchange: Exchange) -> type:
        number = _checked_number(wire[1])
        if wire[2] is None:
            return self._classes[number]
        told, path = wire[2], _path(wire[4])
        bases = [exchange.decode(base) for base in wire[3]]
        before = self._by_path.get((path[0], path[1])) if path else None
        if before is not None:  # the same class in a new run of the program
            where = reference_of_class(before)
            where.number, where.run = number, self._line.run
            self._classes[number] = before
            return before
        error = None
        if told["error"] is not None:
            fallback = Exception if "builtins.Exception" in told["error"] else ProgramBaseError
            error = next(filter(None, map(_library_error, told["error"])), fallback)
        where = Reference(self._line, number, path, str(told["name"]))
        made = self._classes[number] = make_class(where, told, bases, error)
        if path:
            self._by_path[path[0], path[1]] = made
        return made

    def _error(self, number: int, wire: list[Any], exchange: Exchange) -> BaseException:
        kind: Any = exchange.decode(wire[2])
        text = str(wire[4])
        try:
            args = [exchange.decode(item) for item in wire[3]]
            if kind in (Exception, ProgramBaseError) and wire[2][1] != "Exception":
                args = [f"{str(wire[2][1])[:100]}: {text}".rstrip(": ")]
            make: Any = kind.__new__ if isinstance(kind, RemoteMeta) else None
            error = make(kind, *args) if make is not None else kind(*args)
        except _MISFITS:
            shell: Any = kind if isinstance(kind, RemoteMeta) else Exception
            error = shell.__new__(shell, text)
        if not isinstance(error, BaseException):
            raise WireError("an error that is none")
        if isinstance(kind, RemoteMeta):
            error.__dict__["_carrel"] = Reference(self._line, number)
            error.__dict__["_carrel_text"] = text
        error.__dict__["_carrel_frames"] = wire[5]
        error.__dict__["_carrel_trace"] = str(wire[6])
        return error


class ProgramBaseError(BaseException):
    """An error of the program's that `except Exception` does not catch, as there."""


_MISFITS = (TypeError, ValueError, AttributeError)


def _with(value: Any, where: Reference) -> Any:
    value.__dict__["_carrel"] = where
    return value


def _blocking(function: Any) -> Any:
    """Return a function that waits for a coroutine of the test's, whatever loop is running."""
    import asyncio  # noqa: PLC0415 - most tests do without
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    def call(*args: Any, **kwargs: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(function(*args, **kwargs))).result()

    return call


def _checked_number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WireError("a number that is none")
    return value


def _path(value: Any) -> list[str] | None:
    if value is None:
        return None
    module, name = value
    if not isinstance(module, str) or not isinstance(name, str):
        raise WireError("a path that is none")
    return [module, name]


def _nearest(kind: type) -> type:
    return next(
        (base for base in kind.__mro__ if getattr(builtins, base.__name__, None) is base), Exception
    )


def _builtin_error(name: Any) -> type:
    found = getattr(builtins, str(name), None)
    if not isinstance(found, type) or not issubclass(found, BaseException):
        return Exception
    return found if issubclass(found, Exception | SystemExit) else ProgramBaseError


def _library_error(name: Any) -> type | None:
    """Return the class of a builtin or well-known error, by its full name."""
    module, _, kind = str(name).rpartition(".")
    if module == "builtins" or name in _MODULES_OF_ERRORS:
        found = getattr(importlib.import_module(module), kind, None)
        if isinstance(found, type) and issubclass(found, Exception | SystemExit):
            return found
    return None
