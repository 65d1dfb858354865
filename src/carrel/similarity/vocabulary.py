"""Which syntax means the same: node names of the grammars, mapped to abstract tokens.

The grammars of different languages name most things alike, so one table serves
all of them. A name that is not listed gives no token (its children still may):
identifiers, literals, types, punctuation and brackets disappear this way. What
is equivalent gets the same token: `x += 1`, `x++` and `x = x + 1` all give
ASSIGN PLUS; `a < b`, `b > a` and `!(a >= b)` all give RELATION; every loop gives
LOOP. `DROPPED` subtrees disappear whole: comments, imports, types.
"""

from __future__ import annotations

import enum


class Token(enum.IntEnum):
    """An abstract token; below 64, so that a gram of ten fits into 60 bits."""

    END = 0  # between two files, and where starter code was taken out
    FUNCTION = 1
    CLASS = 2
    ASSIGN = 3
    CALL = 4
    NEW = 5
    INDEX = 6
    LOOP = 7
    IF = 8
    ELSE = 9
    RETURN = 10
    BREAK = 11
    CONTINUE = 12
    GOTO = 13
    TRY = 14
    CATCH = 15
    FINALLY = 16
    THROW = 17
    YIELD = 18
    AWAIT = 19
    WITH = 20
    ASSERT = 21
    DELETE = 22
    PLUS = 23
    MINUS = 24
    TIMES = 25
    DIVIDE = 26
    REMAINDER = 27
    POWER = 28
    SHIFT = 29
    BITS = 30
    RELATION = 31
    EQUAL = 32
    LOGIC = 33
    MEMBERSHIP = 34
    TYPE_TEST = 35
    RANGE = 36
    COLLECTION = 37
    SPREAD = 38
    OUTPUT = 39


T = Token

NAMED: dict[tuple[Token, ...], str] = {
    (T.FUNCTION,): """function_definition function_declaration generator_function_declaration
        method_definition method_declaration constructor_declaration function_item method
        singleton_method local_function_statement destructor_declaration
        compact_constructor_declaration operator_declaration
        lambda arrow_function function_expression generator_function lambda_expression
        func_literal closure_expression anonymous_function anonymous_method_expression
        do_block""",
    (T.CLASS,): """class_definition class_declaration class_specifier struct_specifier
        interface_declaration enum_declaration record_declaration struct_declaration
        enum_specifier union_specifier struct_item enum_item trait_item impl_item
        trait_declaration type_spec abstract_class_declaration class union_item""",
    (T.CALL,): """call call_expression method_invocation invocation_expression
        function_call_expression member_call_expression nullsafe_member_call_expression
        scoped_call_expression macro_invocation explicit_constructor_invocation""",
    (T.NEW,): """new_expression object_creation_expression array_creation_expression
        implicit_object_creation_expression anonymous_object_creation_expression
        implicit_array_creation_expression composite_literal struct_expression""",
    (T.INDEX,): """subscript subscript_expression array_access index_expression
        element_access_expression element_reference slice_expression""",
    (T.LOOP,): """for_statement while_statement do_statement enhanced_for_statement
        for_in_statement for_range_loop foreach_statement for_expression while_expression
        loop_expression for while until while_modifier until_modifier for_in_clause""",
    (T.IF,): """if_statement if_expression conditional_expression ternary_expression
        if if_modifier unless unless_modifier conditional if_clause guard if_guard""",
    (T.ELSE, T.IF): "elif_clause elsif else_if_clause",
    # A switch reads as the chain of comparisons that it stands for.
    (T.IF, T.EQUAL): """switch_case case_clause switch_section match_arm expression_case
        type_case when match_conditional_expression switch_expression_arm
        switch_block_statement_group switch_rule case_statement""",
    (T.ELSE,): "switch_default default_case default_statement match_default_expression else",
    (T.RETURN,): "return_statement return_expression return co_return_statement",
    (T.BREAK,): "break_statement break_expression break",
    (T.CONTINUE,): "continue_statement continue_expression next",
    (T.GOTO,): "goto_statement redo retry",
    (T.TRY,): "try_statement try_with_resources_statement begin try_block seh_try_statement",
    (T.CATCH,): "catch_clause except_clause rescue seh_except_clause",
    (T.FINALLY,): "finally_clause ensure seh_finally_clause",
    (T.THROW,): "throw_statement raise_statement throw_expression try_expression",
    (T.YIELD,): "yield yield_expression yield_statement co_yield_statement",
    (T.AWAIT,): "await await_expression co_await_expression",
    (T.WITH,): "with_statement using_statement lock_statement synchronized_statement",
    (T.ASSERT,): "assert_statement",
    (T.DELETE,): "delete_statement delete_expression unset_statement",
    (T.COLLECTION,): """list dictionary set tuple array object initializer_list
        array_initializer list_comprehension dictionary_comprehension set_comprehension
        generator_expression array_expression hash literal_value initializer_expression
        collection_expression""",
    (T.SPREAD,): "list_splat dictionary_splat spread_element splat_argument variadic_unpacking",
    (T.TYPE_TEST,): "is_expression is_pattern_expression",
    (T.OUTPUT,): "print_statement echo_statement print_intrinsic",
    (T.RANGE,): "range range_expression range_clause slice",
    (T.ASSIGN, T.PLUS): "inc_statement",
    (T.ASSIGN, T.MINUS): "dec_statement",
}

