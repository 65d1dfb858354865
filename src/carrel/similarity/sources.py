"""Reads submissions from a directory, whatever lies in it.

Each entry of the directory is one submission: a file, or a folder with files.
Students decide what lies there, so nothing is followed or waited for: no symbolic
links, FIFOs, devices or sockets are opened, sizes and numbers are capped, and
what is left out is said with its reason.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, KIB, MIB, format_size
from carrel.similarity.grammars import EXTENSIONS
from carrel.similarity.types import Skipped, SourceFile, Submission

MAX_FILE_BYTES = 512 * KIB
MAX_SUBMISSION_BYTES = 4 * MIB
MAX_SUBMISSION_FILES = 200
MAX_RUN_BYTES = 1 * GIB
MAX_DEPTH = 12
MAX_ENTRIES = 5_000

_BINARY_PROBE = 8 * KIB
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_WRITTEN = frozenset({"__pycache__", "node_modules", "venv", "target", "build", "dist", "bin"})
_FOREIGN_TEXT = frozenset({"md", "txt", "json", "xml", "html", "css", "csv", "yml", "yaml"})


@dataclass
class Reader:
    """Reads directories; collects what was skipped, across all of them.

    With `language` only that language's files are read; files with an extension
    that says nothing are then taken to be in it.
    """

    language: str | None = None
    skipped: list[Skipped] = field(default_factory=list)
    _left: int = MAX_RUN_BYTES

    def submissions(
        self, folder: Path, *, prefix: str = "", earlier: bool = False
    ) -> list[Submission]:
        """Return the submissions in `folder`, by name; `prefix` comes before each name.

        Raises InvalidValueError if `folder` is not a directory or cannot be read.
        """
        found = []
        for name in _entries(folder):
            shown = prefix + _printable(name)
            path = folder / name
            try:
                mode = path.lstat().st_mode
            except OSError as error:
                self._skip(shown, f"cannot be read: {error.strerror}")
                continue
            if stat.S_ISDIR(mode):
                files = self._folder(path, shown)
            else:
                single = self._file(path, shown, _printable(name), alone=True)
                files = [single] if single else []
            if files:
                found.append(Submission(shown, tuple(files), earlier))
        return found

    def files(self, path: Path) -> list[SourceFile]:
        """Return all files under `path` (a folder or one file), for starter code.

        Raises InvalidValueError if `path` does not exist.
        """
        if path.is_file() and not path.is_symlink():
            single = self._file(path, path.name, path.name, alone=True)
            return [single] if single else []
        _entries(path)
        return self._folder(path, path.name)

    def _skip(self, name: str, reason: str) -> None:
        self.skipped.append(Skipped(name, reason))

    def _folder(self, folder: Path, shown: str) -> list[SourceFile]:
        files: list[SourceFile] = []
        total = 0
        reasons = len(self.skipped)
        for path, relative in self._walk(folder, shown):
            if len(files) >= MAX_SUBMISSION_FILES or total > MAX_SUBMISSION_BYTES:
                limit = f"{MAX_SUBMISSION_FILES} files or {format_size(MAX_SUBMISSION_BYTES)}"
                self._skip(f"{shown}/{relative}", f"left out with all after it: over {limit}")
                break
            file = self._file(path, f"{shown}/{relative}", relative, alone=False)
            if file:
                files.append(file)
                total += len(file.text)
        if not files and len(self.skipped) == reasons:
            wanted = f"{self.language} files" if self.language else "files in a known language"
            self._skip(shown, f"left out: no {wanted} in this folder")
        # A header belongs to the language of the sources beside it.
        if any(file.language == "cpp" for file in files):
            files = [
                SourceFile(f.path, f.text, "cpp") if f.path.lower().endswith(".h") else f
                for f in files
            ]
        return files

    def _walk(self, folder: Path, shown: str) -> Iterator[tuple[Path, str]]:
        """Yield the files below `folder` with their relative paths, in order, without recursion."""
        stack = [(folder, "", 0)]
        while stack:
            here, relative, depth = stack.pop()
            try:
                names = _entries(here)
            except InvalidValueError as error:
                self._skip(f"{shown}/{relative}".rstrip("/"), f"cannot be read: {error.allowed}")
                continue
            below = []
            for name in names:
                path = here / name
                inner = relative + _printable(name)
                if path.is_dir() and not path.is_symlink():
                    if name in _NOT_WRITTEN:
                        continue
                    if depth + 1 > MAX_DEPTH:
                        self._skip(f"{shown}/{inner}", f"left out: over {MAX_DEPTH} folders deep")
                        continue
                    below.append((path, inner + "/", depth + 1))
                else:
                    yield path, inner
            stack.extend(reversed(below))

    def _file(self, path: Path, shown: str, relative: str, *, alone: bool) -> SourceFile | None:
        language = self._language(path.name, alone=alone)
        if language is None:
            if alone:
                self._skip(shown, "left out: the extension is of no known language")
            return None
        if not language:
            if alone:
                self._skip(shown, f"left out: not in {self.language}")
            return None
        text, reason = _read(path)
        if reason:
            self._skip(shown, reason)
            return None
        self._left -= len(text)
        if self._left < 0:
            self._skip(shown, f"left out: all files together are over {format_size(MAX_RUN_BYTES)}")
            return None
        return SourceFile(relative, text, language)

    def _language(self, name: str, *, alone: bool) -> str | None:
        """Return the file's language, None if nothing tells, "" if another one is asked for."""
        extension = name.rpartition(".")[2].lower() if "." in name else ""
        known = EXTENSIONS.get(extension)
        wanted = self.language
        if wanted is None:
            return known
        header = extension == "h" and wanted == "cpp"
        if known == wanted or header:
            return wanted
        if known is not None:
            return ""
        text = extension in _FOREIGN_TEXT and not (alone and extension == "txt")
        return "" if text else wanted


def _entries(folder: Path) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208
    except OSError as error:
        raise InvalidValueError(
            "DIR", str(folder), f"give a folder that can be read ({error.strerror})"
        ) from error
    if len(names) > MAX_ENTRIES:
        raise InvalidValueError(
            "DIR", str(folder), f"at most {MAX_ENTRIES:,} entries, this folder has {len(names):,}"
        )
    return names


def _printable(name: str) -> str:
    """Return a file name without bytes that are no text and without control characters."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _read(path: Path) -> tuple[bytes, str]:
    """Return a file's text, and why it cannot be used ("" if it can)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            return b"", "left out: a symbolic link, which is not followed"
        return b"", f"cannot be read: {error.strerror}"
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return b"", "left out: not a regular file"
        text = file.read(MAX_FILE_BYTES + 1)
    if len(text) > MAX_FILE_BYTES:
        size = format_size(max(status.st_size, len(text)))
        return b"", f"left out: {size} is over the limit of {format_size(MAX_FILE_BYTES)}"
    if text[:2] in _UTF16:
        text = text.decode("utf-16", "replace").encode("utf-8")
    text = text.removeprefix(b"\xef\xbb\xbf")
    return text, _unusable(text)


def _unusable(text: bytes) -> str:
    if not text.strip():
        return "left out: empty"
    if b"\0" in text[:_BINARY_PROBE]:
        return "left out: binary, not text"
    return ""
