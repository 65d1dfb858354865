"""Compare JSON by what it means: white space and the order of keys do not count."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from carrel.judge.checkers.forms import quoted
from carrel.judge.checkers.json_text import NotJsonError, Value, parse_json
from carrel.judge.checkers.numbers import Near, Tolerance
from carrel.texts.message import Message

_MIB = 1024 * 1024
_TIMES_LONGER = 16
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_PATH = 60
_LONGEST_PATH = 1000


@dataclass(frozen=True)
class JsonValues:
    """Both must be the same JSON value; numbers are compared as numbers (1 is 1.0).

    `absolute` and `relative` allow numbers an error as in `Floats`. With `unordered`,
    arrays may have their elements in any order, at every depth, each as often as
    expected; it allows no tolerance, since which number belongs to which is a guess.
    """

    absolute: Tolerance = 0
    relative: Tolerance = 0
    unordered: bool = False

    def __post_init__(self) -> None:
        if self.unordered and (self.absolute or self.relative):
            raise ValueError("unordered arrays cannot be compared with a tolerance")

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        try:
            wanted = parse_json(expected)
        except NotJsonError:
            return Message("expected-is-unusable")
        if not actual.strip():
            return Message("printed-nothing")
        # Values take up to thirty times the memory of their text, so the text has a bound
        # that no answer in another layout reaches.
        if len(actual) > _MIB + _TIMES_LONGER * len(expected):
            return Message("far-too-long")
        try:
            printed = parse_json(actual)
        except NotJsonError as error:
            return error.reason
        if self.unordered:
            return _compare_unordered(printed, wanted, "$", _Sameness())
        return self._compare(printed, wanted, "$")

    def problem_with(self, expected: bytes, /) -> str | None:
        """Return why `expected` is no JSON to compare with, or None."""
        try:
            parse_json(expected)
        except NotJsonError as error:
            return str(error.reason)
        return None

    def _compare(self, actual: Value, expected: Value, path: str) -> Message | None:
        # Depth is bounded by parse_json, so this cannot exhaust the stack.
        if isinstance(actual, list) and isinstance(expected, list):
            for number, (one, other) in enumerate(zip(actual, expected, strict=False)):
                reason = self._compare(one, other, f"{path}[{number}]")
                if reason is not None:
                    return reason
            return _length(actual, expected, path)
        if isinstance(actual, dict) and isinstance(expected, dict):
            reason = _keys(actual, expected, path)
            for key, value in expected.items():
                if reason is not None:
                    break
                reason = self._compare(actual[key], value, _member(path, key))
            return reason
        if isinstance(actual, Decimal) and isinstance(expected, Decimal):
            near = Near(self.absolute, self.relative).accepts(actual, expected)
            return None if near else _different(actual, expected, path)
        if type(actual) is type(expected) and actual == expected:
            return None
        return _different(actual, expected, path)


class _Sameness:
    """Gives values numbers: two have the same number if they are the same in any order.

    Keys are strings on purpose: Python salts the hashes of strings, and not those of
    numbers, of which a program could print a hundred thousand with the same hash.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._of_object: dict[int, int] = {}

    def same(self, one: Value, other: Value) -> bool:
        return self.number(one) == self.number(other)

    def number(self, value: Value) -> int:
        """Return the number of a value, which must live as long as this."""
        known = self._of_object.get(id(value))
        if known is None:
            key = self._key(value)
            known = self._numbers.setdefault(key, len(self._numbers))
            if isinstance(value, list | dict):
                self._of_object[id(value)] = known
        return known

    def _key(self, value: Value) -> str:
        if isinstance(value, list):
            return "list " + " ".join(map(str, sorted(map(self.number, value))))
        if isinstance(value, dict):
            members = [(self.number(key), self.number(item)) for key, item in value.items()]
            return "dict " + " ".join(f"{key}:{item}" for key, item in sorted(members))
        if isinstance(value, Decimal):
            return f"number {value.normalize(_EXACT) if value else 0}"
        return f"{type(value).__name__} {value}"


def _compare_unordered(
    actual: Value, expected: Value, path: str, sameness: _Sameness
) -> Message | None:
    """Return where the two differ; arrays are the same with the same elements."""
    if sameness.same(actual, expected):
        return None
    if isinstance(actual, dict) and isinstance(expected, dict):
        reason = _keys(actual, expected, path)
        for key, value in expected.items():
            if reason is not None:
                break
            reason = _compare_unordered(actual[key], value, _member(path, key), sameness)
        return reason
    if isinstance(actual, list) and isinstance(expected, list):
        wanted = Counter(map(sameness.number, expected))
        for number, value in enumerate(actual):
            wanted[sameness.number(value)] -= 1
            if wanted[sameness.number(value)] < 0:
                where = quoted(f"{path}[{number}]", _PATH)
                return Message("json-element-not-expected", path=where, actual=_shown(value))
        return _length(actual, expected, path)
    return _different(actual, expected, path)


def _keys(actual: dict[str, Value], expected: dict[str, Value], path: str) -> Message | None:
    where = quoted(path, _PATH)
    for key in expected:
        if key not in actual:
            return Message("json-key-missing", path=where, key=quoted(key))
    for key in actual:
        if key not in expected:
            return Message("json-key-not-expected", path=where, key=quoted(key))
    return None


def _length(actual: list[Value], expected: list[Value], path: str) -> Message | None:
    if len(actual) == len(expected):
        return None
    where = quoted(path, _PATH)
    return Message("json-length-differs", path=where, actual=len(actual), expected=len(expected))


def _different(actual: Value, expected: Value, path: str) -> Message:
    where = quoted(path, _PATH)
    return Message(
        "json-value-differs", path=where, actual=_shown(actual), expected=_shown(expected)
    )


def _shown(value: Value) -> Message | str:
    """Return a value for showing: its kind, and itself where it is short."""
    if isinstance(value, list):
        return Message("json-array", count=len(value))
    if isinstance(value, dict):
        return Message("json-object", count=len(value))
    if isinstance(value, str):
        return Message("json-string", text=quoted(value))
    if isinstance(value, Decimal):
        return Message("json-number", text=quoted(str(value)))
    return json.dumps(value)


def _member(path: str, key: str) -> str:
    # Bounded, so that paths of long keys cannot fill the memory; shown is less of it.
    return (
        f"{path}.{key}"[:_LONGEST_PATH]
        if key.isidentifier()
        else f"{path}[{key!r}]"[:_LONGEST_PATH]
    )
