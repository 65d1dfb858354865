"""What a Python program may not contain.

Names can be written in many ways (`import os as x`, full-width letters, `"ev" + "al"`);
what is found is what Python would make of them, as far as that can be seen without
running the program.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from tree_sitter import Language, Node
from tree_sitter_python import language

from carrel.languages.rules.program import (
    Finding,
    Program,
    Text,
    added,
    chain,
    encode,
    fold,
    system_path,
    unescape,
)

GRAMMAR = Language(language())
SCOPES = frozenset({"module", "function_definition", "class_definition", "lambda"})

_MACHINE = "it reaches the machine's files and processes"
_PROCESSES = "it starts other programs"
_NETWORK = "it reaches the network"
_NATIVE = "it calls native code"
_IMPORTS = "it imports by a name made up at run time"
_TEXT = "it runs text as a program"
_INSIDES = "it opens up the interpreter's insides"
_SYSTEM = "the machine's own files are none of a program's business"

MODULES = {
    **dict.fromkeys(("os", "posix", "nt", "shutil"), _MACHINE),
    **dict.fromkeys(("subprocess", "posixsubprocess", "pty", "multiprocessing"), _PROCESSES),
    **dict.fromkeys(
        ("socket", "socketserver", "ssl", "urllib", "http", "ftplib", "smtplib", "poplib"), _NETWORK
    ),
    **dict.fromkeys(("imaplib", "telnetlib", "xmlrpc", "requests", "httpx", "aiohttp"), _NETWORK),
    **dict.fromkeys(("ctypes", "cffi"), _NATIVE),
    **dict.fromkeys(("importlib", "imp", "runpy", "pkgutil", "zipimport"), _IMPORTS),
    **dict.fromkeys(("code", "codeop"), _TEXT),
    **dict.fromkeys(("builtins", "gc"), _INSIDES),
}
BUILTINS = {
    "eval": _TEXT,
    "exec": _TEXT,
    "compile": _TEXT,
    "execfile": _TEXT,
    "__import__": _IMPORTS,
    "globals": _INSIDES,
    "breakpoint": "there is no debugger to talk to",
}
_ALWAYS = {"__builtins__": _INSIDES, "__loader__": _IMPORTS, "__spec__": _IMPORTS}
ATTRIBUTES = {
    **_ALWAYS,
    **dict.fromkeys(
        ("__globals__", "__subclasses__", "__import__", "f_globals", "f_builtins"), _INSIDES
    ),
    **dict.fromkeys(("tb_frame", "gi_frame", "cr_frame", "f_back", "_getframe"), _INSIDES),
    **dict.fromkeys(("create_subprocess_exec", "create_subprocess_shell"), _PROCESSES),
}
_OF_SYS = {"modules": _INSIDES, "_getframe": _INSIDES, "meta_path": _IMPORTS}
_COMMON_WORDS = frozenset({"code", "http", "requests"})
"""Modules' names that a course's own module may well have inside."""

_BY_NAME = frozenset({"getattr", "attrgetter", "methodcaller", "__getattribute__"})
_OPEN = frozenset(
    {"open", "open_code", "FileIO", "Path", "PurePath", "PosixPath", "read_csv", "loadtxt"}
)
_COOKIE = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_HARMLESS = frozenset({"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii", "latin-1", "iso-8859-1"})
_STRING = re.compile(r"""([a-zA-Z]*)('''|\"""|'|")(.*)\2""", re.DOTALL)
_BINDINGS = frozenset(
    {
        "parameters",
        "lambda_parameters",
        "typed_parameter",
        "list_splat_pattern",
        "dictionary_splat_pattern",
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "as_pattern_target",
    }
)


def prepare(code: str) -> Text:
    r"""Return the text with one kind of line end: for Python `\r` ends a comment as well."""
    return Text(encode(code.replace("\r\n", "\n").replace("\r", "\n")))


def check(program: Program) -> Iterator[Finding]:
    """Yield what is forbidden in a program."""
    yield from _encoding(program)
    imported = _collect(program)
    for index, node in enumerate(program.nodes):
        rule = _RULES.get(node.type)
        if rule is not None:
            yield from rule(program, index, imported)


def _encoding(program: Program) -> Iterator[Finding]:
    """Find an encoding that makes the interpreter read something else than stands there."""
    for number, line in enumerate(program.text.data.split(b"\n", 2)[:2], 1):
        match = _COOKIE.match(line.decode("utf-8", "replace"))
        if match and match[1].lower().replace("_", "-") not in _HARMLESS:
            yield Finding(number, f"the encoding {match[1]}", "programs are read as UTF-8")


def _name(program: Program, node: Node | None) -> str:
    """Return an identifier as Python compares it: full-width letters are letters."""
    return unicodedata.normalize("NFKC", program.words(node))


def _first(program: Program, node: Node | None) -> str:
    return _name(program, node.named_children[0]) if node and node.named_children else ""


def _collect(program: Program) -> set[str]:
    """Note what names stand for; return those of imported modules."""
    imported: set[str] = set()
    for index, node in enumerate(program.nodes):
        if node.type == "import_statement":
            for child in node.named_children:
                alias = child.child_by_field_name("alias")
                imported.add(_name(program, alias) if alias else _first(program, child))
        elif node.type in ("function_definition", "class_definition"):
            _bind_definition(program, index, node)
        elif node.type == "identifier" and _binds(program, index):
            name = _name(program, node)
            if name in BUILTINS or name == "open":
                _bind_name(program, index, name)
        elif node.type == "assignment":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and left.type == "identifier":
                program.assign(_name(program, left), right)
                if right is not None and _name(program, right) in imported:
                    imported.add(_name(program, left))
    return imported


def _bind_definition(program: Program, index: int, node: Node) -> None:
    """Note a function or class; in a class body the name is only an attribute."""
    name = _name(program, node.child_by_field_name("name"))
    scope = program.nodes[program.scopes[index]]
    above = program.parent(index)
    if scope.type == "class_definition" or above is None:
        return
    if scope.type != "module" or above.type in ("module", "decorated_definition"):
        # At module level only what comes after: before it the name is the built-in.
        program.bind(name, node.start_byte, scope.end_byte)


def _bind_name(program: Program, index: int, name: str) -> None:
    """Note a name that is given to a value: local in all of a function, else from there on."""
    scope = program.nodes[program.scopes[index]]
    if scope.type in ("function_definition", "lambda"):
        program.bind(name, scope.start_byte, scope.end_byte)
        return
    assignment = program.parents[index]
    statement = program.parents[assignment]
    above = program.parent(statement)
    if program.nodes[assignment].type == "assignment" and above and above.type == "module":
        program.bind(name, program.nodes[assignment].end_byte, scope.end_byte)


def _binds(program: Program, index: int) -> bool:
    """Whether an identifier gives a name to something here instead of using it."""
    above = program.parent(index)
    if above is None:
        return False
    kind = above.type
    if kind in _BINDINGS:
        return True
    if kind in ("default_parameter", "typed_default_parameter", "named_expression"):
        return program.field(index) == "name"
    if kind in ("assignment", "for_statement", "for_in_clause"):
        return program.field(index) == "left"
    return False


def _import(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    for child in node.named_children:
        name = child.child_by_field_name("name") or child
        module = _first(program, name)
        if why := _module(module):
            yield program.find(node, f"`import {module}`", why)


def _import_from(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    source = node.child_by_field_name("module_name")
    if source is None or source.type != "dotted_name":
        return
    module = _first(program, source)
    if why := _module(module):
        yield program.find(node, f"`from {module} import`", why)
    if module == "sys" and any(child.type == "wildcard_import" for child in node.named_children):
        yield program.find(node, "`from sys import *`", _INSIDES)
    for child in node.children_by_field_name("name"):
        name = _first(program, child.child_by_field_name("name") or child)
        inner = _OF_SYS.get(name) if module == "sys" else None
        hidden = _module(name) if name not in _COMMON_WORDS else None
        if why := inner or hidden or ATTRIBUTES.get(name):
            yield program.find(node, f"`from {module} import {name}`", why)


def _module(name: str) -> str | None:
    return MODULES.get(name) or MODULES.get(name.lstrip("_"))


def _identifier(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    name = _name(program, node)
    why = _ALWAYS.get(name) or BUILTINS.get(name)
    above = program.parent(index)
    if why is None or above is None:
        return
    if above.type in ("dotted_name", "aliased_import", "global_statement", "nonlocal_statement"):
        return
    if above.type in ("attribute", "keyword_argument", "function_definition", "class_definition"):
        if program.field(index) in ("attribute", "name"):
            return
    elif name in BUILTINS and _binds(program, index):
        return
    if name in BUILTINS and program.owns(name, node) and above.type != "delete_statement":
        return
    yield program.find(node, f"`{name}`", why)


def _attribute(program: Program, index: int, imported: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    name = _name(program, node.child_by_field_name("attribute"))
    why = ATTRIBUTES.get(name)
    if why is None and (name in _OF_SYS or _module(name) is not None):
        names = chain(program, node, "object", "attribute", 8)
        if names and names[0] in imported:
            why = _OF_SYS.get(name) if names[:-1] == ["sys"] else _module(name)
    if why is not None:
        yield program.find(node, f"`.{name}`", why)


def _call(program: Program, index: int, imported: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or given is None or given.type != "argument_list":
        return
    name = _callee(program, function)
    if name in _BY_NAME:
        yield from _by_name(program, node, name, imported)
    elif name in _OPEN and given.named_children:
        first = given.named_children[0]
        path = fold(program, first.child_by_field_name("value") or first, _fold)
        if system_path(path):
            yield program.find(node, f"`{name}` of {path!r}", _SYSTEM)


def _by_name(program: Program, node: Node, function: str, imported: set[str]) -> Iterator[Finding]:
    given = node.child_by_field_name("arguments")
    arguments = given.named_children[:3] if given is not None else []
    of_module = bool(arguments) and _name(program, arguments[0]) in imported
    for argument in arguments:
        wanted = fold(program, argument, _fold) or ""
        for part in wanted.split("."):
            module = _module(part) or _OF_SYS.get(part) if of_module else None
            if why := ATTRIBUTES.get(part) or BUILTINS.get(part) or module:
                yield program.find(node, f"`{part}` through `{function}`", why)


def _callee(program: Program, function: Node) -> str:
    """Return the last name of what is called, seen through `o = open`; nothing for one's own."""
    if function.type == "attribute":
        return _name(program, function.child_by_field_name("attribute"))
    name = _name(program, function)
    if program.owns(name, function):
        return ""
    value = program.constants.get(name)
    return _name(program, value) if value is not None and value.type == "identifier" else name


def _subscript(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
    if value is None or key is None or value.type not in ("call", "attribute"):
        return
    name = fold(program, key, _fold) or ""
    if why := _ALWAYS.get(name) or BUILTINS.get(name) or _of_namespace(program, value, name):
        yield program.find(node, f"`{name}` looked up by its name", why)


def _of_namespace(program: Program, value: Node, name: str) -> str | None:
    """Return why a module may not be taken out of `x.__dict__` or `vars(x)`."""
    inner = value.child_by_field_name("attribute") or value.child_by_field_name("function")
    return _module(name) if _name(program, inner) in ("__dict__", "vars", "locals") else None


def _exec(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    yield program.find(program.nodes[index], "`exec`", _TEXT)


_RULES: dict[str, Callable[[Program, int, set[str]], Iterator[Finding]]] = {
    "import_statement": _import,
    "import_from_statement": _import_from,
    "identifier": _identifier,
    "attribute": _attribute,
    "call": _call,
    "subscript": _subscript,
    "exec_statement": _exec,
}


def _fold(  # noqa: PLR0911 - one line per kind of expression
    program: Program, node: Node, inner: Callable[[Node | None], str | None]
) -> str | None:
    kind = node.type
    if kind == "string":
        return _literal(program, node)
    if kind == "concatenated_string":
        return _joined("", [inner(child) for child in node.named_children])
    if kind == "parenthesized_expression":
        return inner(node.named_children[0]) if node.named_children else None
    if kind == "binary_operator":
        return added(program, node, kind, inner)
    if kind == "identifier":
        return inner(program.constants.get(_name(program, node)))
    if kind == "subscript":
        if re.sub(r"\s", "", program.words(node.child_by_field_name("subscript"))) == "::-1":
            value = inner(node.child_by_field_name("value"))
            return None if value is None else value[::-1]
        return None
    if kind == "call":
        return _fold_call(program, node, inner)
    return None


def _fold_call(
    program: Program, node: Node, inner: Callable[[Node | None], str | None]
) -> str | None:
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or given is None:
        return None
    arguments = given.named_children
    if function.type == "identifier" and program.words(function) == "chr" and arguments:
        number = program.words(arguments[0])
        return chr(int(number)) if re.fullmatch(r"[0-9]{1,6}", number) else None
    if function.type != "attribute":
        return None
    name = program.words(function.child_by_field_name("attribute"))
    base = inner(function.child_by_field_name("object"))
    if base is not None and name == "decode":
        return base
    if base is not None and name == "join" and arguments and arguments[0].type in ("list", "tuple"):
        return _joined(base, [inner(child) for child in arguments[0].named_children])
    return None


def _joined(separator: str, parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return separator.join(known) if len(known) == len(parts) else None


def _literal(program: Program, node: Node) -> str | None:
    if any(child.type == "interpolation" for child in node.named_children):
        return None
    match = _STRING.fullmatch(program.words(node))
    if match is None:
        return None
    return match[3] if "r" in match[1].lower() else unescape(match[3])
