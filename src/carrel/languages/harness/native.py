"""What C and C++ have in common: a source of ours that includes the student's."""

from __future__ import annotations

import re
from collections.abc import Callable

from carrel.languages.harness.installation import not_callable
from carrel.languages.spec import Entry, LanguageSpec

ADAPTER = ".carrel_adapter"
"""It lies beside the student's source, so that the compiler calls that by its plain name."""

_ERROR = re.compile(r"^(?P<file>[^:\s]+):(?:\d+:)*\s*(?:fatal )?error:", re.MULTILINE)
_OURS = (ADAPTER, ".carrel/")
_INCLUDED = re.compile(
    rf"^(?:In file included from|\s+from) {re.escape(ADAPTER)}[^\n]*\n", re.MULTILINE
)


def compile_with(spec: LanguageSpec, entry: Entry, *sources: str) -> tuple[str, ...]:
    """Return the language's own command with these sources instead of the student's."""
    if spec.compiler is None:
        raise TypeError(f"{spec.name} has no compiler")
    argv: list[str] = []
    for part in spec.compiler.argv(entry):
        argv.extend(sources if part == entry.source else (part,))
    return tuple(argv)


def explain(declaration: str, source: bytes, name: str) -> Callable[[str], str]:
    """Return what tells a student what the compiler said.

    Errors in the student's source stay as they are. Where that is right by itself, and
    ours cannot use it, the function is missing or declared differently.
    """

    def words(said: str) -> str:
        files = [match["file"] for match in _ERROR.finditer(said)]
        if files and all(file.startswith(_OURS) for file in files):
            return not_callable(declaration, source, name)
        return without_ours(_INCLUDED.sub("", said))

    return words


def without_ours(said: str) -> str:
    """Return what a compiler said without what it said of sources of ours."""
    kept, ours = [], False
    for line in said.splitlines(keepends=True):
        if not line[:1].isspace():
            ours = line.startswith(_OURS)
        if not ours:
            kept.append(line)
    return "".join(kept)
