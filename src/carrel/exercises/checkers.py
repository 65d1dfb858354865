"""`checker`: how an output is judged, by a comparison or by a program of the exercise's own."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from carrel.exercises.comparisons import ComparisonField, LenientTable
from carrel.exercises.files import Files
from carrel.exercises.programs import ProgramTable
from carrel.judge.checkers.comparison import Comparison
from carrel.judge.opinion import Examiner


def _sort(value: Any) -> str:
    program = isinstance(value, ProgramTable) or (isinstance(value, dict) and "program" in value)
    return "program" if program else "comparison"


CheckerField = Annotated[
    Annotated[ComparisonField, Tag("comparison")] | Annotated[ProgramTable, Tag("program")],
    Discriminator(_sort),
]
"""A comparison, or a table with a `program`."""

DEFAULT = LenientTable()


def load_checker(value: CheckerField, field: str, files: Files) -> Comparison | Examiner:
    """Return what judges outputs; what is wrong with a program is noted in `files`."""
    if isinstance(value, ProgramTable):
        return value.load(field, files)
    return value.comparison()
