"""Functions that are not called but handed on: `map(sorted, rows)`, `f = sorted`."""

from __future__ import annotations

from collections.abc import Iterator

from carrel.languages.structure.calls import matches, path_of
from carrel.languages.structure.code import Code, Place, place
from carrel.languages.structure.search import Spans, inside

_VALUES = frozenset(
    {
        "identifier",
        "attribute",
        "member_expression",
        "qualified_identifier",
        "selector_expression",
        "scoped_identifier",
    }
)
_HANDING_ON = {
    # where a function is handed on, and the field that is not handed on but named there
    "argument_list": "",
    "arguments": "",
    "assignment": "left",
    "variable_declarator": "name",
    "init_declarator": "declarator",
    "let_declaration": "pattern",
    "keyword_argument": "name",
    "default_parameter": "name",
    "pair": "key",
    "list": "",
    "tuple": "",
    "array": "",
    "return_statement": "",
    "pointer_expression": "",
    "expression_list": "",
    "decorator": "",
    "initializer_list": "",
}
_BINDING = {
    "assignment": ("left",),
    "variable_declarator": ("name",),
    "for_statement": ("left",),
    "for_in_clause": ("left",),
    "init_declarator": ("declarator",),
    "named_expression": ("name",),
    "let_declaration": ("pattern",),
    "short_var_declaration": ("left",),
    "catch_formal_parameter": ("name",),
    "enhanced_for_statement": ("name",),
}


def mentions(code: Code, wanted: list[tuple[str, ...]], spans: Spans | None) -> Iterator[Place]:
    """Yield where one of the wanted functions is handed on; names of the program's own are not."""
    bound = _bound(code)
    for tree in code.trees:
        for index, node in enumerate(tree.nodes):
            if index == 0 or not inside(tree, node, spans):
                continue
            above = tree.nodes[tree.parents[index]]
            if node.type == "method_reference":
                path = tuple(tree.words(child) for child in node.named_children[-2:])
            elif node.type in _VALUES and above.type in _HANDING_ON:
                if above.child_by_field_name(_HANDING_ON[above.type] or "name") == node:
                    continue
                path = path_of(tree, node)
            else:
                continue
            if not path or (len(path) == 1 and path[0] in bound):
                continue
            if any(matches(found, w) for found in code.names.meanings(path) for w in wanted):
                yield place(tree, node, ".".join(filter(None, path)))


def _bound(code: Code) -> set[str]:
    """Return the names that a program gives to functions, parameters or variables of its own."""
    names = set(code.by_name)
    for function in code.functions:
        names.update(function.parameters)
    for tree in code.trees:
        for node in tree.nodes:
            for field in _BINDING.get(node.type, ()):
                names.update(tree.words(target) for target in node.children_by_field_name(field))
    return names - set(code.names.paths)
