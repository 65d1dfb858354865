"""The types of parameters and results, without a language, and how they are written.

`int` (32 bits), `long` (64 bits), `float` (64 bits), `bool`, `string`, `list<T>`,
`map<string, T>`, `optional<T>`, and as a result also `void`. The typed languages need the
width: a course says `int` where its students do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_DEPTH = 4


class Kind(StrEnum):
    """What sort of type it is; the values are the words of exercise.toml."""

    INT = "int"
    LONG = "long"
    FLOAT = "float"
    BOOL = "bool"
    STRING = "string"
    VOID = "void"
    LIST = "list"
    MAP = "map"
    OPTIONAL = "optional"


_PLAIN = (Kind.INT, Kind.LONG, Kind.FLOAT, Kind.BOOL, Kind.STRING)
_OF_OTHERS = (Kind.LIST, Kind.MAP, Kind.OPTIONAL)
_KNOWN = "give " + ", ".join(_PLAIN) + ", list<T>, map<string, T> or optional<T>"


@dataclass(frozen=True)
class Type:
    """A type; `item` is the T of list, map and optional."""

    kind: Kind
    item: Type | None = None

    def __str__(self) -> str:
        """Return the type as exercise.toml has it."""
        if self.kind is Kind.MAP:
            return f"map<string, {self.item}>"
        return self.kind.value if self.item is None else f"{self.kind.value}<{self.item}>"

    @property
    def of(self) -> Type:
        """The T of a list, map or optional."""
        if self.item is None:
            raise TypeError(f"{self} has no part")
        return self.item

    @property
    def depth(self) -> int:
        """How many lists, maps and optionals are around the innermost type."""
        return 0 if self.item is None else 1 + self.item.depth

    @property
    def kinds(self) -> frozenset[Kind]:
        """Its own kind and those inside."""
        return frozenset({self.kind}) | (self.item.kinds if self.item else frozenset())


VOID = Type(Kind.VOID)

_MAP = re.compile(r"map<string,(.*)>")
_OTHER = re.compile(r"(list|optional)<(.*)>")


def parse_type(text: str) -> Type:
    """Return the type that `text` says; ValueError says what is possible."""
    return _parse(re.sub(r"\s+", "", text), 0)


def _parse(text: str, depth: int) -> Type:
    if depth > MAX_DEPTH:
        raise ValueError(f"nest at most {MAX_DEPTH} types")
    if text in _PLAIN or text == Kind.VOID:
        kind = Kind(text)
        if kind is Kind.VOID and depth:
            raise ValueError("void cannot be a part of a type")
        return Type(kind)
    if (match := _MAP.fullmatch(text)) is not None:
        return Type(Kind.MAP, _parse(match[1], depth + 1))
    if (match := _OTHER.fullmatch(text)) is not None:
        item = _parse(match[2], depth + 1)
        if match[1] == Kind.OPTIONAL and item.kind is Kind.OPTIONAL:
            raise ValueError("an optional of an optional says no more than one")
        return Type(Kind(match[1]), item)
    raise ValueError(f"{text!r} is no type; {_KNOWN}")
