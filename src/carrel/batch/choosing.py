"""Which of somebody's files is the program; pure, but for archives within the hand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from carrel.archives.opening import (
    INNER,
    ArchiveError,
    FileTree,
    is_archive_name,
    open_archive,
)
from carrel.batch.people import HandIn
from carrel.core.errors import CarrelError, InvalidValueError
from carrel.core.sizes import MIB, format_size
from carrel.judge.plan import MAX_SOURCE_BYTES, Submission
from carrel.languages.registry import SPECS, Language, language_of_file

MAX_BESIDE_BYTES = 4 * MIB
"""The largest that a submission's further files may be together."""

MAX_BESIDE_FILES = 200
NOT_WRITTEN = frozenset(
    {".git", ".hg", ".svn", ".idea", ".vscode", "__pycache__", "node_modules", "venv", ".venv"}
)
"""Folders that programs fill, not students."""

_ENTRIES = ("main", "solution")
_SHOWN = 5


@dataclass(frozen=True)
class Wanted:
    """What an exercise takes: its languages, and how its teacher says which file counts.

    `entry` is a pattern such as `main.py` or `*/Main.java`; `language` allows only one.
    """

    languages: tuple[Language, ...]
    entry: str | None = None
    language: Language | None = None


@dataclass(frozen=True)
class Chosen:
    """A program, and the name of its file as it was handed in."""

    name: str
    submission: Submission


class UnclearError(CarrelError):
    """There is no telling what to grade; the message is a sentence for the teacher."""


def choose(tree: FileTree, hand_in: HandIn, wanted: Wanted) -> Chosen:
    """Return the program of a hand-in; UnclearError says why there is none."""
    files = contents(tree, hand_in.files)
    name, language = _entry(files, wanted)
    source = files[name]
    if len(source) > MAX_SOURCE_BYTES:
        size, allowed = format_size(len(source)), format_size(MAX_SOURCE_BYTES)
        raise UnclearError(f"{name} is too large ({size}, allowed are {allowed})")
    root = SPECS[language].files.root(name.rpartition("/")[0], source)
    return Chosen(name, Submission(language, source, files=_beside(files, name, root)))


def contents(tree: FileTree, files: Mapping[str, str]) -> dict[str, bytes]:
    """Return a hand-in's files; an archive that somebody handed in counts as what is in it."""
    found: dict[str, bytes] = {}
    total = 0
    for name, path in files.items():
        if NOT_WRITTEN.intersection(name.split("/")):
            continue
        total += tree.sizes[path]
        if total > INNER.total_bytes:
            raise UnclearError(f"all files together have more than {format_size(total)}")
        try:
            data = tree.read(path)
            found |= _unpacked(name, data) if is_archive_name(name) else {name: data}
        except InvalidValueError as error:
            raise UnclearError(f"{name}: {error.allowed}") from error
    return found


def _unpacked(name: str, data: bytes) -> dict[str, bytes]:
    tree = open_archive(data, limits=INNER, name=name)
    try:
        if tree.refused:
            first = tree.refused[0]
            raise ArchiveError(name, f"{first.name} {first.reason}")
        found = {
            inner: tree.read(inner)
            for inner in tree.sizes
            if not NOT_WRITTEN.intersection(inner.split("/"))
        }
    finally:
        tree.close()
    return found


def _entry(files: Mapping[str, bytes], wanted: Wanted) -> tuple[str, Language]:
    """Return which file is the program, and its language."""
    names = sorted(files)
    if not names:
        raise UnclearError("there is no file in it")
    allowed = (wanted.language,) if wanted.language else wanted.languages
    programs = {
        name: language
        for name in names
        if (language := language_of_file(name) or _only(wanted, name)) in allowed
    }
    if wanted.entry is not None:
        matching = [name for name in names if _matches(name, wanted.entry)]
        fitting = {n: language for n, language in programs.items() if n in matching}
        if matching and not fitting:
            raise UnclearError(f"{_listed(matching)} is in no language that the exercise takes")
        if not fitting and len(programs) != 1:
            raise UnclearError(f"no file is named {wanted.entry}; there is {_listed(names)}")
        programs = fitting or programs  # somebody's only program counts whatever its name
    if not programs:
        languages = ", ".join(allowed)
        raise UnclearError(f"there is no program in {languages}; there is {_listed(names)}")
    programs = _starting(files, programs)
    if len(programs) > 1:
        usual = [n for n in programs if PurePosixPath(n).stem.lower() in _ENTRIES]
        shallow = [n for n in usual if n.count("/") == min(m.count("/") for m in usual)]
        if len(shallow) != 1:
            raise UnclearError(
                f"there are several programs: {_listed(list(programs))}; "
                "say which one counts with --entry"
            )
        return shallow[0], programs[shallow[0]]
    return next(iter(programs.items()))


def _starting(files: Mapping[str, bytes], programs: Mapping[str, Language]) -> dict[str, Language]:
    """Return those in which a program begins, where the text of a language tells it."""
    languages = set(programs.values())
    starts = SPECS[languages.pop()].files.starts if len(languages) == 1 else None
    found = {n: language for n, language in programs.items() if starts and starts(files[n])}
    return found or dict(programs)


def _only(wanted: Wanted, name: str) -> Language | None:
    """Return the language that was asked for, for a file that the entry pattern names."""
    named = wanted.entry is not None and _matches(name, wanted.entry)
    return wanted.language if named else None


def _matches(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) or fnmatch(PurePosixPath(name).name, pattern)


def _beside(files: Mapping[str, bytes], entry: str, root: str) -> dict[str, bytes]:
    """Return the further files in the program's folder and below, by their name from there."""
    prefix = f"{root}/" if root else ""
    beside = {
        name.removeprefix(prefix): data
        for name, data in sorted(files.items())
        if name.startswith(prefix) and name != entry
    }
    total = sum(map(len, beside.values()))
    if total > MAX_BESIDE_BYTES or len(beside) > MAX_BESIDE_FILES:
        raise UnclearError(
            f"beside {entry} there are {len(beside)} files of {format_size(total)}, allowed are "
            f"{MAX_BESIDE_FILES} files of {format_size(MAX_BESIDE_BYTES)}"
        )
    return beside


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
