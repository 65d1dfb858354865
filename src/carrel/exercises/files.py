"""The files of an exercise as its tables name them, and what was wrong on the way."""

from __future__ import annotations

import hashlib
from pathlib import Path

from carrel.exercises.folder import RefusedPathError, list_files, read_file

FILE = "exercise.toml"


class Files:
    """Reads files of one exercise folder; a problem is noted and reading goes on.

    `field` is where the file's name stands in exercise.toml, such as `tests[2].file`.
    """

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self._folder = folder
        self._read: dict[str, bytes] = {}

    def version(self) -> str:
        """Return a hash (SHA-256, hex) of every file read so far, and of exercise.toml."""
        self.bytes(FILE, FILE)
        digest = hashlib.sha256()
        for name, data in sorted(self._read.items()):
            for part in (name.encode(), data):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def bytes(self, field: str, name: str) -> bytes:
        """Return a file's content; empty after a problem."""
        try:
            data = self._read[name] = read_file(self._folder, name)
        except RefusedPathError as error:
            self.problem(field, f"= {name!r} {error}")
            return b""
        return data

    def text(self, field: str, name: str) -> str:
        """Return a file's text, which must be UTF-8; empty after a problem."""
        try:
            return self.bytes(field, name).decode("utf-8")
        except UnicodeDecodeError as error:
            self.problem(field, f"= {name!r} is not UTF-8 (byte {error.start})")
            return ""

    def names(self, field: str, folder: str) -> list[str]:
        """Return the names in a sub-folder, sorted; empty if there is none."""
        try:
            return list_files(self._folder, folder)
        except RefusedPathError as error:
            self.problem(field, str(error))
            return []

    def problem(self, field: str, text: str) -> None:
        """Note what is wrong with a field, as a clause: `is empty`, `= 'x' is not known`."""
        self.problems.append(f"{FILE}: {field} {text}")
