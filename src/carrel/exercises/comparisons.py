"""`checker`: how an exercise or a test names the comparison of outputs.

A plain name (`checker = "tokens"`), or a table with the name as its `kind` and options
beside it: `checker = { kind = "floats", absolute = 1e-6 }`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from carrel.exercises.fields import Table
from carrel.judge.checkers.comparison import Comparison
from carrel.judge.checkers.floats import DEFAULT_TOLERANCE, Floats
from carrel.judge.checkers.json_values import JsonValues
from carrel.judge.checkers.pattern import Pattern
from carrel.judge.checkers.text import Exact, Lenient, Tokens
from carrel.judge.checkers.unordered import UnorderedLines

Tolerance = Annotated[float, Field(ge=0, le=1e18, allow_inf_nan=False)]
Part = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]


class LenientTable(Table):
    """White space at the ends of lines and of the output does not count."""

    kind: Literal["lenient"] = "lenient"
    ignore_case: bool = False

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        return Lenient(self.ignore_case)


class ExactTable(Table):
    """Every byte counts."""

    kind: Literal["exact"] = "exact"
    ignore_case: bool = False

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        return Exact(self.ignore_case)


class TokensTable(Table):
    """The same words, with any white space between them."""

    kind: Literal["tokens"] = "tokens"
    ignore_case: bool = False

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        return Tokens(self.ignore_case)


class FloatsTable(Table):
    """Numbers near enough, other words the same."""

    kind: Literal["floats"] = "floats"
    absolute: Tolerance | None = None
    relative: Part | None = None
    ignore_case: bool = False
    inside_words: bool = False

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        absolute, relative = self.absolute, self.relative
        if absolute is None and relative is None:
            absolute = relative = DEFAULT_TOLERANCE
        # Who gives one of them means that the other allows nothing.
        return Floats(absolute or 0, relative or 0, self.ignore_case, self.inside_words)


class LinesTable(Table):
    """The same lines in any order."""

    kind: Literal["lines"] = "lines"
    ignore_case: bool = False
    ignore_duplicates: bool = False

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        return UnorderedLines(self.ignore_case, self.ignore_duplicates)


class RegexTable(Table):
    """The expected output is a regular expression."""

    kind: Literal["regex"] = "regex"
    ignore_case: bool = False
    search: bool = False

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        return Pattern(self.ignore_case, self.search)


class JsonTable(Table):
    """The same JSON value."""

    kind: Literal["json"] = "json"
    absolute: Tolerance = 0
    relative: Part = 0
    unordered: bool = False

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.unordered and (self.absolute or self.relative):
            raise ValueError("`unordered` allows no tolerance: give only one of them")
        return self

    def comparison(self) -> Comparison:
        """Return the comparison with these options."""
        return JsonValues(self.absolute, self.relative, self.unordered)


ComparisonTable = (
    LenientTable | ExactTable | TokensTable | FloatsTable | LinesTable | RegexTable | JsonTable
)

CHECKERS: Mapping[str, type[ComparisonTable]] = MappingProxyType(
    {
        "lenient": LenientTable,
        "exact": ExactTable,
        "tokens": TokensTable,
        "floats": FloatsTable,
        "lines": LinesTable,
        "regex": RegexTable,
        "json": JsonTable,
    }
)
"""The comparisons an exercise can name, each with the table of its options."""


def _named(value: Any) -> Any:
    """Turn a plain name into its table; say what there is for any other value."""
    known = ", ".join(f'"{name}"' for name in CHECKERS)
    if isinstance(value, BaseModel):
        return value
    kind = value.get("kind") if isinstance(value, dict) else value
    if not isinstance(kind, str) or kind not in CHECKERS:
        raise ValueError(f"give one of {known}, or a table with it as `kind`")
    return value if isinstance(value, dict) else {"kind": value}


ComparisonField = Annotated[ComparisonTable, Field(discriminator="kind"), BeforeValidator(_named)]
"""What `checker` may be: the name of a comparison, or its table."""
