"""What it means to know a format: from somebody else's package to files of an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from carrel.archives.entries import FileTree, printable
from carrel.core.errors import InvalidValueError


class FormatError(InvalidValueError):
    """A package cannot be imported; the message names its file, what is there, and what to do."""

    def __init__(self, file: str, value: object, allowed: str) -> None:
        """Name the file or its field, the value found there, and what is allowed."""
        shown = printable(value) if isinstance(value, str) else value
        super().__init__(printable(file), shown, allowed)


@dataclass
class Notes:
    """What a teacher should know after an import; each a sentence in Markdown.

    `dropped` is what could not be kept, `changed` what is there and not quite the same,
    `facts` what the package says of itself.
    """

    dropped: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def drop(self, text: str) -> None:
        """Note something that could not be kept, once."""
        if text not in self.dropped:
            self.dropped.append(text)

    def change(self, text: str) -> None:
        """Note something that is not quite the same, once."""
        if text not in self.changed:
            self.changed.append(text)


@dataclass(frozen=True)
class Imported:
    """An exercise as a format's reader made it.

    `table` is its exercise.toml, in the order in which it is to be written, `files` are all
    others by name. `comments` are sentences for exercise.toml, by the name of the test.
    `time_factor` and `time_step`: a time limit that the package does not give is the
    slowest right solution's CPU time times this, rounded up to a multiple of the step in
    seconds; None where the package does give it.
    """

    table: Mapping[str, Any]
    files: Mapping[str, bytes]
    notes: Notes
    comments: Mapping[str, str] = field(default_factory=dict)
    time_factor: float | None = None
    time_step: float = 1.0


class Reader(Protocol):
    """A format: what turns a package's files into an exercise."""

    def __call__(self, tree: FileTree, name: str, /) -> Imported:
        """Return the exercise; `name` is what the package's folder or archive is called.

        Raises FormatError for a package that cannot be understood. What cannot be kept
        is noted, never left out silently. Every byte of the tree is hostile.
        """
        ...
