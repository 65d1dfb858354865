"""What is written about functions and classes: docstrings, Javadoc, comments above."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from carrel.languages.structure.code import Code, Place, place
from carrel.languages.structure.definitions import Class, Function
from carrel.languages.structure.tree import Tree

_COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
_WRAPPERS = frozenset(
    {
        *("decorated_definition", "export_statement", "lexical_declaration", "type_declaration"),
        *("variable_declaration", "variable_declarator", "template_declaration"),
        *("expression_statement", "assignment", "declaration", "init_declarator"),
    }
)
_BEGINNINGS = {
    "java": ("/**",),
    "javascript": ("/**",),
    "typescript": ("/**",),
    "rust": ("///", "/**"),
}
_LONE = 2
"""Characters that a text must have to say anything."""


def undocumented(code: Code, names: tuple[str, ...]) -> tuple[int, list[Place]]:
    """Return how many functions and classes should say what they are for, and which do not.

    `names` are those that should; without any, all named functions and classes.
    """
    subjects = list(_subjects(code, names))
    silent = [place(f.tree, f.node, f.name) for f in subjects if not _says(f)]
    return len(subjects), silent


def _subjects(code: Code, names: tuple[str, ...]) -> Iterator[Function | Class]:
    everything: list[Function | Class] = [*code.functions, *code.classes]
    for found in everything:
        if isinstance(found, Function) and (not found.name or (found.is_lambda and not names)):
            continue
        if found.name in names if names else not found.name.startswith("__"):
            yield found


def _says(found: Function | Class) -> bool:
    """Whether a definition has a docstring or, in other languages, a comment above."""
    if found.tree.language == "python":
        return _docstring(found.tree, found.node)
    return _comment_above(found.tree, found.index)


def _docstring(tree: Tree, node: Node) -> bool:
    body = node.child_by_field_name("body")
    statements = [c for c in body.named_children if c.type != "comment"] if body else []
    if not statements or statements[0].type not in ("expression_statement", "string"):
        return False
    first = statements[0]
    if first.type == "expression_statement":
        first = first.named_children[0]
    return first.type == "string" and len(tree.words(first).strip("\"' \n")) > _LONE


def _comment_above(tree: Tree, index: int) -> bool:
    while tree.nodes[tree.parents[index]].type in _WRAPPERS:
        index = tree.parents[index]
    node = tree.nodes[index]
    above = tree.nodes[tree.parents[index]]
    before = None
    for child in above.named_children:
        if child.start_byte >= node.start_byte:
            break
        if child.type != "attribute_item":
            before = child
    if before is None or before.type not in _COMMENTS:
        return False
    text = tree.words(before)
    beginnings = _BEGINNINGS.get(tree.language, ("",))
    return text.startswith(beginnings) and len(text.strip("/*! \n")) > _LONE
