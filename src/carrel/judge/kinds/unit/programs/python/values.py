"""Plain data as JSON, in both directions; nothing that arrives can name code to run.

A value is itself (None, bool, str, small int, finite float) or a list that begins with
a tag. What can be changed in place has a number, so that a list that is in two places
arrives as one, and so that a call can send back what it changed: the exchange of one
call counts on from the arguments to the result. Everything else is up to `foreign`
(to send) and `local` (to receive): objects that stay where they are.
"""

from __future__ import annotations

import base64
import collections
import io
import math
import sys
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 150
_SMALL = 1 << 53
_DATE_TYPES = {"datetime": "dt", "date": "da", "time": "ti"}
_ARRAY_KINDS = "biufcMm"
_MUTABLE = frozenset({"l", "d", "s", "ba", "dq", "od", "ct", "dd", "sio", "bio"})
TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        bool, bytearray, bytes, complex, dict, float, frozenset, int, list, memoryview,
        object, property, range, set, slice, str, tuple, type, type(None),
    )
}  # fmt: skip


class WireError(Exception):
    """What arrived is not a value, or what was to be sent cannot be."""


class Exchange:
    """The values of one call and its result; see the module's docstring."""

    def __init__(
        self,
        foreign: Callable[[Any, Exchange], list[Any]],
        local: Callable[[list[Any], Exchange], Any],
    ) -> None:
        self._foreign = foreign
        self._local = local
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    # --- out ---------------------------------------------------------------------

    def encode(self, value: Any, depth: int = 0) -> Any:
        """Return the JSON for a value."""
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -_SMALL < value < _SMALL else ["i", hex(value)]
        if kind is float:
            return value if math.isfinite(value) else ["f", repr(value)]
        if depth > MAX_DEPTH:
            raise WireError(f"data is nested more than {MAX_DEPTH} levels deep")
        number = self._numbers.get(id(value))
        if number is not None:
            return ["r", number]
        writer = _WRITERS.get(kind)
        if writer is not None:
            tag, mutable, write = writer
            return [tag, self._number(value), *write(self, value, depth + 1)] if mutable else [
                tag, *write(self, value, depth + 1)
            ]  # fmt: skip
        return self._encode_library(value, kind) or self._foreign(value, self)

    def _encode_library(self, value: Any, kind: type) -> list[Any] | None:
        """Return the JSON for a value of a library's type, if it is one that travels."""
        module, name = kind.__module__, kind.__name__
        if module == "datetime" and name in _DATE_TYPES and _plain_zone(value):
            return [_DATE_TYPES[name], value.isoformat()]
        if module == "datetime" and name == "timedelta":
            return ["td", value.days, value.seconds, value.microseconds]
        if module == "decimal" and name == "Decimal":
            return ["dec", str(value)]
        if module == "fractions" and name == "Fraction":
            return ["fr", hex(value.numerator), hex(value.denominator)]
        if module == "uuid" and name == "UUID":
            return ["uuid", str(value)]
        if module == "pathlib" and name in {"PosixPath", "PurePosixPath"}:
            return ["path", str(value), name == "PosixPath"]
        if module == "numpy":
            return _encode_numpy(value)
        if isinstance(value, type) and TYPES.get(value.__name__) is value:
            return ["ty", value.__name__]
        return None

    def _number(self, value: Any) -> int:
        self._numbers[id(value)] = len(self._objects)
        self._objects.append(value)  # it lives as long as its number
        return len(self._objects) - 1

    def items(self, values: Any, depth: int) -> list[Any]:
        """Return the JSON for several values."""
        return [self.encode(value, depth) for value in values]

    # --- in ----------------------------------------------------------------------

    def decode(self, wire: Any, depth: int = 0) -> Any:
        """Return the value that JSON stands for; WireError for anything else."""
        if wire is None or isinstance(wire, bool | str | int | float):
            return wire
        if depth > MAX_DEPTH or not isinstance(wire, list) or not wire:
            raise WireError("a value that is none, or is nested too deep")
        tag = wire[0]
        try:
            if tag == "r":
                return self._objects[_index(wire[1])]
            if tag in _MUTABLE:
                return self._decode_mutable(tag, wire, depth + 1)
            reader = _READERS.get(tag)
            if reader is not None:
                return reader(self, wire, depth + 1)
        except (WireError, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise WireError(f"a damaged value: {error}") from error
        return self._local(wire, self)

    def _decode_mutable(self, tag: str, wire: list[Any], depth: int) -> Any:
        if _index(wire[1]) != len(self._objects):
            raise WireError("values that are numbered wrongly")
        value = _EMPTY[tag](wire[2:])
        self._number(value)
        self.fill(value, wire[2:], depth)
        return value

    def fill(self, value: Any, content: list[Any], depth: int = 0) -> None:
        """Give something that can be changed its content."""
        if isinstance(value, dict):
            pairs = [(self.decode(k, depth), self.decode(v, depth)) for k, v in content[0]]
            value.clear()
            if isinstance(value, collections.Counter):
                for key, count in pairs:
                    dict.__setitem__(value, key, count)
            else:
                value.update(pairs)
        elif isinstance(value, bytearray):
            value[:] = base64.b64decode(content[0], validate=True)
        elif isinstance(value, io.StringIO | io.BytesIO):
            text: Any = (
                content[0] if isinstance(value, io.StringIO) else base64.b64decode(content[0])
            )
            value.seek(0)
            value.truncate()
            value.write(text)
            value.seek(_index(content[1]))
        else:
            items = [self.decode(item, depth) for item in content[0]]
            value.clear()
            value.update(items) if isinstance(value, set) else value.extend(items)

    # --- changes -----------------------------------------------------------------

    def remember(self) -> list[Any]:
        """Return what `changes` compares with: the contents of all that arrived so far."""
        return [_content(value) for value in self._objects]

    def changes(self, before: list[Any]) -> list[Any]:
        """Return the JSON for what was changed in place since `remember`."""
        return [
            [number, _WRITERS[type(self._objects[number])][2](self, self._objects[number], 0)]
            for number, content in enumerate(before)
            if not _same(content, _content(self._objects[number]))
        ]

    def apply(self, changes: Any) -> None:
        """Change in place what the other side changed."""
        for number, content in changes:
            value = self._objects[_index(number)]
            try:
                self.fill(value, content)
            except (TypeError, ValueError, LookupError) as error:
                raise WireError(f"a damaged change: {error}") from error


def _index(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WireError("a number that is none")
    return value


def _content(value: Any) -> Any:
    """Return what tells whether a value was changed, without looking into its items."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, io.StringIO | io.BytesIO):
        return [value.getvalue(), value.tell()] if not value.closed else []
    return bytes(value) if isinstance(value, bytearray) else list(value)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bytes):
        return bool(one == other)
    return len(one) == len(other) and all(
        a is b or (type(a) is type(b) and type(a) in (str, int, bytes) and a == b)
        for a, b in zip(one, other, strict=True)
    )


def _plain_zone(value: Any) -> bool:
    zone = getattr(value, "tzinfo", None)
    return zone is None or type(zone).__name__ == "timezone"


def _b64(data: Any) -> str:
    return base64.b64encode(data).decode("ascii")


def _pairs(exchange: Exchange, value: Any, depth: int) -> list[Any]:
    return [[[exchange.encode(k, depth), exchange.encode(v, depth)] for k, v in dict.items(value)]]


def _stream(value: Any, text: Any) -> list[Any]:
    return [text, value.tell()]


_WRITERS: dict[type, tuple[str, bool, Callable[[Exchange, Any, int], list[Any]]]] = {
    list: ("l", True, lambda e, v, d: [e.items(v, d)]),
    tuple: ("t", False, lambda e, v, d: [e.items(v, d)]),
    dict: ("d", True, _pairs),
    set: ("s", True, lambda e, v, d: [e.items(v, d)]),
    frozenset: ("fs", False, lambda e, v, d: [e.items(v, d)]),
    bytes: ("b", False, lambda _e, v, _d: [_b64(v)]),
    bytearray: ("ba", True, lambda _e, v, _d: [_b64(v)]),
    complex: ("c", False, lambda e, v, d: [e.encode(v.real, d), e.encode(v.imag, d)]),
    range: ("rg", False, lambda e, v, d: e.items((v.start, v.stop, v.step), d)),
    slice: ("sl", False, lambda e, v, d: e.items((v.start, v.stop, v.step), d)),
    type(...): ("el", False, lambda _e, _v, _d: []),
    type(NotImplemented): ("ni", False, lambda _e, _v, _d: []),
    collections.deque: ("dq", True, lambda e, v, d: [e.items(v, d), v.maxlen]),
    collections.OrderedDict: ("od", True, _pairs),
    collections.Counter: ("ct", True, _pairs),
    collections.defaultdict: ("dd", True, _pairs),
    io.StringIO: ("sio", True, lambda _e, v, _d: _stream(v, v.getvalue())),
    io.BytesIO: ("bio", True, lambda _e, v, _d: _stream(v, _b64(v.getvalue()))),
}

_EMPTY: dict[str, Callable[[list[Any]], Any]] = {
    "l": lambda _: [],
    "d": lambda _: {},
    "s": lambda _: set(),
    "ba": lambda _: bytearray(),
    "dq": lambda wire: collections.deque(maxlen=None if wire[1] is None else _index(wire[1])),
    "od": lambda _: collections.OrderedDict(),
    "ct": lambda _: collections.Counter(),
    "dd": lambda _: {},  # what makes its values stays on the other side
    "sio": lambda _: io.StringIO(newline=""),
    "bio": lambda _: io.BytesIO(),
}


def _hex(value: Any) -> int:
    return int(value, 16)


def _decode_date(_: Exchange, wire: list[Any], __: int) -> Any:
    import datetime  # noqa: PLC0415 - only where it is needed

    kind: Any = {"dt": datetime.datetime, "da": datetime.date, "ti": datetime.time}[wire[0]]
    return kind.fromisoformat(wire[1])


def _decode_delta(_: Exchange, wire: list[Any], __: int) -> Any:
    import datetime  # noqa: PLC0415 - only where it is needed

    return datetime.timedelta(wire[1], wire[2], wire[3])


def _decode_decimal(_: Exchange, wire: list[Any], __: int) -> Any:
    import decimal  # noqa: PLC0415 - only where it is needed

    return decimal.Decimal(wire[1])


def _decode_fraction(_: Exchange, wire: list[Any], __: int) -> Any:
    import fractions  # noqa: PLC0415 - only where it is needed

    return fractions.Fraction(_hex(wire[1]), _hex(wire[2]))


def _decode_uuid(_: Exchange, wire: list[Any], __: int) -> Any:
    import uuid  # noqa: PLC0415 - only where it is needed

    return uuid.UUID(wire[1])


def _decode_path(_: Exchange, wire: list[Any], __: int) -> Any:
    import pathlib  # noqa: PLC0415 - only where it is needed

    return (pathlib.PosixPath if wire[2] is True else pathlib.PurePosixPath)(wire[1])


def _encode_numpy(value: Any) -> list[Any] | None:
    numpy = sys.modules["numpy"]
    if isinstance(value, numpy.ndarray | numpy.generic) and value.dtype.kind in _ARRAY_KINDS:
        tag = "na" if isinstance(value, numpy.ndarray) else "ns"
        return [tag, value.dtype.str, list(value.shape), _b64(value.tobytes())]
    return None


def _decode_numpy(_: Exchange, wire: list[Any], __: int) -> Any:
    import numpy  # noqa: PLC0415 - only where it is needed

    kind = numpy.dtype(wire[1])
    if kind.kind not in _ARRAY_KINDS:
        raise WireError("an array of objects")
    data = base64.b64decode(wire[3], validate=True)
    array = numpy.frombuffer(data, dtype=kind).reshape(wire[2]).copy()
    return array if wire[0] == "na" else array[()]


_READERS: dict[str, Callable[[Exchange, list[Any], int], Any]] = {
    "i": lambda _e, w, _d: _hex(w[1]),
    "f": lambda _e, w, _d: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[w[1]],
    "t": lambda e, w, d: tuple(e.decode(item, d) for item in w[1]),
    "fs": lambda e, w, d: frozenset(e.decode(item, d) for item in w[1]),
    "b": lambda _e, w, _d: base64.b64decode(w[1], validate=True),
    "c": lambda e, w, d: complex(e.decode(w[1], d), e.decode(w[2], d)),
    "rg": lambda e, w, d: range(*(e.decode(item, d) for item in w[1:4])),
    "sl": lambda e, w, d: slice(*(e.decode(item, d) for item in w[1:4])),
    "el": lambda _e, _w, _d: ...,
    "ni": lambda _e, _w, _d: NotImplemented,
    "ty": lambda _e, w, _d: TYPES[w[1]],
    "dt": _decode_date,
    "da": _decode_date,
    "ti": _decode_date,
    "td": _decode_delta,
    "dec": _decode_decimal,
    "fr": _decode_fraction,
    "uuid": _decode_uuid,
    "path": _decode_path,
    "na": _decode_numpy,
    "ns": _decode_numpy,
}
