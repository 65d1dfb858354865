"""Write an imported exercise: a folder that loads, with IMPORTED.md about what it is not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from carrel.archives.entries import RefusedEntryError, safe_name
from carrel.core.errors import InvalidValueError
from carrel.exercises.errors import ExerciseError
from carrel.exercises.files import FILE
from carrel.exercises.formats.types import FormatError, Imported, Notes
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import Exercise

REPORT = "IMPORTED.md"


def write_exercise(imported: Imported, folder: Path, *, source: str) -> Exercise:
    """Write the exercise to `folder`, which must not exist, and return it as it loads.

    Either all of it is there afterwards or nothing. `source` is what it was imported from.
    """
    if folder.exists() or folder.is_symlink():
        allowed = "it is there already; give a folder that is not, by --into"
        raise InvalidValueError("--into", str(folder), allowed)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".carrel-import-", dir=folder.parent))
    except OSError as error:
        raise InvalidValueError("--into", str(folder), f"{error.strerror}") from error
    try:
        files = dict(imported.files)
        files[FILE] = _toml(imported).encode()
        files[REPORT] = report(imported.notes, source).encode()
        for name, data in files.items():
            _write(work, name, data)
        _load(work)
        work.chmod(0o755)
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return load_exercise(folder)


def set_time_limit(folder: Path, seconds: float) -> Exercise:
    """Write another time limit into an exercise.toml, leave the rest, and load it again."""
    path = folder / FILE
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    limits = document.setdefault("limits", tomlkit.table())
    limits["time"] = seconds
    part = path.with_name(f".{FILE}.part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    part.replace(path)
    return load_exercise(folder)


def report(notes: Notes, source: str) -> str:
    """Return IMPORTED.md."""
    parts = [f"# Imported from {_plain(source)}", "This file is for teachers; carrel ignores it."]
    for heading, texts in (
        ("Not kept", notes.dropped),
        ("Not quite the same", notes.changed),
        ("What the package says of itself", notes.facts),
    ):
        if texts:
            parts.append(f"## {heading}")
            parts.append("\n".join(f"- {_plain(text)}" for text in texts))
    if not notes.dropped:
        parts.append("Everything that the package holds was kept.")
    return "\n\n".join(parts) + "\n"


def _load(work: Path) -> None:
    try:
        load_exercise(work)
    except ExerciseError as error:
        shown = "; ".join(error.problems[:5])
        allowed = "what it says makes no exercise of carrel's"
        raise FormatError("package", shown[:800], allowed) from None


def _write(work: Path, name: str, data: bytes) -> None:
    """Write one file below `work`; a name that leads elsewhere is a bug or an attack."""
    try:
        safe = safe_name(name)
    except RefusedEntryError as error:
        raise FormatError(name, name, f"the name {error}") from None
    if safe != name:
        raise FormatError(name, name, "give files plain names")
    path = work / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise FormatError(name, name, f"it cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _toml(imported: Imported) -> str:
    document = tomlkit.document()
    for key, value in imported.table.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            document.add(key, _tables(value, imported.comments))
        elif isinstance(value, dict) and key != "checker":
            table = tomlkit.table()
            table.update(value)
            document.add(key, table)
        else:
            document.add(key, _inline(value))
    return tomlkit.dumps(document)


def _tables(values: Sequence[Mapping[str, Any]], comments: Mapping[str, str]) -> AoT:
    array = tomlkit.aot()
    for value in values:
        table = tomlkit.table()
        for line in _lines(comments.get(str(value.get("file")), "")):
            table.add(tomlkit.comment(line))
        _fill(table, value)
        array.append(table)
    return array


def _fill(table: Table, value: Mapping[str, Any]) -> None:
    for key, each in value.items():
        table.add(key, _inline(each))


def _inline(value: Any) -> Any:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({key: _inline(each) for key, each in value.items()})
        return table
    return value


def _lines(text: str) -> list[str]:
    return [_plain(line)[:200] for line in text.splitlines() if line.strip()][:20]


def _plain(text: str) -> str:
    """Leave out what would change a terminal or a file's structure."""
    return "".join(char if char.isprintable() else " " for char in text)