ANONYMOUS: dict[tuple[Token, ...], str] = {
    (T.ASSIGN,): "= := <-",
    (T.ASSIGN, T.PLUS): "+= ++",
    (T.ASSIGN, T.MINUS): "-= --",
    (T.ASSIGN, T.TIMES): "*= @=",
    (T.ASSIGN, T.DIVIDE): "/= //=",
    (T.ASSIGN, T.REMAINDER): "%=",
    (T.ASSIGN, T.POWER): "**=",
    (T.ASSIGN, T.SHIFT): "<<= >>= >>>=",
    (T.ASSIGN, T.BITS): "&= |= ^= &^=",
    (T.ASSIGN, T.LOGIC): "&&= ||= ??=",
    (T.PLUS,): "+",
    (T.MINUS,): "-",
    (T.TIMES,): "* @",
    (T.DIVIDE,): "/ //",
    (T.REMAINDER,): "%",
    (T.POWER,): "**",
    (T.SHIFT,): "<< >> >>>",
    (T.BITS,): "& | ^ ~ &^",
    (T.RELATION,): "< > <= >= <=>",
    (T.EQUAL,): "== != === !== <> is",
    (T.LOGIC,): "&& || and or ??",
    (T.MEMBERSHIP,): "in",
    (T.TYPE_TEST,): "instanceof typeof",
    (T.ELSE,): "else",
}

_SIGNED = """pointer_declarator reference_declarator abstract_pointer_declarator
    abstract_reference_declarator pointer_expression unary_expression unary_operator unary
    list_splat list_splat_pattern dictionary_splat dictionary_splat_pattern reference_expression
    inc_statement dec_statement"""
SIGNED = frozenset(_SIGNED.split())
"""Nodes whose first child is a sign that says nothing more: `*p`, `&x`, `-1`, `*args`."""

NAMED_VALUES = frozenset({"keyword_argument", "default_parameter"})
"""Nodes whose second child is a `=` that assigns nothing: `f(x=1)`, `def f(x=1)`."""

_DROPPED = """comment line_comment block_comment html_comment doc_comment hash_bang_line shebang
    import_statement import_from_statement import_declaration future_import_statement
    preproc_include using_directive using_declaration package_declaration package_clause
    use_declaration namespace_use_declaration extern_crate_declaration type type_annotation
    type_arguments type_parameters generic_type template_argument_list template_parameter_list
    primitive_type integral_type floating_point_type boolean_type array_type type_descriptor
    type_parameter_list type_argument_list modifiers marker_annotation annotation attribute_item
    attribute_list attribute_declaration access_specifier throws super_interfaces pass_statement
    empty_statement interface_type function_type union_type pointer_type scoped_type_identifier
    dimensions storage_class_specifier type_qualifier predefined_type nullable_type decorator
    global_statement nonlocal_statement package_identifier visibility_modifier reference_type
    escape_sequence"""
DROPPED = frozenset(_DROPPED.split())
