"""Turn what pydantic found in an exercise.toml into sentences for a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from carrel.exercises.comparisons import CHECKERS
from carrel.exercises.kinds import KINDS
from carrel.exercises.schema import ExerciseTable

_SHOWN = 60
_KIND_AT = 2
"""Where the kind of a test stands in a path, whose own fields may have the same name."""
_TAGGED = {**KINDS, **CHECKERS}


def describe(error: ValidationError) -> list[str]:
    """Return one sentence per problem, each naming the field and the value."""
    return [
        _sentence(problem["type"], problem["loc"], problem)
        for problem in error.errors()
        # A table where a text would do as well is meant to be a table.
        if not (problem["loc"][-1:] == ("str",) and isinstance(problem["input"], dict))
    ]


def _sentence(kind: str, location: Sequence[int | str], problem: Any) -> str:
    written, tables = _follow(location)
    where = field_path(written)
    if kind == "extra_forbidden":
        return f"{where} is not known{_suggestion(str(location[-1]), tables)}"
    if kind == "missing":
        return f"{where} is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    value = problem["input"]
    if isinstance(value, dict):
        return f"{where}: {message}"
    return f"{where} = {shorten(value)} is not possible: {message}"


def field_path(location: Sequence[int | str]) -> str:
    """Return where something stands, counting from 1: `tests[2].points`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part + 1}]"
        elif part != "[key]":
            path += f".{part}" if path else part
    return path


def shorten(value: object) -> str:
    """Return a value as a person would recognise it, on one line."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _follow(location: Sequence[int | str]) -> tuple[list[int | str], list[type[BaseModel]]]:
    """Return a path as people wrote it, and the tables that its last field may stand in.

    Where several tables are possible, pydantic names in the path which one it took. People
    wrote no such thing.
    """
    written: list[int | str] = []
    tables: list[type[BaseModel]] = [ExerciseTable]
    last = len(location) - 1
    for index, part in enumerate(location):
        inner = [found for table in tables for found in _tables_of(table, part)]
        named = [table for table in tables if part in (table.__name__, _tag(table))]
        if part in ("comparison", "program") and written[-1:] == ["checker"]:
            continue
        is_kind = index == _KIND_AT and location[0] == "tests"
        if named and index < last and (is_kind or not inner):
            tables = named
            continue
        written.append(part)
        if inner and index < last:
            tables = inner
    return written, tables


def _tag(table: type[BaseModel]) -> str | None:
    return next((tag for tag, tagged in _TAGGED.items() if tagged is table), None)


def _tables_of(table: type[BaseModel], name: int | str) -> list[type[BaseModel]]:
    """Return the tables that a field may hold, alone, in a list or by name."""
    for own, field in table.model_fields.items():
        if name in (own, field.alias):
            return _tables_in(field.annotation)
    return []


def _tables_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for inner in get_args(annotation) for table in _tables_in(inner)]


def _suggestion(wrong: str, tables: Sequence[type[BaseModel]]) -> str:
    fields = [pair for table in tables for pair in table.model_fields.items()]
    known = list(dict.fromkeys(field.alias or name for name, field in fields))
    close = get_close_matches(wrong, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean `{close[0]}`?"
    return "; known here are " + ", ".join(f"`{name}`" for name in known)
