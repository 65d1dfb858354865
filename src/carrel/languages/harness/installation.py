"""What it takes to call a student's function, in a language: pure, without a sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import resources
from typing import Protocol

from carrel.languages.harness.signature import Signature
from carrel.languages.spec import Entry
from carrel.texts.message import Message

FOLDER = ".carrel"
"""Where a harness lies, below the place of the submission."""

_LINE = 120
_CALLED = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)\s*(?:\(|=\s*(?:async\s*)?(?:function\b|\())")


@dataclass(frozen=True)
class Installation:
    """A submission's function made callable.

    `files` (by name below the submission's place) come before `compile`, which replaces
    the language's own compilation; None compiles as usual. `run` starts the harness.
    `explain` turns what the compiler said into what the student should read.
    """

    files: Mapping[str, bytes]
    run: tuple[str, ...]
    compile: tuple[str, ...] | None = None
    explain: Callable[[str], str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


class Harness(Protocol):
    """A language's module in this package."""

    def install(
        self, signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
    ) -> Installation:
        """Return what makes the function of a source callable."""
        ...

    def refuses(self, signature: Signature) -> str | None:
        """Return why the language cannot have such a function; None if it can."""
        ...

    def declaration(self, signature: Signature) -> str:
        """Return how the function is declared, on one line."""
        ...

    def starter(self, signature: Signature) -> str:
        """Return the function without a body, for students to start from."""
        ...


def inside(name: str) -> bytes:
    """Return a file that goes into the sandbox."""
    return resources.files(__package__).joinpath("inside", name).read_bytes()


def find_declaration(source: bytes, name: str) -> tuple[int, str] | None:
    """Return the number and the text of the first line where `name` seems to be declared."""
    pattern = re.compile(rf"(?<![\w$.]){re.escape(name)}\s*[(=<]")
    for number, line in enumerate(source.decode("utf-8", "replace").splitlines(), 1):
        before = line.split("//", 1)[0].split("#", 1)[0]
        if pattern.search(before):
            text = " ".join(line.split())
            return number, text if len(text) <= _LINE else text[: _LINE - 1] + "…"
    return None


def similar_name(source: bytes, name: str) -> str | None:
    """Return the name in a source that was probably meant to be `name`."""
    text = source.decode("utf-8", "replace")
    names = {found for found in _CALLED.findall(text) if found != name}
    folded = {_folded(one): one for one in sorted(names)}
    close = get_close_matches(_folded(name), folded, n=1, cutoff=0.75)
    return folded[close[0]] if close else None


def _folded(name: str) -> str:
    return name.replace("_", "").casefold()


def not_callable(
    declaration: str, source: bytes, name: str, *, found: str = "", line: int | None = None
) -> Message:
    """Return why the function `name` of a source cannot be called, for its student to read.

    `found` is how it is declared as the language itself tells; else the source is looked at.
    """
    place = find_declaration(source, name)
    if place is None:
        other = similar_name(source, name)
        if other is None:
            return Message("call-no-function", declaration=declaration)
        return Message("call-no-function-but", declaration=declaration, other=other)
    return Message(
        "call-wrong-declaration",
        declaration=declaration,
        line=line or place[0],
        found=found or place[1],
    )
