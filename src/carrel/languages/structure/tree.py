r"""A student's file, parsed: its nodes as a flat list, in the order of the text.

The parsing itself, the preparation of texts that read differently than they look
(`\u0066or`, lines continued by a backslash) and the bookkeeping of lines are those of
`carrel.languages.rules.program`.
"""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from tree_sitter import Language as Grammar
from tree_sitter import Node

from carrel.languages.rules import java, javascript, native, python
from carrel.languages.rules.program import Program, Text, parse

_GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "java": ("tree_sitter_java", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "c": ("tree_sitter_c", "language"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
}
_PREPARE: Mapping[str, Callable[[str], Text]] = {
    "python": python.prepare,
    "javascript": javascript.prepare,
    "typescript": javascript.prepare,
    "java": java.prepare,
    "cpp": native.prepare,
    "c": native.prepare,
    "go": javascript.prepare,
    "rust": javascript.prepare,
}

_SCRIPT_FUNCTIONS = frozenset(
    {
        *("function_declaration", "generator_function_declaration", "function_expression"),
        *("generator_function", "arrow_function", "method_definition"),
    }
)
FUNCTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "python": frozenset({"function_definition", "lambda"}),
        "javascript": _SCRIPT_FUNCTIONS,
        "typescript": _SCRIPT_FUNCTIONS,
        "java": frozenset(
            {
                *("method_declaration", "constructor_declaration", "lambda_expression"),
                "compact_constructor_declaration",
            }
        ),
        "cpp": frozenset({"function_definition", "lambda_expression"}),
        "c": frozenset({"function_definition"}),
        "go": frozenset({"function_declaration", "method_declaration", "func_literal"}),
        "rust": frozenset({"function_item", "closure_expression"}),
    }
)
"""The nodes that are functions of any kind."""

CLASSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "python": frozenset({"class_definition"}),
        "javascript": frozenset({"class_declaration", "class"}),
        "typescript": frozenset(
            {"class_declaration", "class", "abstract_class_declaration", "interface_declaration"}
        ),
        "java": frozenset(
            {
                *("class_declaration", "interface_declaration", "enum_declaration"),
                "record_declaration",
            }
        ),
        "cpp": frozenset({"class_specifier", "struct_specifier"}),
        "c": frozenset({"struct_specifier"}),
        "go": frozenset({"type_spec"}),
        "rust": frozenset({"struct_item", "enum_item", "trait_item", "impl_item"}),
    }
)
"""The nodes that are classes, or what a language has in their place."""


@dataclass(frozen=True)
class Source:
    """A file of a submission: its name (for messages) and its bytes, whatever they are."""

    name: str
    data: bytes = field(repr=False)


@dataclass
class Tree:
    """One parsed file; indices are into `nodes`."""

    language: str
    name: str
    program: Program = field(repr=False)

    @property
    def nodes(self) -> list[Node]:
        """All named nodes in the order of the text."""
        return self.program.nodes

    @property
    def parents(self) -> list[int]:
        """Of each node the index of the one above; -1 for the root."""
        return self.program.parents

    def words(self, node: Node | None) -> str:
        """Return a node's text; Python's identifiers as Python compares them."""
        text = self.program.words(node)
        if self.language == "python" and not text.isascii():
            return unicodedata.normalize("NFKC", text)
        return text

    def line(self, node: Node) -> int:
        """Return the line in the student's own text, from 1."""
        return self.program.line(node)

    def scope(self, index: int) -> int:
        """Return the index of the nearest function or class around a node, or -1."""
        above = self.parents[index]
        if above < 0:
            return -1
        found = self.program.scopes[index]
        return found if self.is_scope(found) else -1

    def is_scope(self, index: int) -> bool:
        """Whether a node is a function or a class."""
        kind = self.nodes[index].type
        return kind in FUNCTIONS[self.language] or kind in CLASSES[self.language]

    def is_function(self, index: int) -> bool:
        """Whether a node is a function of any kind."""
        return index >= 0 and self.nodes[index].type in FUNCTIONS[self.language]

    def function_around(self, index: int) -> int:
        """Return the index of the innermost function around a node, or -1."""
        found = self.scope(index)
        while found >= 0 and not self.is_function(found):
            found = self.scope(found)
        return found

    def above(self, index: int) -> Iterator[int]:
        """Yield the indices of all nodes above, the nearest first."""
        index = self.parents[index]
        while index >= 0:
            yield index
            index = self.parents[index]

    def loose_tokens(self) -> Iterator[tuple[Node, str]]:
        """Yield the words of what could not be parsed, and of the bodies of C's macros."""
        for node in self.nodes:
            if node.type == "ERROR":
                for child in node.children:
                    if not child.is_named or child.type.endswith("identifier"):
                        yield child, self.words(child)
            elif node.type == "preproc_arg":
                for match in native.MACRO_WORDS.finditer(self.words(node)):
                    if match[1]:
                        yield node, match[1]


@cache
def grammar(language: str) -> Grammar:
    """Return the grammar of a language, loaded when it is first needed."""
    package, function = _GRAMMARS[language]
    return Grammar(getattr(importlib.import_module(package), function)())


def read(source: Source, language: str) -> Tree:
    """Return a file parsed; bytes that are no UTF-8 are read as question marks."""
    text = source.data.decode("utf-8", "replace").removeprefix("\ufeff")
    scopes = FUNCTIONS[language] | CLASSES[language]
    program = parse(_PREPARE[language](text), grammar(language), scopes)
    return Tree(language, source.name, program)
