"""Read JSON that nobody trusts: strict, exact, and bounded in time, memory and depth.

Python's reader is made strict here: NaN and Infinity are not JSON, a key stands once in
an object, and numbers are kept as they are written (Decimal), so that a number of a
million digits costs no more than its length.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from carrel.judge.checkers.forms import quoted
from carrel.texts.message import Message

MAX_DEPTH = 100
"""How deep arrays and objects may stand in each other."""

Value = None | bool | str | Decimal | list[Any] | dict[str, Any]
"""A JSON value; those inside lists and dicts are Values too."""


class NotJsonError(Exception):
    """The text is not JSON, or none that can be compared; `reason` says why."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def parse_json(data: bytes) -> Value:
    """Return the value. Raises NotJsonError for everything else, whatever it is."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotJsonError(
            Message("json-not-utf-8", line=line, code=f"0x{data[error.start]:02X}")
        ) from None
    try:
        value: Value = _READER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJsonError(Message("not-json-at", line=error.lineno, column=error.colno)) from None
    except RecursionError:
        raise NotJsonError(Message("json-too-deep", depth=MAX_DEPTH)) from None
    if _is_deeper(value, MAX_DEPTH):
        raise NotJsonError(Message("json-too-deep", depth=MAX_DEPTH))
    return value


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # Only an exponent of some twenty digits is impossible.
        raise NotJsonError(Message("json-number-too-large", text=quoted(text))) from None


def _constant(text: str) -> NoReturn:
    raise NotJsonError(Message("json-constant", text=quoted(text)))


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotJsonError(Message("json-key-twice", key=quoted(key)))
            seen.add(key)
    return found


_READER = json.JSONDecoder(
    parse_float=_number, parse_int=_number, parse_constant=_constant, object_pairs_hook=_object
)


def _is_deeper(value: Value, depth: int) -> bool:
    """Return whether more than `depth` arrays and objects stand in each other."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            child
            for item in level
            if isinstance(item, list | dict)
            for child in (item if isinstance(item, list) else item.values())
        ]
        if not level:
            return False
    return True
