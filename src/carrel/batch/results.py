"""What a batch came to: its rows with their grades, read one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from carrel.archives.opening import Refused
from carrel.batch.choosing import UnclearError
from carrel.batch.journal import Journal
from carrel.batch.records import Stored
from carrel.batch.rows import Row, Status
from carrel.core.errors import InvalidValueError


@dataclass(frozen=True)
class Result:
    """A row and its grade; None unless the row is GRADED."""

    row: Row
    grade: Stored | None


@dataclass(frozen=True)
class About:
    """What was graded: the exercise, its version, and what graded it."""

    exercise: str
    title: str
    version: str
    carrel: str
    tests: tuple[str, ...]
    points: float


@dataclass(frozen=True)
class Results:
    """All rows of a batch; iterating reads the grades from the journal, and keeps none."""

    about: About
    rows: Sequence[Row]
    journal: Journal
    failed: Mapping[str, Exception] = field(default_factory=dict)
    left_over: tuple[Refused, ...] = ()

    def __iter__(self) -> Iterator[Result]:
        """Yield the results in the order of the rows."""
        for row in self.final_rows():
            grade = None if row.key is None else self.journal.get(row.key)
            yield Result(row, grade if row.status is Status.GRADED else None)

    def final_rows(self) -> Iterator[Row]:
        """Yield the rows as they came out, without their grades."""
        for row in self.rows:
            yield self._final(row)

    def counts(self) -> Counter[Status]:
        """Return how many rows came out how."""
        return Counter(row.status for row in self.final_rows())

    def _final(self, row: Row) -> Row:
        if row.status is not Status.GRADED or (row.key is not None and row.key in self.journal):
            return row
        error = self.failed.get(row.key or "")
        if isinstance(error, UnclearError | InvalidValueError):
            return replace(row, status=Status.UNCLEAR, note=str(error))
        return replace(row, status=Status.FAULT, note=str(error or "it was not graded"))
