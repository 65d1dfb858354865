"""A whole submission as the rules look at it: all its files, what they define and call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from carrel.languages.structure.calls import Call, calls
from carrel.languages.structure.definitions import Class, Function, classes, functions
from carrel.languages.structure.names import Names, names_of
from carrel.languages.structure.tree import Source, Tree, read


@dataclass(frozen=True)
class Place:
    """Where something was found: the file, the line (from 1), and what stands there.

    `at` tells two in one line apart: the place in the text that was parsed.
    """

    file: str
    line: int
    text: str = ""
    at: int = 0


class Code:
    """The files of a submission in one language, and what is asked about them more than once."""

    def __init__(self, sources: Sequence[Source], language: str) -> None:
        self.language = language
        self.trees = [read(source, language) for source in sources]

    @cached_property
    def functions(self) -> list[Function]:
        """All functions."""
        return [function for tree in self.trees for function in functions(tree)]

    @cached_property
    def classes(self) -> list[Class]:
        """All classes."""
        return [found for tree in self.trees for found in classes(tree)]

    @cached_property
    def calls(self) -> list[Call]:
        """All calls."""
        return [call for tree in self.trees for call in calls(tree)]

    @cached_property
    def names(self) -> Names:
        """What names stand for, after imports and assignments."""
        names = Names()
        for tree in self.trees:
            names_of(tree, names)
        return names

    @cached_property
    def by_name(self) -> dict[str, list[Function]]:
        """Functions by their name."""
        found: dict[str, list[Function]] = {}
        for function in self.functions:
            if function.name:
                found.setdefault(function.name, []).append(function)
        return found

    @cached_property
    def class_names(self) -> frozenset[str]:
        """The names of the program's own classes."""
        return frozenset(found.name for found in self.classes)

    @property
    def has_errors(self) -> bool:
        """Whether the parser could not make sense of all of it."""
        return any(tree.nodes[0].has_error for tree in self.trees)

    def owns(self, call: Call) -> bool:
        """Whether a bare call is one of a function that the program defines there itself."""
        if len(call.path) > 1 and call.path[0] not in ("self", "this", "cls", "Self"):
            return False
        return any(
            self._reaches(function, call) for function in self.by_name.get(call.path[-1], ())
        )

    def _reaches(self, function: Function, call: Call) -> bool:
        if function.tree is not call.tree:
            return True
        scope = function.tree.scope(function.index)
        if scope < 0:
            return True
        around = function.tree.nodes[scope]
        return around.start_byte <= call.node.start_byte < around.end_byte


def place(tree: Tree, node: Node, text: str = "") -> Place:
    """Return where a node stands."""
    return Place(tree.name, tree.line(node), text, node.start_byte)


def in_order(places: Iterator[Place]) -> list[Place]:
    """Return the places by file and line, each once."""
    return sorted(set(places), key=lambda found: (found.file, found.line, found.at, found.text))
