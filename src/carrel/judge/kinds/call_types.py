"""Check that a value written by a teacher is one of its type, and make it that."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from carrel.judge.kinds.call_values import Other, Value
from carrel.languages.harness.signature import Signature
from carrel.languages.harness.types import Kind, Type
from carrel.languages.registry import Language

_RANGES = {Kind.INT: 31, Kind.LONG: 63}
_EXACT_IN_A_FLOAT = 2**53 - 1
_NONE = {"none": True}
_SHOWN = 60
_LONGEST_DESCRIPTION = 200


def convert(value: Any, kind: Type, where: str) -> Value:  # noqa: PLR0911 - one case a type
    """Return `value`, as TOML or JSON has it, as a value of a type.

    ValueError names the place: `arguments[1][2] = 'x' is no int`. A list becomes a tuple,
    an int a float where one is asked for, and `{ none = true }` none: TOML has no other
    word for it.
    """
    match kind.kind:
        case Kind.OPTIONAL:
            return None if value is None or value == _NONE else convert(value, kind.of, where)
        case Kind.LIST if isinstance(value, list | tuple):
            items = enumerate(value, 1)
            return tuple(convert(item, kind.of, f"{where}[{n}]") for n, item in items)
        case Kind.MAP if isinstance(value, Mapping):
            return {
                _text(key, where): convert(item, kind.of, f"{where}.{key}")
                for key, item in value.items()
            }
        case Kind.STRING if isinstance(value, str):
            return _text(value, where)
        case Kind.BOOL if isinstance(value, bool):
            return value
        case Kind.FLOAT if isinstance(value, int | float) and not isinstance(value, bool):
            return _float(value, where)
        case Kind.INT | Kind.LONG if isinstance(value, int) and not isinstance(value, bool):
            return _int(value, kind.kind, where)
    raise ValueError(f"{where} = {_short(value)} is no {kind}")


def _int(value: int, kind: Kind, where: str) -> int:
    bits = _RANGES[kind]
    if not -(2**bits) <= value < 2**bits:
        other = "; write `long` in the signature" if kind is Kind.INT else ""
        raise ValueError(f"{where} = {_short(value)} does not fit {kind} ({bits + 1} bits){other}")
    return value


def _float(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{where} = {_short(value)} is too large for a float") from None


def _text(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where} = {_short(value)} is not Unicode text") from None
    return value


def refused_by(language: Language, value: Value, where: str) -> str | None:
    """Return why a value cannot be had in a language; None if it can."""
    if isinstance(value, str):
        if language is Language.C and "\0" in value:
            return f"{where}: a text in C cannot hold a NUL character"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            found = refused_by(language, item, f"{where}.{key}")
            if found:
                return found
    elif isinstance(value, Sequence):
        for number, item in enumerate(value, 1):
            found = refused_by(language, item, f"{where}[{number}]")
            if found:
                return found
    elif (
        language.value in ("javascript", "typescript")
        and isinstance(value, int)
        and abs(value) > _EXACT_IN_A_FLOAT
    ):
        return f"{where} = {value} is no exact number in {language.value} (more than 2**53)"
    return None


def show(value: object, limit: int = 200) -> str:
    """Return a value as people read it in any language: like JSON, bounded."""
    text = _show(value, limit + 1)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _show(value: object, room: int) -> str:
    if isinstance(value, str):
        text = value[:room].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return "".join(_visible(char) for char in json.dumps(text, ensure_ascii=False))
    if isinstance(value, Mapping):
        pairs = ((_show(key, room) + ": ", item) for key, item in value.items())
        return _bracketed("{}", pairs, room)
    if isinstance(value, Sequence):
        return _bracketed("[]", (("", item) for item in value), room)
    return _show_plain(value)


def _show_plain(value: object) -> str:
    if isinstance(value, Other):
        return f"({_show(value.description, _LONGEST_DESCRIPTION)[1:-1]})"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "infinity" if value > 0 else "-infinity"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return repr(value)


def _bracketed(brackets: str, items: Any, room: int) -> str:
    texts: list[str] = []
    length = 0
    for before, item in items:
        if length > room:
            texts.append("…")
            break
        texts.append(before + _show(item, room - length))
        length += len(texts[-1]) + 2
    return brackets[0] + ", ".join(texts) + brackets[1]


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def show_call(signature: Signature, arguments: Sequence[Value], limit: int = 120) -> str:
    """Return a call as people read it: `longest_word(["a", "bcd"], 1)`."""
    inside = ", ".join(_show(argument, limit) for argument in arguments)
    if len(inside) > limit:
        inside = inside[: limit - 1] + "…"
    return f"{signature.name}({inside})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
