"""What a JavaScript program may not contain. `fs` is allowed: programs read their input with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tree_sitter import Language, Node
from tree_sitter_javascript import language

from carrel.languages.rules.program import (
    Finding,
    Program,
    Text,
    added,
    encode,
    fold,
    system_path,
    unescape,
)

GRAMMAR = Language(language())
SCOPES = frozenset(
    {
        "program",
        "function_declaration",
        "function_expression",
        "generator_function_declaration",
        "generator_function",
        "arrow_function",
        "method_definition",
        "class_body",
        "statement_block",
        "for_statement",
        "for_in_statement",
        "catch_clause",
    }
)

_PROCESSES = "it starts other programs"
_NETWORK = "it reaches the network"
_INSIDES = "it opens up the interpreter's insides"
_TEXT = "it runs text as a program"
_COMPUTED = "the name is made up at run time, so nobody can see what it is"
_SYSTEM = "the machine's own files are none of a program's business"

MODULES = {
    **dict.fromkeys(("child_process", "cluster", "worker_threads"), _PROCESSES),
    **dict.fromkeys(
        ("net", "dgram", "http", "https", "http2", "tls", "dns", "dns/promises"), _NETWORK
    ),
    **dict.fromkeys(("vm", "repl", "inspector", "inspector/promises"), _TEXT),
    **dict.fromkeys(("module", "v8", "wasi", "process"), _INSIDES),
}
GLOBALS = {"eval": _TEXT, "Function": _TEXT}
_PROCESS = {
    **dict.fromkeys(("binding", "_linkedBinding", "mainModule"), _INSIDES),
    **dict.fromkeys(("getBuiltinModule", "dlopen", "kill", "_kill"), _INSIDES),
}
_ROOTS = frozenset({"globalThis", "global", "window", "self", "this"})
_FILES = re.compile(r"(readFile|writeFile|appendFile|open|opendir|readdir|createReadStream)(Sync)?")
_BINDINGS = frozenset({"formal_parameters", "array_pattern", "rest_pattern", "object_pattern"})
_MEMBERS = {
    "method_definition": ("name",),
    "field_definition": ("property",),
    "pair": ("key",),
}
_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})


def prepare(code: str) -> Text:
    """Return the text with one kind of line end: a lone carriage return ends a comment too."""
    return Text(encode(code.replace("\r\n", "\n").replace("\r", "\n")))


def check(program: Program) -> Iterator[Finding]:
    """Yield what is forbidden in a program."""
    processes = _collect(program)
    for index, node in enumerate(program.nodes):
        rule = _RULES.get(node.type)
        if rule is not None:
            yield from rule(program, index, processes)


def _name(program: Program, node: Node | None) -> str:
    return unescape(program.words(node))


def _collect(program: Program) -> set[str]:
    """Note what names stand for; return those of the `process` object."""
    processes = {"process"}
    for index, node in enumerate(program.nodes):
        if node.type == "variable_declarator":
            left, right = node.child_by_field_name("name"), node.child_by_field_name("value")
            if left is not None and left.type == "identifier":
                program.assign(_name(program, left), right)
                if right is not None and _name(program, right) in processes:
                    processes.add(_name(program, left))
        elif node.type in _MEMBERS:
            named = [node.child_by_field_name(field) for field in _MEMBERS[node.type]]
            program.bind(f".{_name(program, next(filter(None, named), None))}", 0, 0)
        elif node.type == "assignment_expression":
            _assigned(program, node.child_by_field_name("left"))
        elif node.type in ("identifier", "shorthand_property_identifier_pattern"):
            above = program.parent(index)
            if above is not None and _binds(program, index):
                inner = above.type == "arrow_function"
                scope = program.parents[index] if inner else program.scopes[index]
                program.bind_in(_name(program, node), scope)
    return processes


def _assigned(program: Program, left: Node | None) -> None:
    if left is not None and left.type == "identifier":
        program.assign(_name(program, left), None)
    elif left is not None and left.type == "member_expression":
        program.bind(f".{_name(program, left.child_by_field_name('property'))}", 0, 0)


def _binds(program: Program, index: int) -> bool:
    above = program.parent(index)
    if above is None:
        return False
    kind = above.type
    if kind in _FUNCTIONS or kind in ("variable_declarator", "class_declaration"):
        return program.field(index) == "name"
    if kind == "arrow_function":
        return above.child_by_field_name("parameter") == program.nodes[index]
    if kind == "assignment_pattern":
        return program.field(index) == "left"
    if program.nodes[index].type == "shorthand_property_identifier_pattern":
        return False  # `const {eval} = globalThis` takes the real one out
    return kind in _BINDINGS


def _identifier(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    name = _name(program, node)
    above = program.parent(index)
    if above is None or (name not in GLOBALS and name != "require") or program.owns(name, node):
        return
    if name == "require":
        yield from _bare_require(program, index, above)
        return
    if name == "Function":
        if above.type == "binary_expression" and above.child_by_field_name("right") == node:
            return  # f instanceof Function
        if above.type == "member_expression":
            return  # Function.prototype; .constructor has a rule of its own
    yield program.find(node, f"`{name}`", GLOBALS[name])


def _bare_require(program: Program, index: int, above: Node) -> Iterator[Finding]:
    """Find `require` handed on under another name."""
    node = program.nodes[index]
    if above.type == "call_expression" and above.child_by_field_name("function") == node:
        return
    if above.type == "unary_expression":
        return  # typeof require
    if above.type == "member_expression":
        inner = _name(program, above.child_by_field_name("property"))
        if inner == "main":
            return  # require.main === module
    yield program.find(node, "`require` under another name", _COMPUTED)


def _module(program: Program, node: Node, source: Node | None, how: str) -> Iterator[Finding]:
    name = fold(program, source, _fold)
    if name is None:
        yield program.find(node, f"`{how}` of a computed name", _COMPUTED)
    elif why := MODULES.get(name.removeprefix("node:")):
        yield program.find(node, f"`{how}` of {name!r}", why)
    elif system_path(name):
        yield program.find(node, f"`{how}` of {name!r}", _SYSTEM)


def _import(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    source = node.child_by_field_name("source")
    if source is not None:
        yield from _module(program, node, source, "import")


def _call(program: Program, index: int, _: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or given is None:
        return
    arguments = given.named_children
    if function.type == "import" or (
        function.type == "identifier"
        and _name(program, function) == "require"
        and not program.owns("require", function)
    ):
        how = "import" if function.type == "import" else "require"
        yield from _module(program, node, arguments[0] if arguments else None, how)
        return
    name = _last(program, function) or _name(program, function)
    first = fold(program, arguments[0], _fold) if arguments else None
    if name == "constructor" and arguments and function.type != "identifier":
        yield program.find(node, "`.constructor` of a function", _TEXT)
    elif _FILES.fullmatch(name) and system_path(first):
        yield program.find(node, f"`{name}` of {first!r}", _SYSTEM)
    elif name == "get" and len(arguments) > 1:
        wanted = fold(program, arguments[1], _fold)
        if wanted in GLOBALS and _root(program, arguments[0]):
            yield program.find(node, f"`{wanted}` looked up by its name", _TEXT)


def _root(program: Program, node: Node | None) -> bool:
    return _name(program, node) in _ROOTS


def _member(program: Program, index: int, processes: set[str]) -> Iterator[Finding]:
    node = program.nodes[index]
    base = node.child_by_field_name("object")
    if node.type == "subscript_expression":
        name = fold(program, node.child_by_field_name("index"), _fold)
    else:
        name = _name(program, node.child_by_field_name("property"))
    if base is None:
        return
    is_process = _is_process(program, base, processes)
    if name is None:
        if is_process:
            yield program.find(node, "`process[…]` with a computed name", _COMPUTED)
        elif program.words(base) in ("globalThis", "global"):
            yield program.find(node, f"`{program.words(base)}[…]` with a computed name", _COMPUTED)
    elif is_process and name in _PROCESS:
        yield program.find(node, f"`process.{name}`", _PROCESS[name])
    elif name in GLOBALS and _root(program, base) and not _own_member(program, base, name):
        yield program.find(node, f"`{name}`", GLOBALS[name])
    elif name == "require" and program.words(base) in ("module", "globalThis", "global"):
        yield program.find(node, "`require` under another name", _COMPUTED)
    elif name == "constructor" and _last(program, base) == "constructor":
        yield program.find(node, "`.constructor.constructor`", _TEXT)


def _own_member(program: Program, base: Node, name: str) -> bool:
    """Whether `this.eval` is a method or field that the program has defined."""
    return program.words(base) == "this" and f".{name}" in program.bound


def _last(program: Program, node: Node) -> str | None:
    if node.type == "member_expression":
        return _name(program, node.child_by_field_name("property"))
    if node.type == "subscript_expression":
        return fold(program, node.child_by_field_name("index"), _fold)
    return None


def _is_process(program: Program, node: Node, processes: set[str]) -> bool:
    if node.type == "identifier":
        name = _name(program, node)
        return name in processes and not (name == "process" and program.owns(name, node))
    return _last(program, node) == "process" and _root(program, node.child_by_field_name("object"))


def _pattern(program: Program, index: int, processes: set[str]) -> Iterator[Finding]:
    """Find what is taken out of `process` or the global object by a pattern."""
    node = program.nodes[index]
    above = program.parent(index)
    value = above.child_by_field_name("value") if above is not None else None
    if value is None:
        return
    table = _PROCESS if _is_process(program, value, processes) else {}
    if _root(program, value):
        table = GLOBALS
    for child in node.named_children:
        name = _name(program, child.child_by_field_name("key") or child)
        if name == "constructor":
            yield program.find(child, "`constructor` taken out of an object", _TEXT)
        elif name in table:
            yield program.find(child, f"`{name}`", table[name])


_RULES: dict[str, Callable[[Program, int, set[str]], Iterator[Finding]]] = {
    "identifier": _identifier,
    "shorthand_property_identifier": _identifier,
    "import_statement": _import,
    "export_statement": _import,
    "call_expression": _call,
    "new_expression": lambda program, index, _: _new(program, index),
    "member_expression": _member,
    "subscript_expression": _member,
    "object_pattern": _pattern,
}


def _new(program: Program, index: int) -> Iterator[Finding]:
    """Find `new f.constructor("…")`."""
    node = program.nodes[index]
    given, made = node.child_by_field_name("arguments"), node.child_by_field_name("constructor")
    if made is None or given is None or not given.named_children:
        return
    if _last(program, made) == "constructor" and made.type == "member_expression":
        base = made.child_by_field_name("object")
        if base is not None and base.type not in ("this", "identifier"):
            yield program.find(node, "`.constructor` of a function", _TEXT)


def _fold(program: Program, node: Node, inner: Callable[[Node | None], str | None]) -> str | None:
    kind = node.type
    if kind in ("string", "template_string"):
        if any(child.type == "template_substitution" for child in node.named_children):
            return None
        return unescape(program.words(node)[1:-1])
    if kind == "parenthesized_expression":
        return inner(node.named_children[0]) if node.named_children else None
    if kind == "binary_expression":
        return added(program, node, kind, inner)
    if kind == "identifier":
        return inner(program.constants.get(_name(program, node)))
    return None
