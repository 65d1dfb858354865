"""Calls, and the names of what is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from carrel.languages.structure.tree import Tree

_LONGEST = 8
"""Names of a path that are looked at, from its end: `a.b.c` is three."""

_CALLS = frozenset(
    {
        *("call", "call_expression", "method_invocation", "macro_invocation"),
        *("new_expression", "object_creation_expression", "explicit_constructor_invocation"),
    }
)
STEPS = {
    # node type: (field of what stands left, field of the last name)
    "attribute": ("object", "attribute"),
    "member_expression": ("object", "property"),
    "field_access": ("object", "field"),
    "field_expression": ("argument", "field"),
    "selector_expression": ("operand", "field"),
    "scoped_identifier": ("path", "name"),
    "scoped_type_identifier": ("path", "name"),
    "qualified_identifier": ("scope", "name"),
    "qualified_type": ("package", "name"),
    "method_invocation": ("object", "name"),
}
_THROUGH = {
    # node type: the field that is looked through
    "generic_function": "function",
    "template_function": "name",
    "template_method": "name",
    "template_type": "name",
    "generic_type": "type",
    "subscript": "value",
    "subscript_expression": "object",
    "index_expression": "operand",
    "array_access": "array",
    "non_null_expression": "",
    "parenthesized_expression": "",
    "await_expression": "",
}
_NO_ARGUMENT = frozenset({"comment", "line_comment", "block_comment"})


@dataclass(frozen=True)
class Call:
    """A call: the names of what is called (`a.b.c(…)`: a, b, c) and how much it is given.

    The first name is empty where an expression without a name stands left of the rest,
    as in `f().x()`. `arguments` is None where nobody can count them.
    """

    tree: Tree
    index: int
    path: tuple[str, ...]
    arguments: int | None

    @property
    def node(self) -> Node:
        """The node that it is."""
        return self.tree.nodes[self.index]

    @property
    def at(self) -> int:
        """Where the call ends in the text: in a chain that tells it from the others."""
        return self.node.end_byte

    @property
    def line(self) -> int:
        """The line it stands in; in a chain over many lines that of the last name."""
        node = self.node
        last = node.child_by_field_name("name") or node.child_by_field_name("function")
        for _ in range(_LONGEST):
            step = STEPS.get(last.type) if last is not None else None
            inner = last.child_by_field_name(step[1]) if last is not None and step else None
            if inner is None:
                break
            last = inner
        return self.tree.line(last or node)


def split(name: str) -> tuple[str, ...]:
    """Return the parts of a name as a teacher writes it: `math.sqrt`, `std::sort`."""
    return tuple(part for part in re.split(r"::|\.|/", name) if part)


def matches(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a path ends with the wanted names."""
    return path[-len(wanted) :] == wanted


def calls(tree: Tree) -> Iterator[Call]:
    """Yield all calls of a file, in the order of the text."""
    for index, node in enumerate(tree.nodes):
        if node.type in _CALLS:
            path = _called(tree, node)
            if path:
                yield Call(tree, index, path, _arguments(node))
        elif node.type == "token_tree":
            yield from _in_macro(tree, index)


def _called(tree: Tree, node: Node) -> tuple[str, ...]:
    if node.type == "method_invocation":
        return path_of(tree, node)
    if node.type == "macro_invocation":
        path = path_of(tree, node.child_by_field_name("macro"))
        return (*path[:-1], path[-1] + "!") if path else ()
    for name in ("function", "constructor", "type"):
        if (called := node.child_by_field_name(name)) is not None:
            return path_of(tree, called)
    return ()


def _arguments(node: Node) -> int | None:
    given = node.child_by_field_name("arguments")
    if given is None or given.type in ("generator_expression", "template_string"):
        return None
    spread = ("list_splat", "dictionary_splat", "spread_element", "variadic_argument")
    if any(child.type in spread for child in given.named_children):
        return None
    return sum(child.type not in _NO_ARGUMENT for child in given.named_children)


def _in_macro(tree: Tree, index: int) -> Iterator[Call]:
    """Find `f(…)` among the words that a Rust macro is given, which are not parsed."""
    node = tree.nodes[index]
    children = node.children
    for position, child in enumerate(children[:-1]):
        after = children[position + 1]
        if child.type != "identifier" or after.type != "token_tree" or not _round(after):
            continue
        before = children[position - 1].type if position else ""
        path = ("", tree.words(child)) if before == "." else (tree.words(child),)
        yield Call(tree, index, path, None)


def _round(node: Node) -> bool:
    return node.child_count > 0 and node.children[0].type == "("


def path_of(tree: Tree, node: Node | None) -> tuple[str, ...]:
    """Return the names of `a.b.c`; the first is empty if an expression stands there."""
    names: list[str] = []  # from the last to the first
    current = node
    while current is not None and len(names) < _LONGEST:
        if current.type in _THROUGH:
            current = _through(current)
        elif current.type == "qualified_identifier":
            names.extend(reversed(qualified_names(tree, current)))
            current = None
        elif current.type in STEPS:
            step = STEPS[current.type][1]
            if current.child_by_field_name(step) is None:  # Java's full name of a type
                names.extend(reversed(split(tree.words(current))))
                current = None
                continue
            names.append(_last(tree, current.child_by_field_name(step)))
            current = _left(current)
        else:
            names.append(_plain(tree, current))
            break
    if names == [""]:
        return ()
    return tuple(reversed(names[:_LONGEST]))


def _left(node: Node) -> Node | None:
    """Return what stands left of the last name."""
    fields = (STEPS[node.type][0], "scope", "value")
    found = (node.child_by_field_name(field_name) for field_name in fields)
    return next((left for left in found if left is not None), None)


def _plain(tree: Tree, node: Node) -> str:
    """Return a name that stands by itself; nothing for an expression."""
    return tree.words(node) if node.type.endswith("identifier") or node.type in _WORDS else ""


_WORDS = frozenset({"this", "self", "super", "crate", "import", "primitive_type"})


def _through(node: Node) -> Node | None:
    field_name = _THROUGH[node.type]
    inner = node.child_by_field_name(field_name) if field_name else None
    if inner is None:
        inner = next(iter(node.named_children), None)
    if node.type == "non_null_expression" and inner is not None:
        # The grammar reads `1 + a.b!` as `(1 + a.b)!`.
        return inner.child_by_field_name("right") or inner
    return inner


def _last(tree: Tree, node: Node | None) -> str:
    if node is not None and node.type in _THROUGH:
        node = _through(node)
    return tree.words(node).removeprefix("#")


def qualified_names(tree: Tree, node: Node) -> list[str]:
    """Return the names of C++'s `a::b::c`."""
    names: list[str] = []
    current: Node | None = node
    while current is not None and current.type == "qualified_identifier":
        scope = current.child_by_field_name("scope")
        if scope is not None and len(names) < _LONGEST:
            names.append(_last(tree, scope))
        current = current.child_by_field_name("name")
    return [*names, _last(tree, current)]
