"""The values of a call as bytes: what goes into the sandbox, and what came back from there.

A tiny format of our own, so that no harness needs a parser for JSON. Numbers are
big-endian. A value is a tag and its content:

    n  none                      i  int: 8 bytes, two's complement
    t  true      f  false        d  float: 8 bytes, IEEE 754
    s  text: length u32, UTF-8   I  a longer int: length u32, decimal digits
    l  list: count u32, values   m  map: count u32, then a text without its tag and a value each
    o  anything else: length u32, a description

What comes back is hostile: it is read with bounds on its parts and its depth, and
whatever is not a value becomes an `Other`, which equals nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carrel.languages.harness.types import Kind, Type

Value = bool | int | float | str | None | Sequence["Value"] | Mapping[str, "Value"]
"""What an argument or a result is; lists are tuples or lists, none is None."""

MAX_RESULT_DEPTH = 32
_MAX_DIGITS = 4000  # int() refuses more by itself
_U32 = struct.Struct(">I")
_I64 = struct.Struct(">q")
_F64 = struct.Struct(">d")
_CONSTANTS: Mapping[bytes, bool | None] = {b"n": None, b"t": True, b"f": False}


class MalformedError(Exception):
    """The bytes are no value."""


@dataclass(frozen=True)
class Other:
    """A result that is no value: an object, a function, or far too much."""

    description: str


Result = Value | Other | Sequence["Result"] | Mapping[str, "Result"]


def encode(value: Value, kind: Type) -> bytes:
    """Return an argument's bytes; `value` is one that `convert` has let through."""
    out = bytearray()
    _write(out, value, kind)
    return bytes(out)


def _write(out: bytearray, value: Value, kind: Type) -> None:
    if value is None:
        out += b"n"
    elif kind.kind is Kind.OPTIONAL:
        _write(out, value, kind.of)
    elif isinstance(value, bool):
        out += b"t" if value else b"f"
    elif isinstance(value, str):
        out += b"s" + _text(value)
    elif isinstance(value, Mapping):
        out += b"m" + _U32.pack(len(value))
        for key, item in value.items():
            out += _text(key)
            _write(out, item, kind.of)
    elif isinstance(value, Sequence):
        out += b"l" + _U32.pack(len(value))
        for item in value:
            _write(out, item, kind.of)
    elif kind.kind is Kind.FLOAT:
        out += b"d" + _F64.pack(value)
    else:
        out += b"i" + _I64.pack(value)


def _text(text: str) -> bytes:
    data = text.encode()
    return _U32.pack(len(data)) + data


def decode(data: bytes, *, max_parts: int) -> Result:
    """Return what a program answered; `Other` for what is too large or too deep to be right.

    Raises MalformedError when the bytes are not in the format.
    """
    reader = Reader(data, max_parts)
    try:
        value = reader.value(0)
    except _TooMuchError as error:
        return Other(str(error))
    if reader.left:
        raise MalformedError("bytes after the value")
    return value


class _TooMuchError(Exception):
    pass


class Reader:
    """Reads values from hostile bytes, from `at` on."""

    def __init__(self, data: bytes, max_parts: int = 1) -> None:
        self._data = data
        self._at = 0
        self._parts = max_parts

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """Return the next bytes; MalformedError when there are not as many."""
        if size > self.left:
            raise MalformedError("it ends too early")
        self._at += size
        return self._data[self._at - size : self._at]

    def blob(self) -> bytes:
        """Return bytes that stand after their length."""
        return self.take(_U32.unpack(self.take(4))[0])

    def text(self) -> str:
        """Return a text; bytes that are not UTF-8 stay apart from all text."""
        return self.blob().decode("utf-8", "surrogateescape")

    def value(self, depth: int) -> Result:
        """Return the next value."""
        self._parts -= 1
        if self._parts < 0:
            raise _TooMuchError("a value of far more parts than expected")
        if depth > MAX_RESULT_DEPTH:
            raise _TooMuchError("a value that is nested too deeply")
        tag = self.take(1)
        if tag in _CONSTANTS:
            return _CONSTANTS[tag]
        if tag in b"lm":
            return self._list(depth) if tag == b"l" else self._map(depth)
        return self._plain(tag)

    def _plain(self, tag: bytes) -> Result:
        match tag:
            case b"i":
                return int(_I64.unpack(self.take(8))[0])
            case b"d":
                return float(_F64.unpack(self.take(8))[0])
            case b"s":
                return self.text()
            case b"o":
                return Other(self.text())
            case b"I":
                return self._long()
        raise MalformedError("an unknown tag")

    def _list(self, depth: int) -> Result:
        return [self.value(depth + 1) for _ in range(_U32.unpack(self.take(4))[0])]

    def _long(self) -> Result:
        digits = self.blob()
        if not digits.removeprefix(b"-").isdigit():
            raise MalformedError("an int of other characters")
        if len(digits) > _MAX_DIGITS:
            return Other(f"a number of {len(digits)} digits")
        return int(digits)

    def _map(self, depth: int) -> Result:
        found: dict[str, Result] = {}
        count = _U32.unpack(self.take(4))[0]
        for _ in range(count):
            key = self.text()
            found[key] = self.value(depth + 1)
        return found if len(found) == count else Other("a map that has one key twice")


def parts(value: Value) -> int:
    """Return of how many values a value consists, itself included."""
    if isinstance(value, Mapping):
        return 1 + sum(map(parts, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return 1 + sum(map(parts, value))
    return 1
