"""Read a roster: a CSV file as spreadsheets and course systems write it."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from carrel.batch.people import Roster, Student
from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB

MAX_BYTES = 16 * MIB
MAX_STUDENTS = 50_000
_SHOWN_PROBLEMS = 10
_DELIMITERS = ",;\t|"

_COLUMNS: Mapping[str, frozenset[str]] = {
    column: frozenset(names.split())
    for column, names in {
        "id": "id studentid studentnumber studentno sid username user login loginid netid uid "
        "idnumber userid sisuserid sisid matriculation matriculationnumber matrikelnummer "
        "matrikelnr matrikel kennung benutzername anmeldename",
        "name": "name fullname studentname student displayname vollstandigername vollername",
        "first": "first firstname givenname forename vorname",
        "last": "last lastname surname familyname nachname familienname",
        "email": "email emailaddress mail emailadresse mailadresse",
        "section": "section sections group groups class course tutorial gruppe gruppen kurs klasse",
    }.items()
}
"""What people call the columns, in lower case and letters only."""


def read_roster(path: Path) -> Roster:
    """Return the students in a CSV file, in its order.

    The first line names the columns: `id`, `name` (or first and last name), `email`,
    `section`, in any order and case, of which `id`, `email` or a name must be there.
    Commas, semicolons, tabs and bars separate; a byte order mark does no harm. Raises
    InvalidValueError, naming lines and what is wrong with them.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(path, f"it cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise _refused(path, "it has more than 16 MiB; give a list of students")
    return Roster(parse_roster(_decode(data), path))


def parse_roster(text: str, path: Path) -> list[Student]:
    """Return the students in a roster's text; pure."""
    if "\0" in text:
        raise _refused(path, "it has NUL bytes: give a CSV file, not a spreadsheet's own format")
    rows = _rows(text, path)
    line, first = next(rows, (1, []))
    columns = _columns(first, path, line)
    students: dict[str, tuple[int, Student]] = {}
    problems: list[str] = []
    for line, row in rows:
        student = _student(row, columns)
        if any(cell.strip() for cell in row[columns["width"] :]):
            problems.append(f"line {line} has more cells than the first line names")
        elif student is None:
            problems.append(f"line {line} has neither an id nor an email nor a name")
        elif (key := student.id.casefold()) in students:
            problems.append(f"line {line} has the id {student.id!r} of line {students[key][0]}")
        else:
            students[key] = (line, student)
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        shown = problems[:_SHOWN_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
        raise _refused(path, "correct this:" + "".join(f"\n  - {problem}" for problem in shown))
    if not 0 < len(students) <= MAX_STUDENTS:
        raise _refused(path, f"it has {len(students)} students, possible are 1 to {MAX_STUDENTS:,}")
    return [student for _, student in students.values()]


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the number of its last line."""
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _refused(path, f"line {reader.line_num} is not CSV: {error}") from error


def _columns(row: Sequence[str], path: Path, line: int) -> dict[str, int]:
    """Return where each known column is, and under `width` how many there are."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        word = _plain(cell)
        for column, names in _COLUMNS.items():
            if word in names:
                if column in found:
                    raise _refused(path, f"line {line} names two columns for the {column}")
                found[column] = at
    if not found.keys() & {"id", "email", "name", "last"}:
        cells = ", ".join(cell.strip() for cell in row)[:100]
        raise _refused(
            path,
            f"line {line} names no column that tells who a student is: write id, name, email "
            f"and section there (found: {cells})",
        )
    return found | {"width": len(row)}


def _student(row: Sequence[str], columns: Mapping[str, int]) -> Student | None:
    def cell(column: str) -> str:
        at = columns.get(column)
        text = row[at] if at is not None and at < len(row) else ""
        return unicodedata.normalize("NFC", " ".join(text.split()))

    name = cell("name") or f"{cell('first')} {cell('last')}".strip()
    email = cell("email")
    identity = cell("id") or email or name
    return Student(identity, name, email, cell("section")) if identity else None


def _plain(header: str) -> str:
    letters = unicodedata.normalize("NFKD", header.casefold())
    return re.sub(r"[^a-z0-9]", "", letters)


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what Excel saves as CSV in the West


def _refused(path: Path, reason: str) -> InvalidValueError:
    return InvalidValueError("roster", str(path), reason)
