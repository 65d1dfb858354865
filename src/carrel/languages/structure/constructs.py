"""The constructs a teacher can name, and the nodes they are in each language.

A row says for each language which nodes of its tree-sitter grammar a construct is:
`type`, or `type[field]` (only with that field), or `type(token)` (only with that word
or sign directly in it). A language that a row leaves out does not have the construct,
and a rule that asks for it there is refused when the exercise is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tree_sitter import Node

LANGUAGES = ("python", "javascript", "typescript", "java", "cpp", "c", "go", "rust")
"""The languages whose programs can be looked at."""

_TABLE = {
    # loops
    "for": {
        "python": "for_statement",
        "javascript": "for_statement for_in_statement",
        "java": "for_statement enhanced_for_statement",
        "cpp": "for_statement for_range_loop",
        "c": "for_statement",
        "go": "for_statement",
        "rust": "for_expression",
    },
    "for-each": {
        "python": "for_statement",
        "javascript": "for_in_statement",
        "java": "enhanced_for_statement",
        "cpp": "for_range_loop",
        "go": "range_clause",
        "rust": "for_expression",
    },
    "while": {
        "python": "while_statement",
        "javascript": "while_statement",
        "java": "while_statement",
        "cpp": "while_statement",
        "c": "while_statement",
        "rust": "while_expression",
    },
    "do-while": {
        "javascript": "do_statement",
        "java": "do_statement",
        "cpp": "do_statement",
        "c": "do_statement",
    },
    "infinite-loop": {"rust": "loop_expression"},
    "comprehension": {
        "python": "list_comprehension set_comprehension dictionary_comprehension"
        " generator_expression",
    },
    "list-comprehension": {"python": "list_comprehension"},
    "break": {
        **dict.fromkeys(("python", "javascript", "java", "cpp", "c", "go"), "break_statement"),
        "rust": "break_expression",
    },
    "continue": {
        **dict.fromkeys(("python", "javascript", "java", "cpp", "c", "go"), "continue_statement"),
        "rust": "continue_expression",
    },
    # decisions
    "if": {
        **dict.fromkeys(("python", "javascript", "java", "cpp", "c", "go"), "if_statement"),
        "rust": "if_expression",
    },
    "else": {
        **dict.fromkeys(("javascript", "cpp", "c", "rust"), "else_clause"),
        "python": "else_clause elif_clause",
        **dict.fromkeys(("java", "go"), "if_statement[alternative]"),
    },
    "switch": {
        "python": "match_statement",
        "javascript": "switch_statement",
        "java": "switch_expression",
        "cpp": "switch_statement",
        "c": "switch_statement",
        "go": "expression_switch_statement type_switch_statement",
        "rust": "match_expression",
    },
    "ternary": {
        "python": "conditional_expression",
        "javascript": "ternary_expression",
        "java": "ternary_expression",
        "cpp": "conditional_expression",
        "c": "conditional_expression",
    },
    "goto": dict.fromkeys(("cpp", "c", "go"), "goto_statement"),
    "return": {
        **dict.fromkeys(("python", "javascript", "java", "cpp", "c", "go"), "return_statement"),
        "rust": "return_expression",
    },
    # functions and classes
    "lambda": {
        "python": "lambda",
        "javascript": "arrow_function function_expression generator_function",
        "java": "lambda_expression",
        "cpp": "lambda_expression",
        "go": "func_literal",
        "rust": "closure_expression",
    },
    "class": {
        "python": "class_definition",
        "javascript": "class_declaration class",
        "typescript": "class_declaration class abstract_class_declaration",
        "java": "class_declaration record_declaration enum_declaration",
        "cpp": "class_specifier[body] struct_specifier[body]",
    },
    "struct": {
        "cpp": "struct_specifier[body]",
        "c": "struct_specifier[body]",
        "go": "struct_type",
        "rust": "struct_item",
    },
    "interface": {
        "typescript": "interface_declaration",
        "java": "interface_declaration",
        "go": "interface_type",
        "rust": "trait_item",
    },
    "enum": {
        "typescript": "enum_declaration",
        "java": "enum_declaration",
        "cpp": "enum_specifier",
        "c": "enum_specifier",
        "rust": "enum_item",
    },
    "record": {"java": "record_declaration"},
    "inheritance": {
        "python": "class_definition[superclasses]",
        "javascript": "class_heritage",
        "typescript": "extends_clause",
        "java": "superclass",
        "cpp": "base_class_clause",
    },
    "generics": {
        "typescript": "type_parameters",
        "java": "type_parameters",
        "cpp": "template_declaration",
        "go": "type_parameter_list",
        "rust": "type_parameters",
    },
    "decorator": {
        "python": "decorator",
        "javascript": "decorator",
        "java": "annotation marker_annotation",
    },
    "yield": {"python": "yield", "javascript": "yield_expression", "cpp": "co_yield_statement"},
    "async": {
        "python": "function_definition(async)",
        "javascript": "function_declaration(async) function_expression(async)"
        " arrow_function(async) method_definition(async)",
        "go": "go_statement",
        "rust": "async_block function_modifiers(async)",
    },
    "await": {
        "python": "await",
        "javascript": "await_expression",
        "cpp": "co_await_expression",
        "rust": "await_expression",
    },
    # errors
    "try": {
        "python": "try_statement",
        "javascript": "try_statement",
        "java": "try_statement try_with_resources_statement",
        "cpp": "try_statement",
    },
    "catch": {
        "python": "except_clause",
        "javascript": "catch_clause",
        "java": "catch_clause",
        "cpp": "catch_clause",
    },
    "finally": dict.fromkeys(("python", "javascript", "java"), "finally_clause"),
    "throw": {
        "python": "raise_statement",
        "javascript": "throw_statement",
        "java": "throw_statement",
        "cpp": "throw_statement",
    },
    "assert": {"python": "assert_statement", "java": "assert_statement"},
    "with": {"python": "with_statement", "java": "try_with_resources_statement"},
    "defer": {"go": "defer_statement"},
    # variables and values
    "global-statement": {"python": "global_statement"},
    "nonlocal": {"python": "nonlocal_statement"},
    "var": {"javascript": "variable_declaration"},
    "let": {"javascript": "lexical_declaration(let)", "rust": "let_declaration"},
    "slice": {"python": "slice", "go": "slice_expression"},
    "f-string": {"python": "interpolation", "javascript": "template_substitution"},
    "list": {"python": "list", "javascript": "array", "rust": "array_expression"},
    "tuple": {"python": "tuple", "rust": "tuple_expression"},
    "dictionary": {"python": "dictionary", "javascript": "object"},
    "set": {"python": "set"},
    "array": {
        "javascript": "array",
        "java": "array_creation_expression array_initializer array_type",
        "cpp": "array_declarator",
        "c": "array_declarator",
        "go": "array_type slice_type",
        "rust": "array_expression array_type",
    },
    "unpacking": {
        "python": "pattern_list tuple_pattern",
        "javascript": "array_pattern object_pattern",
        "cpp": "structured_binding_declarator",
        "rust": "tuple_pattern",
    },
    "spread": {
        "python": "list_splat dictionary_splat",
        "javascript": "spread_element",
        "go": "variadic_argument",
    },
    "walrus": {"python": "named_expression"},
    "type-annotation": {
        "python": "typed_parameter typed_default_parameter assignment[type]"
        " function_definition[return_type]",
        "typescript": "type_annotation",
    },
    "any-type": {"typescript": "predefined_type(any)"},
    "pointer": {
        "cpp": "pointer_declarator abstract_pointer_declarator",
        "c": "pointer_declarator abstract_pointer_declarator",
        "go": "pointer_type",
        "rust": "pointer_type",
    },
    "reference": {
        "cpp": "reference_declarator abstract_reference_declarator",
        "rust": "reference_type reference_expression",
    },
    "cast": {
        "typescript": "as_expression type_assertion",
        "java": "cast_expression",
        "cpp": "cast_expression",
        "c": "cast_expression",
        "go": "type_conversion_expression type_assertion_expression",
        "rust": "type_cast_expression",
    },
    "new": {
        "javascript": "new_expression",
        "java": "object_creation_expression array_creation_expression",
        "cpp": "new_expression",
    },
    "delete": {"python": "delete_statement", "cpp": "delete_expression"},
    "macro": {
        "cpp": "preproc_def preproc_function_def",
        "c": "preproc_def preproc_function_def",
        "rust": "macro_definition",
    },
    "unsafe": {"rust": "unsafe_block"},
    "assembly": {"cpp": "gnu_asm_expression", "c": "gnu_asm_expression"},
    "regular-expression": {"javascript": "regex"},
    "comment": {
        **dict.fromkeys(("python", "javascript", "cpp", "c", "go"), "comment"),
        "java": "line_comment block_comment",
        "rust": "line_comment block_comment",
    },
}
_LOOPS = ("for", "while", "do-while", "infinite-loop")
_KEYWORDS = {
    "for": "for",
    "for-each": "for",
    "while": "while",
    "do-while": "do",
    "infinite-loop": "loop",
    "break": "break",
    "continue": "continue",
    "if": "if",
    "else": "else elif",
    "switch": "switch match",
    "goto": "goto",
    "return": "return",
    "lambda": "lambda",
    "class": "class",
    "struct": "struct",
    "enum": "enum",
    "try": "try",
    "catch": "catch except",
    "throw": "throw raise",
    "new": "new",
    "delete": "delete del",
    "assembly": "asm __asm __asm__",
}
_PATTERN = re.compile(r"(\w+)(?:\[(\w+)\]|\((\w+)\))?")


@dataclass(frozen=True)
class Pattern:
    """One kind of node: its type, and a field or a token that it must have."""

    type: str
    field: str | None = None
    token: str | None = None

    def fits(self, node: Node) -> bool:
        """Whether a node of this type is meant."""
        if self.field is not None and node.child_by_field_name(self.field) is None:
            return False
        return self.token is None or any(child.type == self.token for child in node.children)


@dataclass(frozen=True)
class Construct:
    """A construct in one language: its nodes by type, and the words that begin it."""

    patterns: Mapping[str, Pattern]
    keywords: frozenset[str]

    def fits(self, node: Node) -> bool:
        """Whether a node is this construct."""
        pattern = self.patterns.get(node.type)
        return pattern is not None and pattern.fits(node)


SPECIAL = MappingProxyType(
    {
        "recursion": frozenset(LANGUAGES),
        "direct-recursion": frozenset(LANGUAGES),
        "mutual-recursion": frozenset(LANGUAGES),
        "global-variable": frozenset(LANGUAGES),
        "function": frozenset(LANGUAGES),
        "nested-function": frozenset(LANGUAGES) - {"c"},
    }
)
"""Constructs that are not a kind of node, and the languages that have them."""


def _expand() -> dict[str, dict[str, Construct]]:
    table = {name: dict(row) for name, row in _TABLE.items()}
    for row in table.values():
        if "javascript" in row:
            row.setdefault("typescript", row["javascript"])
    keywords = dict(_KEYWORDS)
    loops = {lang: [row[lang] for n in _LOOPS if lang in (row := table[n])] for lang in LANGUAGES}
    table["loop"] = {language: " ".join(parts) for language, parts in loops.items()}
    keywords["loop"] = " ".join(keywords[name] for name in _LOOPS)
    table["iteration"] = dict(table["loop"])
    table["iteration"]["python"] += " " + table["comprehension"]["python"]
    keywords["iteration"] = keywords["loop"]
    return {
        name: {language: _construct(row[language], keywords.get(name, "")) for language in row}
        for name, row in table.items()
    }


def _construct(text: str, keywords: str) -> Construct:
    found = [Pattern(*match.groups()) for match in _PATTERN.finditer(text)]
    return Construct({pattern.type: pattern for pattern in found}, frozenset(keywords.split()))


CONSTRUCTS: Mapping[str, Mapping[str, Construct]] = MappingProxyType(_expand())
"""Every construct that is a kind of node, by name and language."""

ALIASES = MappingProxyType(
    {
        "match": "switch",
        "except": "catch",
        "raise": "throw",
        "foreach": "for-each",
        "dict": "dictionary",
    }
)
"""Other words for a construct."""

NAMES = tuple(sorted({*CONSTRUCTS, *SPECIAL}))


def languages_with(name: str) -> frozenset[str]:
    """Return the languages that have a construct; KeyError for one that nobody knows."""
    return SPECIAL[name] if name in SPECIAL else frozenset(CONSTRUCTS[name])
