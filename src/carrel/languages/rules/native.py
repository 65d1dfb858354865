"""What a C or C++ program may not contain.

A macro's body is text to the parser, so its words are looked at one by one, and joining
words (`##`) is forbidden: it can spell anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tree_sitter import Language, Node
from tree_sitter_c import language as c_language
from tree_sitter_cpp import language as cpp_language

from carrel.languages.rules.program import (
    Finding,
    Program,
    Text,
    encode,
    fold,
    rewrite,
    system_path,
    unescape,
)

C_GRAMMAR = Language(c_language())
CPP_GRAMMAR = Language(cpp_language())
SCOPES = frozenset(
    {
        "translation_unit",
        "function_definition",
        "lambda_expression",
        "compound_statement",
        "for_statement",
        "for_range_loop",
        "field_declaration_list",
        "catch_clause",
    }
)

_PROCESSES = "it starts other programs"
_NETWORK = "it reaches the network"
_KERNEL = "it talks to the operating system past the language"
_CODE = "it runs machine code that no compiler has checked"
_HIDES = "what it stands for cannot be seen in the program"
_SYSTEM = "the machine's own files are none of a program's business"

FUNCTIONS = {
    **dict.fromkeys(("system", "popen", "fork", "vfork", "_Fork"), _PROCESSES),
    **dict.fromkeys(("execl", "execlp", "execle", "execv", "execvp", "execvpe"), _PROCESSES),
    **dict.fromkeys(("execve", "execveat", "fexecve", "posix_spawn", "posix_spawnp"), _PROCESSES),
    **dict.fromkeys(("socket", "socketpair", "getaddrinfo"), _NETWORK),
    **dict.fromkeys(("syscall", "ptrace", "__libc_system"), _KERNEL),
    **dict.fromkeys(("dlopen", "dlsym", "mprotect", "asm", "__asm__", "__asm"), _CODE),
}
HEADERS = {
    **dict.fromkeys(("sys/socket.h", "netinet/in.h", "arpa/inet.h", "netdb.h"), _NETWORK),
    **dict.fromkeys(("sys/ptrace.h", "sys/syscall.h", "syscall.h"), _KERNEL),
    **dict.fromkeys(("dlfcn.h", "sys/mman.h"), _CODE),
    **dict.fromkeys(("spawn.h", "sched.h"), _PROCESSES),
}
_OPEN = frozenset(
    {
        *("fopen", "fopen64", "freopen", "open", "open64", "openat", "creat", "opendir", "path"),
        *("ifstream", "ofstream", "fstream"),
    }
)
_DECLARATORS = frozenset(
    {
        *("function_declarator", "init_declarator", "pointer_declarator", "reference_declarator"),
        *("array_declarator", "parenthesized_declarator", "declaration", "parameter_declaration"),
        *("optional_parameter_declaration", "for_range_loop", "field_declaration"),
    }
)
_NO_USE = frozenset(
    {
        *("preproc_def", "preproc_function_def", "preproc_params", "preproc_defined"),
        *("preproc_ifdef", "labeled_statement", "goto_statement", "enumerator"),
        "structured_binding_declarator",
    }
)
MACRO_WORDS = re.compile(
    r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*|([A-Za-z_]\w*)|(##|%:%:)', re.DOTALL
)
_ALIASING = re.compile(r"\b(?:alias|ifunc|weakref)\b")
_JOINED_LINES = re.compile(r"\\[ \t\f\v]*\r?\n|\r\n?")
_DIGRAPHS = {"%:": "# ", "<%": "{ ", "%>": "} ", "<:": "[ ", ":>": "] ", "%:%:": "##  "}
_DIGRAPH = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|(%:%:|%:|<%|%>|<:(?!:[^:>])|:>)",
    re.DOTALL,
)


def prepare(code: str) -> Text:
    """Return the text with continued lines joined, as the preprocessor does first."""
    text = rewrite(code, _JOINED_LINES, lambda match: "" if match[0][0] == "\\" else "\n")
    plain = plain_signs(text.data.decode("utf-8"))
    return Text(encode(plain), text.moves)


def plain_signs(code: str) -> str:
    """Return the text with `%:` as `#`, `<%` as `{` and so on, nothing moved."""
    if not any(sign in code for sign in _DIGRAPHS):
        return code
    return _DIGRAPH.sub(lambda match: _DIGRAPHS[match[1]] if match[1] else match[0], code)


def check(program: Program) -> Iterator[Finding]:
    """Yield what is forbidden in a program."""
    for index, node in enumerate(program.nodes):
        if node.type in ("identifier", "field_identifier"):
            name = program.words(node)
            if name in FUNCTIONS or name in _OPEN:
                _bind(program, index, name)
    for index, node in enumerate(program.nodes):
        rule = _RULES.get(node.type)
        if rule is not None:
            yield from rule(program, index)


def _attribute(program: Program, index: int) -> Iterator[Finding]:
    """Find an attribute that makes a name stand for another function."""
    node = program.nodes[index]
    if match := _ALIASING.search(program.words(node)):
        yield program.find(node, f"the attribute `{match[0]}`", _HIDES)


def _declared(program: Program, index: int) -> tuple[int, bool] | None:
    """Return the declaration that a name stands in as its subject, and whether of a function."""
    function = False
    current = index
    while (above := program.parent(current)) is not None:
        node = program.nodes[current]
        named = above.child_by_field_name("declarator") == node or (
            above.type in ("reference_declarator", "parenthesized_declarator", "declaration")
            and node.type.endswith(("declarator", "identifier"))
            and node in above.children_by_field_name("declarator") + above.named_children[-1:]
        )
        if not named:
            return None
        function = function or above.type == "function_declarator"
        current = program.parents[current]
        if above.type in ("function_definition", "declaration", "field_declaration") or (
            above.type.endswith("parameter_declaration") or above.type == "for_range_loop"
        ):
            return current, function
        if above.type not in _DECLARATORS:
            return None
    return None


def _bind(program: Program, index: int, name: str) -> None:
    above = program.parent(index)
    if above is not None and above.type in ("enumerator", "structured_binding_declarator"):
        program.bind_in(name, program.scopes[index])
        return
    found = _declared(program, index)
    if found is None:
        return
    declaration, function = found
    node = program.nodes[declaration]
    if node.type == "declaration" and function:
        return  # a prototype names somebody else's function
    program.bind_in(name, program.scopes[declaration])


def _identifier(program: Program, index: int) -> Iterator[Finding]:
    node = program.nodes[index]
    name = program.words(node)
    why = FUNCTIONS.get(name)
    above = program.parent(index)
    if why is None or above is None or program.owns(name, node):
        return
    if above.type == "qualified_identifier":
        if program.words(above.child_by_field_name("scope")) not in ("", "std"):
            return
        if _declared(program, program.parents[index]) is not None:
            return
    elif above.type in _NO_USE:
        return
    if _declared(program, index) is not None:
        return
    yield program.find(node, f"`{name}`", why)


def _assembly(program: Program, index: int) -> Iterator[Finding]:
    yield program.find(program.nodes[index], "`asm`", _CODE)


def _macro(program: Program, index: int) -> Iterator[Finding]:
    node = program.nodes[index]
    for match in MACRO_WORDS.finditer(program.words(node)):
        if match[2]:
            yield program.find(node, "`##` in a macro", _HIDES)
        elif match[1] and (why := FUNCTIONS.get(match[1])) and not program.owns(match[1], node):
            yield program.find(node, f"`{match[1]}` in a macro", why)


def _include(program: Program, index: int) -> Iterator[Finding]:
    node = program.nodes[index]
    path = node.child_by_field_name("path")
    name = program.words(path).strip('<>"')
    if path is not None and path.type not in ("system_lib_string", "string_literal"):
        yield program.find(node, "`#include` of a macro", _HIDES)
    elif why := HEADERS.get(name):
        yield program.find(node, f"`#include <{name}>`", why)
    elif system_path(name):
        yield program.find(node, f"`#include` of {name!r}", _SYSTEM)


def _string(program: Program, index: int) -> Iterator[Finding]:
    """Find a path of the machine where a file is opened: in a call or a stream's declaration."""
    node = program.nodes[index]
    above = program.parent(index)
    if above is None or above.type not in ("argument_list", "initializer_list"):
        return
    path = fold(program, node, _fold)
    if not system_path(path):
        return
    user = program.parents[program.parents[index]]
    name = _opener(program, user)
    if name in _OPEN and not program.owns(name, node):
        yield program.find(node, f"`{name}` of {path!r}", _SYSTEM)


