"""Whether what a function returned is the right value, by its type.

The type decides what counts. An `int` is a whole number: not 1.0, not "1", not true. A
`float` may also be a whole number, since 2.0 is written 2 in some languages. `bool` and
`string` are only themselves. A map's order never counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import UnionType
from typing import Any

from carrel.judge.checkers.numbers import Near
from carrel.judge.kinds.call_types import show
from carrel.judge.kinds.call_values import Other, Result, Value
from carrel.languages.harness.types import Kind, Type
from carrel.texts.message import Message

DEFAULT_TOLERANCE = 1e-9
_MOST_TO_MATCH = 500
"""Items in any order are matched one by one up to this number; beyond, they are sorted."""
_WORDS = {
    Kind.INT: "a-whole-number",
    Kind.LONG: "a-whole-number",
    Kind.FLOAT: "a-number",
    Kind.BOOL: "true-or-false",
    Kind.STRING: "a-text",
    Kind.LIST: "a-list",
    Kind.MAP: "a-map",
    Kind.VOID: "nothing",
}


_CLASSES: Mapping[Kind, type | UnionType] = {
    Kind.INT: int,
    Kind.LONG: int,
    Kind.FLOAT: int | float,
    Kind.STRING: str,
    Kind.MAP: Mapping,
    Kind.VOID: type(None),
}


@dataclass(frozen=True)
class Rules:
    """`tolerance` holds for floats, absolute or relative; `any_order` for the outermost list."""

    tolerance: float = DEFAULT_TOLERANCE
    any_order: bool = False

    def compare(self, actual: Result, expected: Value, kind: Type) -> Message | None:
        """Return None for the right value, else why it is not: bounded, for visible tests."""
        near = Near(self.tolerance, self.tolerance)
        right = _same(actual, expected, kind, near)
        if not right and self.any_order and kind.kind is Kind.LIST and _is_list(actual):
            right = _same_in_any_order(_list(actual), _list(expected), kind.of, near)
        if right:
            return None
        wrong_kind = _wrong_kind(actual, kind)
        values = {"expected": show(expected), "actual": show(actual)}
        if wrong_kind is None:
            return Message("call-returned", **values)
        wanted, got = wrong_kind
        return Message("call-returned-kind", **values, wanted=wanted, got=got)


def _same(actual: Result, expected: Value, kind: Type, near: Near) -> bool:  # noqa: PLR0911 - one case a type
    if kind.kind is Kind.OPTIONAL:
        if expected is None:
            return actual is None
        return _same(actual, expected, kind.of, near)
    if not _is(actual, kind.kind):
        return False
    match kind.kind:
        case Kind.LIST:
            return len(_list(actual)) == len(_list(expected)) and all(
                _same(one, other, kind.of, near)
                for one, other in zip(_list(actual), _list(expected), strict=True)
            )
        case Kind.MAP:
            one, other = _map(actual), _map(expected)
            return one.keys() == other.keys() and all(
                _same(one[key], other[key], kind.of, near) for key in other
            )
        case Kind.FLOAT:
            return near.accepts(_decimal(actual), _decimal(expected))
    return bool(actual == expected)


def _is(actual: Result, kind: Kind) -> bool:
    """Whether a result is of a kind; only lists and maps hold more."""
    if kind is Kind.LIST:
        return _is_list(actual)
    if isinstance(actual, bool) or kind is Kind.BOOL:  # which Python takes for an int
        return isinstance(actual, bool) and kind is Kind.BOOL
    return isinstance(actual, _CLASSES[kind])


def _same_in_any_order(
    actual: Sequence[Any], expected: Sequence[Any], kind: Type, near: Near
) -> bool:
    if len(actual) != len(expected):
        return False
    if len(expected) > _MOST_TO_MATCH:
        pairs = zip(sorted(actual, key=_order), sorted(expected, key=_order), strict=True)
        return all(_same(one, other, kind, near) for one, other in pairs)
    left = sorted(actual, key=_order)
    for wanted in sorted(expected, key=_order):
        found = next((i for i, one in enumerate(left) if _same(one, wanted, kind, near)), None)
        if found is None:
            return False
        del left[found]
    return True


def _order(value: Result) -> tuple[Any, ...]:
    """Sort key for values of all kinds; those that are the same sort alike."""
    if value is None or isinstance(value, Other):
        return (0,)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        # nan has no place among numbers of its own accord
        return (2, 1, 0) if value != value else (2, 0, value)  # noqa: PLR0124
    if isinstance(value, str):
        return (3, value)
    if isinstance(value, Mapping):
        return (4, *((key, _order(value[key])) for key in sorted(value)))
    return (5, *(_order(item) for item in value))


def _wrong_kind(actual: Result, kind: Type) -> tuple[Message, Message] | None:
    """Return the kinds of both if they differ, wherever inside it is."""
    if kind.kind is Kind.OPTIONAL:
        return None if actual is None else _wrong_kind(actual, kind.of)
    if isinstance(actual, Other):
        return None
    if not _is(actual, kind.kind):
        return _word(kind.kind), _word(_kind_of(actual))
    items: Sequence[Any] = ()
    if kind.kind is Kind.LIST:
        items = _list(actual)
    elif kind.kind is Kind.MAP:
        items = tuple(_map(actual).values())
    return next((found for item in items if (found := _wrong_kind(item, kind.of))), None)


def _kind_of(actual: Result) -> Kind:
    for kind in (Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING, Kind.LIST, Kind.MAP):
        if _is(actual, kind):
            return kind
    return Kind.VOID


def _word(kind: Kind) -> Message:
    return Message(_WORDS[kind])


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _list(value: Any) -> Sequence[Any]:
    return value if _is_list(value) else ()


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _decimal(number: Any) -> Decimal:
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))
