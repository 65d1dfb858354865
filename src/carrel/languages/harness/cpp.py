"""Functions in C++: outside of any class, with vectors, strings, maps and optionals.

The student's source is included into a source of ours, whose templates read from its
declaration how to pass arguments: by value or by reference, `int` or `long long`.
"""

from __future__ import annotations

from carrel.languages.cpp import CPP
from carrel.languages.harness.installation import Installation, inside
from carrel.languages.harness.native import ADAPTER, compile_with, explain
from carrel.languages.harness.signature import Signature, function_name
from carrel.languages.harness.types import Kind, Type
from carrel.languages.registry import Language
from carrel.languages.spec import Entry

_TYPES = {
    Kind.INT: "int",
    Kind.LONG: "long long",
    Kind.FLOAT: "double",
    Kind.BOOL: "bool",
    Kind.STRING: "std::string",
    Kind.VOID: "void",
}
_OF_OTHERS = {Kind.LIST: "std::vector", Kind.OPTIONAL: "std::optional"}
_ADAPTER = """\
{has}#include ".carrel/harness.hpp"
#define main carrel_program_main
#include "{source}"
#undef main
int main() {{
#ifdef _GLIBCXX_IOSTREAM
    carrel::flush = [] {{ std::cout.flush(); }};
#endif
    carrel::Function<{kinds}>::serve(&::{name});
}}
"""


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    name = function_name(signature, Language.CPP)
    changes = -1 if signature.changes is None else signature.changes
    parameters = [_kind(parameter.type) for parameter in signature.parameters]
    kinds = ", ".join([_kind(signature.returns), str(changes), *parameters])
    has = "".join(
        f"#define CARREL_{kind.name}\n"
        for kind in (Kind.MAP, Kind.OPTIONAL)
        if kind in signature.kinds
    )
    adapter = _ADAPTER.format(has=has, source=entry.source, kinds=kinds, name=name)
    return Installation(
        files={
            f"{ADAPTER}.cpp": adapter.encode(),
            ".carrel/harness.hpp": inside("harness.hpp"),
            ".carrel/runtime.h": inside("runtime.h"),
            ".carrel/runtime.cpp": inside("runtime.c"),
        },
        compile=compile_with(CPP, entry, f"{ADAPTER}.cpp", ".carrel/runtime.cpp"),
        run=run_argv,
        explain=explain(declaration(signature), source, name),
    )


def refuses(signature: Signature) -> str | None:
    """Return None: C++ can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    inside_ = ", ".join(
        f"{_parameter(p.type, changed=index == signature.changes)} {p.name}"
        for index, p in enumerate(signature.parameters)
    )
    name = function_name(signature, Language.CPP)
    return f"{_type(signature.returns)} {name}({inside_})"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    text = declaration(signature)
    headers = [name for name in ("map", "optional", "string", "vector") if f"std::{name}" in text]
    lines = [f"#include <{name}>" for name in sorted([*headers, "stdexcept"])]
    lines += ["", f"{text} {{", "    // Your code here."]
    lines += ['    throw std::logic_error("not written yet");', "}"]
    return "\n".join(lines) + "\n"


def _parameter(kind: Type, *, changed: bool) -> str:
    if changed:
        return f"{_type(kind)}&"
    plain = kind.item is None and kind.kind is not Kind.STRING
    return _type(kind) if plain else f"const {_type(kind)}&"


def _type(kind: Type) -> str:
    if kind.kind is Kind.MAP:
        return f"std::map<std::string, {_type(kind.of)}>"
    if kind.item is not None:
        return f"{_OF_OTHERS[kind.kind]}<{_type(kind.item)}>"
    return _TYPES[kind.kind]


def _kind(kind: Type) -> str:
    name = f"carrel::{kind.kind.value.capitalize()}"
    return name if kind.item is None else f"{name}<{_kind(kind.item)}>"
