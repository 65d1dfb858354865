"""Which languages can be parsed, which files are theirs, and each grammar's lookup tables.

The grammars are wheels with their parser compiled in; nothing is fetched when
they are used. A grammar is loaded when its language is first met.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tree_sitter

from carrel.core.errors import InvalidValueError, MissingToolError
from carrel.similarity.vocabulary import ANONYMOUS, DROPPED, NAMED, NAMED_VALUES, SIGNED

_KINDS = 1 << 16  # a node's kind is 16 bits wide; 65535 is an ERROR node

GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "php": ("tree_sitter_php", "language_php"),
}

_ALIASES = {"c++": "cpp", "js": "javascript", "ts": "typescript", "py": "python", "c#": "csharp"}

EXTENSIONS = {
    extension: language
    for language, extensions in {
        "python": "py pyw",
        "javascript": "js mjs cjs jsx",
        "typescript": "ts mts cts",
        "tsx": "tsx",
        "java": "java",
        "c": "c h",
        "cpp": "cpp cc cxx c++ hpp hh hxx",
        "csharp": "cs",
        "go": "go",
        "rust": "rs",
        "ruby": "rb",
        "php": "php",
        # No grammar: compared by words (see lexer.py).
        "bash": "sh bash",
        "kotlin": "kt kts",
        "scala": "scala",
        "swift": "swift",
        "r": "r",
        "julia": "jl",
        "haskell": "hs",
        "lua": "lua",
        "perl": "pl pm",
        "pascal": "pas pp",
        "sql": "sql",
        "matlab": "m",
        "ocaml": "ml",
        "dart": "dart",
        "assembly": "s asm",
        "vhdl": "vhd vhdl",
        "fortran": "f f90",
    }.items()
    for extension in extensions.split()
}
"""Language by file extension, without the dot, in lower case."""

LANGUAGES = tuple(sorted(set(EXTENSIONS.values())))


@dataclass(frozen=True)
class Grammar:
    """One language's parser, and what its node kinds mean.

    `first` and `second` give up to two tokens for each kind (0: none), `dropped`
    the kinds whose subtree is not looked at, `signed` and `named_values` mark the
    kinds named so in the vocabulary; all arrays have shape (65536,).
    """

    parser: tree_sitter.Parser
    first: npt.NDArray[np.uint8]
    second: npt.NDArray[np.uint8]
    signed: npt.NDArray[np.bool_]
    named_values: npt.NDArray[np.bool_]
    dropped: frozenset[int]


def canonical_language(name: str, field: str = "language") -> str:
    """Return carrel's name for a language; InvalidValueError lists those it knows."""
    wanted = name.strip().lower()
    wanted = _ALIASES.get(wanted, wanted)
    if wanted not in LANGUAGES:
        raise InvalidValueError(field, name, f"choose one of {', '.join(LANGUAGES)}")
    return wanted


@functools.cache
def load_grammar(language: str) -> Grammar | None:
    """Return the grammar of `language`, None if there is none.

    Raises MissingToolError if the grammar's package is not installed.
    """
    if language not in GRAMMARS:
        return None
    package, function = GRAMMARS[language]
    try:
        pointer = getattr(importlib.import_module(package), function)()
    except ImportError as error:
        wheel = package.replace("_", "-")
        raise MissingToolError(
            f"the grammar of {language} is not installed: install the Python package {wheel}"
        ) from error
    grammar = tree_sitter.Language(pointer)
    named = {name: tokens for tokens, names in NAMED.items() for name in names.split()}
    anonymous = {name: tokens for tokens, names in ANONYMOUS.items() for name in names.split()}
    anonymous |= {"is not": anonymous["is"], "not in": anonymous["in"]}
    first = np.zeros(_KINDS, np.uint8)
    second = np.zeros(_KINDS, np.uint8)
    signed = np.zeros(_KINDS, np.bool_)
    named_values = np.zeros(_KINDS, np.bool_)
    dropped = set()
    for kind in range(grammar.node_kind_count):
        name = grammar.node_kind_for_id(kind) or ""
        if not grammar.node_kind_is_visible(kind):
            continue
        is_named = grammar.node_kind_is_named(kind)
        if is_named and name in DROPPED:
            dropped.add(kind)
            continue
        tokens = (named if is_named else anonymous).get(name, ())
        if tokens:
            first[kind] = tokens[0]
            second[kind] = tokens[1] if len(tokens) > 1 else 0
        signed[kind] = is_named and name in SIGNED
        named_values[kind] = is_named and name in NAMED_VALUES
    return Grammar(
        tree_sitter.Parser(grammar), first, second, signed, named_values, frozenset(dropped)
    )
