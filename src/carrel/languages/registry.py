"""The languages that carrel knows, by name, alias and file extension."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType
from typing import Self

from carrel.core.errors import InvalidValueError
from carrel.languages.bash import BASH
from carrel.languages.c import C
from carrel.languages.cpp import CPP
from carrel.languages.go import GO
from carrel.languages.java import JAVA
from carrel.languages.javascript import JAVASCRIPT
from carrel.languages.python import PYTHON
from carrel.languages.r import R
from carrel.languages.rust import RUST
from carrel.languages.spec import LanguageSpec
from carrel.languages.sql import SQL
from carrel.languages.typescript import TYPESCRIPT
from carrel.sandbox.program import Waiter


class Language(StrEnum):
    """A programming language; `Language("c++")` and other common names work too."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    JAVA = "java"
    CPP = "cpp"
    C = "c"
    TYPESCRIPT = "typescript"
    GO = "go"
    RUST = "rust"
    BASH = "bash"
    SQL = "sql"
    R = "r"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        name = value.strip().lower()
        for language, spec in SPECS.items():
            if name == spec.name or name in spec.aliases:
                return cls(language.value)
        return None


_ALL = (PYTHON, JAVASCRIPT, JAVA, CPP, C, TYPESCRIPT, GO, RUST, BASH, SQL, R)

SPECS: Mapping[Language, LanguageSpec] = MappingProxyType(
    {Language(spec.name): spec for spec in _ALL}
)

GENERAL: tuple[Language, ...] = tuple(
    language for language, spec in SPECS.items() if not spec.input_is_setup
)
"""The languages that any exercise can be solved in, all but SQL: what an exercise that names
no languages is for."""


def parse_language(value: Language | str, *, field: str = "language") -> Language:
    """Return the language a caller named; InvalidValueError lists the possible ones."""
    try:
        return Language(value)
    except ValueError:
        allowed = "give one of " + ", ".join(Language)
        raise InvalidValueError(field, value, allowed) from None


def language_of_file(name: str | PurePath) -> Language | None:
    """Return the language that a file's extension stands for, or None."""
    extension = PurePath(name).suffix.lower()
    for language, spec in SPECS.items():
        if extension in spec.extensions:
            return language
    return None


def waiters_of(languages: Iterable[Language]) -> dict[str, tuple[Waiter, ...]]:
    """Return the runtimes of these languages that can be started beforehand, by template."""
    found: dict[str, tuple[Waiter, ...]] = {}
    for language in languages:
        spec = SPECS[language]
        if spec.waiters:
            found[spec.template] = (*found.get(spec.template, ()), *spec.waiters)
    return found
