r"""What a Java program may not contain.

`\u0052untime` is `Runtime` to the compiler, and `\u000a` ends a comment: such escapes are
resolved before the program is parsed, as the compiler does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tree_sitter import Language, Node
from tree_sitter_java import language

from carrel.languages.rules.program import (
    Finding,
    Program,
    Text,
    added,
    chain,
    fold,
    rewrite,
    system_path,
    unescape,
)

GRAMMAR = Language(language())
SCOPES = frozenset({"program"})

_PROCESSES = "it starts other programs"
_NETWORK = "it reaches the network"
_REFLECTION = "it gets at classes and members by name, past the compiler's checks"
_NATIVE = "it loads native code"
_TEXT = "it runs text as a program"
_SYSTEM = "the machine's own files are none of a program's business"

PACKAGES = {
    "java.lang.reflect": _REFLECTION,
    "java.lang.invoke": _REFLECTION,
    "java.lang.foreign": _NATIVE,
    "java.net": _NETWORK,
    "java.nio.channels.SocketChannel": _NETWORK,
    "java.rmi": _NETWORK,
    "javax.net": _NETWORK,
    "javax.script": _TEXT,
    "javax.tools": _TEXT,
    "sun": _NATIVE,
    "jdk": _NATIVE,
    "com.sun": _NATIVE,
}
TYPES = {
    "ProcessBuilder": _PROCESSES,
    "ProcessHandle": _PROCESSES,
    "ClassLoader": _REFLECTION,
    "URLClassLoader": _REFLECTION,
    "MethodHandles": _REFLECTION,
    "ScriptEngineManager": _TEXT,
    "Unsafe": _NATIVE,
}
METHODS = {
    **dict.fromkeys(("getDeclaredMethod", "getDeclaredMethods"), _REFLECTION),
    **dict.fromkeys(("getDeclaredField", "getDeclaredFields", "setAccessible"), _REFLECTION),
    **dict.fromkeys(("getDeclaredConstructor", "getDeclaredConstructors"), _REFLECTION),
    **dict.fromkeys(("getMethod", "getMethods", "getConstructor", "getConstructors"), _REFLECTION),
    **dict.fromkeys(("getClassLoader", "getContextClassLoader"), _REFLECTION),
}
_ON = {
    ("Class", "forName"): _REFLECTION,
    ("System", "load"): _NATIVE,
    ("System", "loadLibrary"): _NATIVE,
}
_RUNTIME = {"exec": _PROCESSES, "load": _NATIVE, "loadLibrary": _NATIVE, "halt": _PROCESSES}
_FILES = frozenset(
    {
        *("File", "FileReader", "FileWriter", "FileInputStream", "FileOutputStream"),
        *("RandomAccessFile", "PrintWriter", "PrintStream"),
    }
)
_DECLARATIONS = frozenset(
    {
        *("class_declaration", "interface_declaration", "enum_declaration", "record_declaration"),
        "method_declaration",
    }
)
_ESCAPE = re.compile(r"\\\\|\\u+([0-9a-fA-F]{4})|\r\n?")
_DEEPEST = 8


def prepare(code: str) -> Text:
    """Return the text with its Unicode escapes resolved and one kind of line end."""

    def one(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0] if match[0] == r"\\" else "\n"
        return chr(int(match[1], 16)).replace("\r", "\n")

    return rewrite(code, _ESCAPE, one)


def plain_escapes(code: str) -> str:
    """Return the text with those escapes resolved that can be code: ASCII, and ends of lines."""

    def one(match: re.Match[str]) -> str:
        sign = chr(int(match[1], 16)) if match[1] else ""
        if sign in ("\n", "\r"):
            return "\n"
        if sign in ("\t", "\f"):
            return " "
        return sign if " " <= sign <= "~" else match[0]

    return _ESCAPE.sub(one, code)


def check(program: Program) -> Iterator[Finding]:
    """Yield what is forbidden in a program."""
    mentions_runtime = False
    for node in program.nodes:
        if node.type in _DECLARATIONS:
            program.bind_in(program.words(node.child_by_field_name("name")), 0)
        elif node.type == "variable_declarator":
            left = program.words(node.child_by_field_name("name"))
            program.assign(left, node.child_by_field_name("value"))
        elif node.type == "assignment_expression":
            program.assign(program.words(node.child_by_field_name("left")), None)
        elif node.type in ("identifier", "type_identifier") and not mentions_runtime:
            mentions_runtime = program.words(node) in ("Runtime", "getRuntime")
    for index, node in enumerate(program.nodes):
        rule = _RULES.get(node.type)
        if rule is not None:
            yield from rule(program, index, mentions_runtime)


def _qualified(program: Program, index: int, _: bool) -> Iterator[Finding]:  # noqa: FBT001
    """Find a forbidden package by its full name, in an import or anywhere."""
    node = program.nodes[index]
    names = _names(program, node)
    for length in range(1, len(names) + 1):
        package = ".".join(names[:length])
        whole = length == len(names)
        if (why := PACKAGES.get(package)) and (length > 1 or not whole):
            yield program.find(node, f"`{'.'.join(names)}`", why)
            return


def _names(program: Program, node: Node) -> list[str]:
    if node.type == "field_access":
        return chain(program, node, "object", "field", _DEEPEST)
    if node.type == "scoped_identifier":
        return chain(program, node, "scope", "name", _DEEPEST)
    names: list[str] = []
    current: Node | None = node
    while current is not None and current.type == "scoped_type_identifier":
        inner = current.named_children
        if not inner or len(names) > _DEEPEST:
            return []
        names.append(program.words(inner[-1]))
        current = inner[0] if len(inner) > 1 else None
    return [program.words(current), *reversed(names)] if current is not None else names


def _type(program: Program, index: int, _: bool) -> Iterator[Finding]:  # noqa: FBT001
    node = program.nodes[index]
    name = program.words(node)
    if (why := TYPES.get(name)) and not program.owns(name, node):
        yield program.find(node, f"`{name}`", why)


def _invocation(program: Program, index: int, runtime: bool) -> Iterator[Finding]:  # noqa: FBT001
    node = program.nodes[index]
    if node.type == "method_reference":
        parts = node.named_children
        base, name = parts[0] if parts else None, program.words(parts[-1] if parts else None)
        arguments: list[Node] = []
    else:
        base = node.child_by_field_name("object")
        name = program.words(node.child_by_field_name("name"))
        given = node.child_by_field_name("arguments")
        arguments = given.named_children if given is not None else []
    owner = program.words(base) if base is not None and base.child_count == 0 else ""
    if base is not None and base.type == "field_access":
        owner = program.words(base.child_by_field_name("field"))
    if why := _ON.get((owner, name)):
        yield program.find(node, f"`{owner}.{name}`", why)
    elif program.owns(name, node):
        return
    elif why := METHODS.get(name):
        yield program.find(node, f"`{name}`", why)
    elif runtime and name in _RUNTIME and base is not None:
        yield program.find(node, f"`Runtime.{name}`", _RUNTIME[name])
    elif (owner, name) in (("Path", "of"), ("Paths", "get")):
        yield from _path(program, node, f"{owner}.{name}", arguments)


def _creation(program: Program, index: int, _: bool) -> Iterator[Finding]:  # noqa: FBT001
    node = program.nodes[index]
    name = program.words(node.child_by_field_name("type")).rpartition(".")[2]
    given = node.child_by_field_name("arguments")
    if name in _FILES and given is not None and not program.owns(name, node):
        yield from _path(program, node, f"new {name}", given.named_children)


def _path(program: Program, node: Node, construct: str, arguments: list[Node]) -> Iterator[Finding]:
    parts = [fold(program, argument, _fold) for argument in arguments[:8]]
    path = "/".join(part for part in parts if part is not None)
    if system_path(path):
        yield program.find(node, f"`{construct}` of {path!r}", _SYSTEM)


def _modifiers(program: Program, index: int, _: bool) -> Iterator[Finding]:  # noqa: FBT001
    node = program.nodes[index]
    if any(child.type == "native" for child in node.children):
        yield program.find(node, "a `native` method", _NATIVE)


_RULES: dict[str, Callable[[Program, int, bool], Iterator[Finding]]] = {
    "scoped_identifier": _qualified,
    "scoped_type_identifier": _qualified,
    "field_access": _qualified,
    "identifier": _type,
    "type_identifier": _type,
    "method_invocation": _invocation,
    "method_reference": _invocation,
    "object_creation_expression": _creation,
    "modifiers": _modifiers,
}


def _fold(program: Program, node: Node, inner: Callable[[Node | None], str | None]) -> str | None:
    kind = node.type
    if kind == "string_literal":
        return unescape(program.words(node).strip('"'))
    if kind == "parenthesized_expression":
        return inner(node.named_children[0]) if node.named_children else None
    if kind == "binary_expression":
        return added(program, node, kind, inner)
    if kind == "identifier":
        return inner(program.constants.get(program.words(node)))
    return None
