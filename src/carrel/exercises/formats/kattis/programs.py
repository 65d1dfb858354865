"""Programs of a package, submissions and validators alike: one file, or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from carrel.exercises.formats.kattis.package import Package
from carrel.languages.registry import Language

_LANGUAGES = {
    ".py": Language.PYTHON,
    ".py3": Language.PYTHON,
    ".c": Language.C,
    ".cc": Language.CPP,
    ".cpp": Language.CPP,
    ".cxx": Language.CPP,
    ".c++": Language.CPP,
    ".C": Language.CPP,
    ".java": Language.JAVA,
    ".js": Language.JAVASCRIPT,
    ".mjs": Language.JAVASCRIPT,
    ".ts": Language.TYPESCRIPT,
    ".go": Language.GO,
    ".rs": Language.RUST,
    ".r": Language.R,
    ".R": Language.R,
    ".sh": Language.BASH,
}
"""By extension, as the format's table of languages has it: `.C` is C++."""

CODES = {
    "bash": Language.BASH,
    "c": Language.C,
    "cpp": Language.CPP,
    "go": Language.GO,
    "java": Language.JAVA,
    "javascript": Language.JAVASCRIPT,
    "python3": Language.PYTHON,
    "r": Language.R,
    "rust": Language.RUST,
    "typescript": Language.TYPESCRIPT,
}
"""The format's codes of the languages that carrel has."""

_OTHERS = {
    ".adb": "Ada",
    ".ads": "Ada",
    ".cob": "COBOL",
    ".cs": "C#",
    ".d": "D",
    ".dart": "Dart",
    ".erl": "Erlang",
    ".ex": "Elixir",
    ".f90": "Fortran",
    ".fs": "F#",
    ".hs": "Haskell",
    ".jl": "Julia",
    ".kt": "Kotlin",
    ".lisp": "Lisp",
    ".cl": "Lisp",
    ".lua": "Lua",
    ".m": "Objective-C",
    ".ml": "OCaml",
    ".nim": "Nim",
    ".pas": "Pascal",
    ".php": "PHP",
    ".pl": "Prolog or Perl",
    ".py2": "Python 2",
    ".rb": "Ruby",
    ".scala": "Scala",
    ".swift": "Swift",
    ".vb": "Visual Basic",
    ".zig": "Zig",
}
_PYTHON2 = re.compile(rb"^#!.*python2")
_MAIN_JAVA = re.compile(rb"public\s+static\s+(?:final\s+)?void\s+main\b")
_MAIN_C = re.compile(rb"^\s*(?:int|auto|signed|void)\s+main\s*\(", re.MULTILINE)


class OtherLanguageError(Exception):
    """A program's language is not one of carrel's; the message is a clause that says which."""


@dataclass(frozen=True)
class PackageProgram:
    """A program: its main file, and those beside it, by their names in the package."""

    language: Language
    main: str
    files: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


def find_program(
    package: Package, files: Sequence[str], *, code: str = "", entry: str = ""
) -> PackageProgram:
    """Return the program that these files are; OtherLanguageError if carrel cannot run it.

    `code` and `entry` are what the package itself says of its language and main file.
    """
    scripts = tuple(name for name in files if PurePosixPath(name).name in ("build", "run"))
    rest = [name for name in files if name not in scripts]
    if code and code not in CODES:
        raise OtherLanguageError(f"is in {code}")
    counts: dict[Language, list[str]] = {}
    for name in rest:
        language = _LANGUAGES.get(PurePosixPath(name).suffix)
        if language is not None:
            counts.setdefault(language, []).append(name)
    if code:
        language = CODES[code]
        counts = {language: counts.get(language, [])}
    if not counts or not any(counts.values()):
        raise OtherLanguageError(_what_it_is(rest))
    # Most files decide. In a tie C++ goes before C, as in the format.
    language = max(counts, key=lambda one: (len(counts[one]), one is Language.CPP))
    others = [name for name in rest if PurePosixPath(name).suffix in _OTHERS]
    if len(others) > len(counts[language]):
        raise OtherLanguageError(_what_it_is(others))
    main = _main(package, language, counts[language], entry)
    if language is Language.PYTHON and _PYTHON2.match(package.read(main)):
        raise OtherLanguageError("is in Python 2")
    beside = tuple(name for name in rest if name != main)
    return PackageProgram(language, main, beside, scripts)


def _main(package: Package, language: Language, sources: Sequence[str], entry: str) -> str:
    if len(sources) == 1:
        return sources[0]
    stem = entry.rsplit(".", 1)[-1] if language is Language.JAVA else PurePosixPath(entry).stem
    for name in sources:
        if entry and stem == PurePosixPath(name).stem:
            return name
    for name in sources:
        if PurePosixPath(name).stem.lower() in ("main", "__main__"):
            return name
    pattern = {Language.JAVA: _MAIN_JAVA, Language.C: _MAIN_C, Language.CPP: _MAIN_C}.get(language)
    if pattern is not None:
        for name in sources:
            if pattern.search(package.read(name)):
                return name
    return sources[0]


def _what_it_is(names: Sequence[str]) -> str:
    suffixes = [PurePosixPath(name).suffix for name in names]
    known = dict.fromkeys(_OTHERS[suffix] for suffix in suffixes if suffix in _OTHERS)
    if known:
        return "is in " + ", ".join(known)
    return "is in a language that its file names do not tell"