def _opener(program: Program, index: int) -> str:
    """Return the last name of what is called, or of the type that is declared."""
    node = program.nodes[index]
    if node.type == "init_declarator":
        above = program.parent(index)
        named = above.child_by_field_name("type") if above is not None else None
    else:
        named = node.child_by_field_name("function") or node.child_by_field_name("type")
    for _ in range(8):
        if named is None or not named.named_children:
            break
        named = named.child_by_field_name("name") or named.child_by_field_name("field")
    return program.words(named)


_RULES: dict[str, Callable[[Program, int], Iterator[Finding]]] = {
    "identifier": _identifier,
    "gnu_asm_expression": _assembly,
    "attribute_specifier": _attribute,
    "attribute_declaration": _attribute,
    "preproc_arg": _macro,
    "preproc_include": _include,
    "string_literal": _string,
    "raw_string_literal": _string,
    "concatenated_string": _string,
}


def _fold(program: Program, node: Node, inner: Callable[[Node | None], str | None]) -> str | None:
    if node.type == "raw_string_literal":
        return program.words(node).partition("(")[2].rpartition(")")[0]
    if node.type == "string_literal":
        return unescape(program.words(node).partition('"')[2].removesuffix('"'))
    if node.type == "concatenated_string":
        parts = [inner(child) for child in node.named_children]
        return "".join(part or "" for part in parts)
    return None
