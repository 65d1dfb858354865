"""The results as JSON: for other programs, and to compare the next time with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from carrel.batch.reports.writing import whole_file
from carrel.batch.results import Result, Results

FILE = "results.json"
_FORMAT = 1


class TestOutcome(BaseModel):
    """One test in results.json."""

    __test__ = False  # not a test that pytest should collect
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    verdict: str
    earned: float
    points: float


class Outcome(BaseModel):
    """One student in results.json; `verdict` is None without a grade."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str = ""
    status: str
    verdict: str | None = None
    earned: float | None = None
    total: float | None = None
    tests: tuple[TestOutcome, ...] = ()


class Before(BaseModel):
    """What results.json said before this run."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: str
    finished: str
    rows: tuple[Outcome, ...]


def write_data(results: Results, path: Path) -> None:
    """Write everything but the programs' output, a line per student."""
    about = results.about
    head = {
        "format": _FORMAT,
        "exercise": about.exercise,
        "title": about.title,
        "version": about.version,
        "carrel": about.carrel,
        "points": about.points,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "left_over": [{"name": e.name, "reason": e.reason} for e in results.left_over],
    }
    with whole_file(path) as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [')
        for number, result in enumerate(results):
            file.write(",\n" if number else "\n")
            file.write(json.dumps(_row(result), ensure_ascii=False))
        file.write("\n]}\n")


def read_before(path: Path) -> Before | None:
    """Return what an earlier run wrote, None if there is nothing that can be read."""
    try:
        return Before.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def outcome(result: Result) -> Outcome:
    """Return what results.json says of a student, for a comparison."""
    return Outcome.model_validate(_row(result))


def _row(result: Result) -> Mapping[str, Any]:
    row, student = result.row, result.row.student
    record = result.grade.teacher if result.grade else None
    entry: dict[str, Any] = {
        "id": student.id,
        "name": student.name,
        "email": student.email,
        "section": student.section,
        "status": row.status.value,
        "handed_in": row.label,
        "file": row.file,
        "language": row.language,
        "late": row.late,
        "note": row.note,
    }
    if record is None:
        return entry
    return entry | {
        "verdict": record.verdict,
        "earned": record.earned,
        "total": record.total,
        "percentage": round(record.percentage, 2),
        "isolation": result.grade.isolation if result.grade else "",
        "compile_message": record.compile_message,
        "tests": [
            {
                "name": test.name,
                "verdict": test.verdict,
                "earned": test.earned,
                "points": test.points,
                "hidden": test.hidden,
                "sentence": test.sentence,
            }
            for test in record.tests
        ],
    }
