"""Turn what pydantic found in an exercise.toml into sentences for a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from carrel.exercises.comparisons import CHECKERS
from carrel.exercises.kinds import KINDS
from carrel.exercises.kinds.call import FunctionTable
from carrel.exercises.schema import AllLimitsTable, ExerciseTable, SolutionTable

_SHOWN = 60
_TABLES: dict[str, type[BaseModel]] = {
    "": ExerciseTable,
    "solutions": SolutionTable,
    "limits": AllLimitsTable,
    "functions": FunctionTable,
}


def describe(error: ValidationError) -> list[str]:
    """Return one sentence per problem, each naming the field and the value."""
    return [_sentence(problem["type"], problem["loc"], problem) for problem in error.errors()]


def _sentence(kind: str, location: Sequence[int | str], problem: Any) -> str:
    table = _table(location)
    # pydantic names the kind of a test in the path; people did not write it there.
    location = [
        part
        for i, part in enumerate(location)
        if not _is_kind(location, i) and not _is_sort(location, i)
    ]
    where = field_path(location)
    if kind == "extra_forbidden":
        return f"{where} is not known{_suggestion(str(location[-1]), table)}"
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


def _is_kind(location: Sequence[int | str], index: int) -> bool:
    return index == 2 and location[0] == "tests" and location[index] in KINDS  # noqa: PLR2004


def _is_sort(location: Sequence[int | str], index: int) -> bool:
    if location[index - 1] == "comparison":
        return location[index] in CHECKERS
    return location[index] in ("comparison", "program") and location[index - 1] == "checker"


def _table(location: Sequence[int | str]) -> type[BaseModel]:
    """Return the table that a field stands in."""
    if "comparison" in location[:-1]:
        kind = location[location.index("comparison") + 1]
        return CHECKERS.get(str(kind), ExerciseTable)
    if any(_is_kind(location, index) for index in range(len(location))):
        table: type[BaseModel] = KINDS[str(location[2])]
        for part in location[3:-1]:
            table = getattr(table, "TABLES", {}).get(part, table)
        return table
    return _TABLES.get(str(location[0]) if len(location) > 1 else "", ExerciseTable)


def _suggestion(wrong: str, table: type[BaseModel]) -> str:
    known = [field.alias or name for name, field in table.model_fields.items()]
    close = get_close_matches(wrong, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean `{close[0]}`?"
    return "; known here are " + ", ".join(f"`{name}`" for name in known)
