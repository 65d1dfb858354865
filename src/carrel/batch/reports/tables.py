"""CSV files that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from carrel.batch.records import GradeRecord, words
from carrel.batch.reports.writing import whole_file
from carrel.batch.results import Result, Results

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = (
    "id",
    "name",
    "email",
    "section",
    "status",
    "verdict",
    "points",
    "of",
    "percent",
    "late",
    "handed in",
    "file",
    "language",
    "note",
)

Cell = str | float | int | None


def write_results(results: Results, path: Path) -> None:
    """Write a line per student, with a column of points for each test."""
    names = results.about.tests
    header = (*_COLUMNS, *(f"test {number}: {name}" for number, name in enumerate(names, 1)))
    write_table(path, header, (_line(result, len(names)) for result in results))


def write_table(path: Path, header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> None:
    """Write a CSV file (UTF-8 with its mark, which Excel needs) with harmless cells."""
    with whole_file(path, newline="") as file:
        file.write("\ufeff")
        writer = csv.writer(file)
        writer.writerow([harmless(cell) for cell in header])
        for line in lines:
            writer.writerow([harmless(cell) for cell in line])


def harmless(cell: Cell) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    A text that begins like one gets an apostrophe before it, which spreadsheets take for
    "this is text". NUL bytes, which no CSV reader likes, are shown.
    """
    if not isinstance(cell, str):
        return "" if cell is None else f"{cell:g}"
    text = cell.replace("\0", "\\0")
    return f"'{text}" if text.lstrip(" \ufeff").startswith(_FORMULA) else text


def _line(result: Result, tests: int) -> list[Cell]:
    row = result.row
    record = result.grade.teacher if result.grade else None
    grade: list[Cell] = [None] * 4
    if record is not None:
        percent = round(record.percentage, 2)
        grade = [words(record.verdict), record.earned, record.total, percent]
    return [
        row.student.id,
        row.student.name,
        row.student.email,
        row.student.section,
        row.status.value,
        *grade,
        "late" if row.late else "",
        row.label,
        row.file,
        row.language,
        row.note,
        *_earned(record, tests),
    ]


def _earned(record: GradeRecord | None, tests: int) -> list[Cell]:
    return [test.earned for test in record.tests] if record else [None] * tests
