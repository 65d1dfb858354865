"""Find what a rule asks for: imports, operators, definitions, a query's matches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tree_sitter import Node, Query, QueryCursor

from carrel.languages.registry import Language
from carrel.languages.rules.program import Finding, parse
from carrel.languages.rules.validation import RULES
from carrel.languages.structure.calls import path_of, split
from carrel.languages.structure.code import Code, Place, place
from carrel.languages.structure.constructs import Construct
from carrel.languages.structure.definitions import Function
from carrel.languages.structure.rules import Rule, Subject
from carrel.languages.structure.tree import Tree, grammar

Spans = list[tuple[Tree, Node]]
"""The parts of a program that a rule is limited to."""

_MATCH_LIMIT = 4096
_SHORT = 40

_OPERATIONS = frozenset(
    {
        *("binary_operator", "boolean_operator", "comparison_operator", "unary_operator"),
        *("not_operator", "augmented_assignment", "binary_expression", "unary_expression"),
        *("assignment_expression", "augmented_assignment_expression", "update_expression"),
        *("assignment_statement", "compound_assignment_expr", "inc_statement", "dec_statement"),
        *("pointer_expression", "instanceof_expression"),
    }
)
_TEXTS = frozenset(
    {
        *("string", "string_literal", "raw_string_literal", "interpreted_string_literal"),
        *("template_string", "char_literal", "character_literal", "rune_literal"),
    }
)
_NUMBERS = frozenset(
    {
        *("integer", "float", "number", "number_literal", "int_literal", "float_literal"),
        *("integer_literal", "decimal_integer_literal", "decimal_floating_point_literal"),
        *("hex_integer_literal", "octal_integer_literal", "binary_integer_literal"),
    }
)
_HIDING = ("runs text", "made up at run time", "insides", "other programs", "machine code")


def inside(tree: Tree, node: Node, spans: Spans | None) -> bool:
    """Whether a node is within the spans; None is the whole program."""
    if spans is None:
        return True
    return any(
        tree is where and span.start_byte <= node.start_byte and node.end_byte <= span.end_byte
        for where, span in spans
    )


def holds(found: Place, spans: Spans | None) -> bool:
    """Whether a place is within the spans, by its line."""
    if spans is None:
        return True
    return any(
        found.file == tree.name
        and tree.line(node)
        <= found.line
        <= tree.line(node) + node.end_point.row - node.start_point.row
        for tree, node in spans
    )


def nodes(code: Code, construct: Construct, rule: Rule, spans: Spans | None) -> Iterator[Place]:
    """Yield the nodes that are a construct; a ban also finds it where parsing gave up."""
    for tree in code.trees:
        for node in tree.nodes:
            if construct.fits(node) and inside(tree, node, spans):
                yield place(tree, node, _head(tree, node))
        if rule.forbids:
            for node, word in tree.loose_tokens():
                if word in construct.keywords and inside(tree, node, spans):
                    yield place(tree, node, word)


def _head(tree: Tree, node: Node) -> str:
    """Return the word that a construct begins with, if it is one."""
    first = node
    for _ in range(4):
        if not first.children:
            break
        first = first.children[0]
    word = tree.words(first)
    return word if word.isidentifier() and not first.is_named else ""


def words(code: Code, rule: Rule, spans: Spans | None) -> Iterator[Place]:
    """Yield the identifiers, literals or operators that a rule names."""
    for tree in code.trees:
        for node in tree.nodes:
            if not inside(tree, node, spans):
                continue
            if rule.subject is Subject.OPERATOR:
                for sign in _operators(node):
                    if _signs(sign) & set(rule.names):
                        yield place(tree, sign, sign.type)
            elif (_is_name if rule.subject is Subject.NAME else _is_literal)(
                tree, node, rule.names
            ):
                yield place(tree, node, _short(tree, node))


def _short(tree: Tree, node: Node) -> str:
    text = tree.words(node) if node.child_count == 0 else ""
    return text if len(text) <= _SHORT and text.isprintable() else ""


def _is_name(tree: Tree, node: Node, names: tuple[str, ...]) -> bool:
    return node.type.endswith("identifier") and not node.child_count and tree.words(node) in names


def _is_literal(tree: Tree, node: Node, names: tuple[str, ...]) -> bool:
    if node.type not in _TEXTS and node.type not in _NUMBERS:
        return False
    text = tree.words(node)
    return text in names or text.strip("'\"`") in names


def _operators(node: Node) -> Iterator[Node]:
    if node.type in _OPERATIONS:
        yield from (child for child in node.children if not child.is_named)


def _signs(node: Node) -> set[str]:
    """Return the operators that a sign stands for: `+=` adds, too."""
    sign = node.type
    return {sign} if sign in _COMPARING else {sign, sign.removesuffix("=")}


_COMPARING = frozenset({"==", "<=", ">=", "!=", "===", "!==", ":="})


def imports(code: Code, rule: Rule) -> Iterator[Place]:
    """Yield the imports of the named modules and packages, and of what is in them."""
    wanted = [split(name.removeprefix("node:")) for name in rule.names]
    headers = {name.strip('<>"') for name in rule.names}
    for path, tree, node in code.names.imports:
        written = ".".join(path)
        if tree.language in ("c", "cpp"):
            everything = written == "bits/stdc++.h" and any("." not in name for name in headers)
            fits = written in headers or everything
        else:
            fits = any(path[: len(w)] == w for w in wanted)
        if fits:
            yield place(tree, node, written)
    if code.language in ("java", "rust"):
        yield from _full_names(code, wanted)


_IMPORTING = frozenset(
    {
        *("import_declaration", "package_declaration", "use_declaration", "use_list"),
        *("scoped_use_list", "use_as_clause", "use_wildcard"),
    }
)


def _full_names(code: Code, wanted: list[tuple[str, ...]]) -> Iterator[Place]:
    """Find `java.util.Arrays.sort(a)`: a package used by its full name, without an import."""
    kinds = {"field_access", "scoped_type_identifier", "scoped_identifier"}
    for tree in code.trees:
        for index, node in enumerate(tree.nodes):
            if node.type not in kinds:
                continue
            around = [tree.nodes[above].type for above in islice(tree.above(index), 2)]
            if (
                around[0] in _IMPORTING
                or around[0] in kinds
                or (around[0].startswith("generic") and around[1] in kinds)
            ):
                continue  # an import, or a part of a longer name
            path = path_of(tree, node)
            if any(len(w) > 1 and path[: len(w)] == w for w in wanted):
                yield place(tree, node, ".".join(path))


def definitions(code: Code, rule: Rule, spans: Spans | None) -> Iterator[Place]:
    """Yield the functions or classes that are as a rule asks."""
    if rule.subject is Subject.FUNCTION:
        for function in code.functions:
            within = inside(function.tree, function.node, spans)
            if within and function.name in rule.names and _takes(function, rule):
                yield place(function.tree, function.node, function.name)
        return
    for found in code.classes:
        if found.name not in rule.names or (rule.extends and rule.extends not in found.bases):
            continue
        own = {function.name for function in code.functions if function.owner == found.name}
        if own.issuperset(rule.methods):
            yield place(found.tree, found.node, found.name)


def _takes(function: Function, rule: Rule) -> bool:
    if rule.parameters is not None and len(function.parameters) != rule.parameters:
        return False
    return rule.parameter_names is None or function.parameters == rule.parameter_names


def query_matches(code: Code, text: str, spans: Spans | None) -> Iterator[Place]:
    """Yield the matches of a tree-sitter query, each where its first capture begins."""
    query = Query(grammar(code.language), text)
    for tree in code.trees:
        cursor = QueryCursor(query, match_limit=_MATCH_LIMIT)
        for _, captures in cursor.matches(tree.nodes[0]):
            nodes = [node for found in captures.values() for node in found]
            first = min(nodes, key=lambda node: node.start_byte, default=None)
            if first is not None and inside(tree, first, spans):
                yield place(tree, first, _short(tree, first))


def hiding(tree: Tree) -> Iterator[Finding]:
    """Find what runs text as a program, with the rules of `validate_code`."""
    name = "javascript" if tree.language == "typescript" else tree.language
    rules = RULES.get(Language(name)) if name in Language.__members__.values() else None
    if rules is None:
        return
    program = parse(tree.program.text, grammar(tree.language), rules.scopes)
    for finding in rules.check(program):
        if any(words in finding.why for words in _HIDING):
            yield finding
