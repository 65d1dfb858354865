"""How long, deep and branched the functions of a program are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from carrel.languages.structure.code import Code, Place
from carrel.languages.structure.constructs import CONSTRUCTS
from carrel.languages.structure.definitions import Function
from carrel.languages.structure.tree import Tree

_NESTING = ("if", "loop", "switch", "try", "with")
_BRANCHING = ("if", "loop", "catch", "ternary", "comprehension")
_CASES = frozenset(
    {
        *("case_clause", "switch_case", "switch_label", "case_statement", "expression_case"),
        *("type_case", "match_arm", "elif_clause"),
    }
)
_BOOLEAN = frozenset({"&&", "||", "and", "or"})


def nesting(code: Code) -> Iterator[tuple[Place, int]]:
    """Yield for each function (and each file's own statements) its deepest nesting."""
    for tree in code.trees:
        depths = [0] * len(tree.nodes)
        deepest: dict[int, tuple[int, int]] = {}
        patterns = [CONSTRUCTS[name].get(code.language) for name in _NESTING]
        for index, node in enumerate(tree.nodes):
            above = tree.parents[index]
            if tree.is_function(index) or above < 0:
                continue
            deeper = any(p is not None and p.fits(node) for p in patterns)
            depths[index] = depths[above] + (deeper and not _continues(tree, index))
            if deeper:
                around = tree.function_around(index)
                if depths[index] > deepest.get(around, (0, 0))[0]:
                    deepest[around] = (depths[index], index)
        named = {f.index: f.name for f in code.functions if f.tree is tree}
        for around, (depth, index) in deepest.items():
            name = named.get(around, "")
            yield Place(tree.name, tree.line(tree.nodes[index]), name), depth


def _continues(tree: Tree, index: int) -> bool:
    """Whether an `if` only goes on from the one before: `else if`."""
    above = tree.parents[index]
    node, around = tree.nodes[index], tree.nodes[above]
    if around.type == "else_clause":
        return node.type.startswith("if_")
    return around.type == node.type and around.child_by_field_name("alternative") == node


def function_lines(code: Code) -> Iterator[tuple[Place, int]]:
    """Yield the lines of each named function."""
    yield from _of_functions(code, lambda function: function.lines)


def parameters(code: Code) -> Iterator[tuple[Place, int]]:
    """Yield how many parameters each named function has."""
    yield from _of_functions(code, lambda function: len(function.parameters))


def _of_functions(code: Code, measure: Callable[[Function], int]) -> Iterator[tuple[Place, int]]:
    for function in code.functions:
        if function.name:
            yield Place(function.tree.name, function.line, function.name), measure(function)


def complexity(code: Code) -> Iterator[tuple[Place, int]]:
    """Yield each named function's cyclomatic complexity: 1, and 1 for each way to branch."""
    for tree in code.trees:
        patterns = [CONSTRUCTS[name].get(code.language) for name in _BRANCHING]
        counts: dict[int, int] = {}
        for index, node in enumerate(tree.nodes):
            branches = any(p is not None and p.fits(node) for p in patterns)
            if node.type in _CASES:
                branches = not any(child.type == "default" for child in node.children)
            elif node.type in ("binary_expression", "boolean_operator"):
                operator = node.child_by_field_name("operator")
                branches = operator is not None and operator.type in _BOOLEAN
            if branches:
                around = tree.function_around(index)
                counts[around] = counts.get(around, 0) + 1
        for function in code.functions:
            if function.tree is tree and function.name:
                place = Place(tree.name, function.line, function.name)
                yield place, 1 + counts.get(function.index, 0)


def lines(code: Code) -> Iterator[tuple[Place, int]]:
    """Yield the lines of the program that are not blank."""
    count = sum(
        bool(line.strip()) for tree in code.trees for line in tree.program.text.data.splitlines()
    )
    yield Place(code.trees[0].name, 1), count


MEASURES: Mapping[str, Callable[[Code], Iterator[tuple[Place, int]]]] = MappingProxyType(
    {
        "nesting": nesting,
        "function-lines": function_lines,
        "parameters": parameters,
        "complexity": complexity,
        "lines": lines,
    }
)
"""What can be limited, by the name a teacher uses."""
