"""Variables of the whole program.

In C, C++, Go and Rust those are what is declared outside of all functions and can
change; in Java the static fields that are not final. Python and JavaScript programs have
their main part out there, with variables of its own; one of those counts when a function
uses it: then it connects the function with the rest of the program. Names in capitals
are constants by custom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from carrel.languages.structure.code import Code, Place, place
from carrel.languages.structure.definitions import declared
from carrel.languages.structure.tree import Tree

_BINDING = frozenset(
    {
        *("assignment", "augmented_assignment", "for_statement", "for_in_clause", "with_item"),
        *("variable_declarator", "named_expression", "as_pattern", "for_in_statement"),
    }
)
_DECLARATIONS = frozenset({"field_declaration", "declaration", "var_spec", "static_item"})
_TARGETS = ("left", "name", "alias")


def global_variables(code: Code) -> Iterator[Place]:
    """Yield the variables of the whole program where they are declared or used."""
    for tree in code.trees:
        if tree.language in ("python", "javascript", "typescript"):
            yield from _used_in_functions(tree)
        else:
            yield from _declared(tree)


def _declared(tree: Tree) -> Iterator[Place]:
    for index, node in enumerate(tree.nodes):
        if node.type in _DECLARATIONS and _is_global(tree, index, node):
            yield place(tree, node, _first_name(tree, node))


def _is_global(tree: Tree, index: int, node: Node) -> bool:
    if node.type == "field_declaration":
        modifiers = next((c for c in node.children if c.type == "modifiers"), None)
        words = tree.words(modifiers).split()
        return tree.language == "java" and "static" in words and "final" not in words
    if node.type == "static_item":
        return any(child.type == "mutable_specifier" for child in node.named_children)
    if tree.function_around(index) >= 0:
        return False
    return node.type == "var_spec" or (not _constant(tree, node) and _variable(node))


def _constant(tree: Tree, node: Node) -> bool:
    words = {
        tree.words(c) for c in node.named_children if c.type.endswith(("qualifier", "specifier"))
    }
    return bool(words & {"const", "constexpr", "extern", "constinit", "consteval"})


def _variable(node: Node) -> bool:
    """Whether a declaration of C is of a variable, not of a function."""
    for declarator in node.children_by_field_name("declarator"):
        current: Node | None = declarator
        for _ in range(16):
            if current is None or current.type.endswith("identifier"):
                return current is not None
            inner = current.child_by_field_name("declarator")
            if current.type == "function_declarator" and (
                inner is None or inner.type != "parenthesized_declarator"
            ):
                break
            current = inner or next(iter(current.named_children), None)
    return False


def _first_name(tree: Tree, node: Node) -> str:
    found = node.child_by_field_name("declarator") or node.child_by_field_name("name")
    if found is None:
        return ""
    return tree.words(found.child_by_field_name("name") or declared(found) or found)


@dataclass
class _Bindings:
    """Which names are bound in the main part, and in each function; by its node's index."""

    outside: set[str] = field(default_factory=set)
    inside: dict[int, set[str]] = field(default_factory=dict)
    announced: dict[int, set[str]] = field(default_factory=dict)
    """Names that a function says are not its own (`global`)."""

    def local(self, tree: Tree, around: int, name: str) -> bool:
        """Whether a name is a function's own, or that of a function around it."""
        while around >= 0:
            if name in self.announced.get(around, ()):
                return False
            if name in self.inside.get(around, ()):
                return True
            around = tree.function_around(around)
        return False


def _used_in_functions(tree: Tree) -> Iterator[Place]:
    bindings = _bindings(tree)
    for index, node in enumerate(tree.nodes):
        if node.type != "identifier":
            continue
        around, name = tree.function_around(index), tree.words(node)
        if around < 0 or name not in bindings.outside or _is_member(tree, index):
            continue
        if not bindings.local(tree, around, name):
            yield place(tree, node, name)


def _bindings(tree: Tree) -> _Bindings:
    found = _Bindings()
    for index, node in enumerate(tree.nodes):
        if node.type == "global_statement":
            names = {tree.words(child) for child in node.named_children}
            found.announced.setdefault(tree.function_around(index), set()).update(names)
        elif node.type in _BINDING and not _is_function(node):
            around, names = tree.scope(index), set(_targets(tree, node))
            if around >= 0:
                found.inside.setdefault(around, set()).update(names)
            elif not _is_const(tree, index):
                found.outside |= {n for n in names if not n.isupper() and not n.startswith("__")}
        elif node.type.endswith("parameters") or tree.is_function(index):
            around = index if tree.is_function(index) else tree.parents[index]
            held = node.child_by_field_name("parameter") if tree.is_function(index) else node
            if held is not None:
                found.inside.setdefault(around, set()).update(_identifiers(tree, held))
    return found


def _is_member(tree: Tree, index: int) -> bool:
    node, above = tree.nodes[index], tree.nodes[tree.parents[index]]
    if above.type == "global_statement":
        return True
    if above.type == "attribute":
        return above.child_by_field_name("attribute") == node
    return above.type == "keyword_argument" and above.child_by_field_name("name") == node


def _is_function(node: Node) -> bool:
    value = node.child_by_field_name("value")
    return value is not None and value.type in ("arrow_function", "function_expression", "class")


def _is_const(tree: Tree, index: int) -> bool:
    above = tree.nodes[tree.parents[index]]
    return above.type == "lexical_declaration" and any(c.type == "const" for c in above.children)


def _targets(tree: Tree, node: Node) -> Iterator[str]:
    for part in _TARGETS:
        target = node.child_by_field_name(part)
        if target is not None:
            yield from _identifiers(tree, target)


def _identifiers(tree: Tree, node: Node) -> Iterator[str]:
    """Yield the names that a target or a list of parameters binds."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type in ("attribute", "member_expression", "subscript", "subscript_expression"):
            continue
        if current.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield tree.words(current)
        elif current.type in ("default_parameter", "typed_default_parameter", "assignment_pattern"):
            named = current.child_by_field_name("name") or current.child_by_field_name("left")
            waiting.extend([named] if named is not None else [])
        elif current.type not in ("type", "type_annotation"):
            waiting.extend(current.named_children)
