"""Functions in Rust, which may also return a Result.

The student's source becomes a module of ours. Lines of ours are added after its end, since
only what stands inside the module may call a function that is not public; they get their
arguments from traits, so the declaration decides between `i32` and `i64`, owned and borrowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from carrel.languages.harness.installation import Installation, inside, not_callable
from carrel.languages.harness.native import ADAPTER, compile_with
from carrel.languages.harness.signature import Signature, function_name
from carrel.languages.harness.types import VOID, Kind, Type
from carrel.languages.registry import Language
from carrel.languages.rust import RUST
from carrel.languages.spec import Entry

_TYPES = {
    Kind.INT: "i32",
    Kind.LONG: "i64",
    Kind.FLOAT: "f64",
    Kind.BOOL: "bool",
    Kind.STRING: "String",
}
_ADAPTER = """\
#[path = ".carrel/harness.rs"]
mod carrel_harness;
#[path = "{source}"]
mod solution;
fn main() {{
    carrel_harness::serve(solution::carrel_calls::call)
}}
"""
_PLACE = re.compile(r"^error[^\n]*\n\s*--> (?P<file>[^:\n]+):(?P<line>\d+)", re.MULTILINE)


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    name = function_name(signature, Language.RUST)
    own_lines = source.count(b"\n") + 1
    own = source + b"\n" + _calls(signature, name).encode()
    return Installation(
        files={
            entry.source: own,
            f"{ADAPTER}.rs": _ADAPTER.format(source=entry.source).encode(),
            ".carrel/harness.rs": inside("harness.rs"),
        },
        compile=(*compile_with(RUST, entry, f"{ADAPTER}.rs"), "--cap-lints", "allow"),
        run=run_argv,
        explain=_explain(declaration(signature), source, name, own_lines),
    )


def refuses(signature: Signature) -> str | None:
    """Return None: Rust can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    inside_ = ", ".join(
        f"{p.name}: {'&mut ' if index == signature.changes else ''}{_type(p.type)}"
        for index, p in enumerate(signature.parameters)
    )
    result = "" if signature.returns == VOID else f" -> {_type(signature.returns)}"
    return f"fn {function_name(signature, Language.RUST)}({inside_}){result}"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    text = declaration(signature)
    lines = ["use std::collections::HashMap;", ""] if "HashMap<" in text else []
    return "\n".join([*lines, f"{text} {{", "    // Your code here.", "    todo!()", "}"]) + "\n"


def _calls(signature: Signature, name: str) -> str:
    """Return the module that calls the function."""
    harness = "crate::carrel_harness"
    lines, arguments = [], []
    for index in range(len(signature.parameters)):
        kind = ""
        if index == signature.changes:
            kind = f": {_full_type(signature.parameters[index].type)}"
        # Declared in order: the arguments come in order.
        lines.append(f"let {'mut ' if kind else ''}a{index}{kind} = {harness}::argument();")
        arguments.append(f"&mut a{index}" if kind else f"a{index}")
    lines.append(f"let result = super::{name}({', '.join(arguments)});")
    if signature.changes is None:
        lines.append(f"{harness}::returned(result)")
    else:
        lines.append(f"{harness}::changed(&a{signature.changes}, result)")
    body = " ".join(lines)
    return f"pub mod carrel_calls {{ pub fn call() -> {harness}::Outcome {{ {body} }} }}\n"


def _explain(wanted: str, source: bytes, name: str, own_lines: int) -> Callable[[str], str]:
    def words(said: str) -> str:
        blocks = said.split("\n\n")
        errors = [block for block in blocks if _PLACE.search(block)]
        theirs = [block for block in errors if not _is_ours(block, own_lines)]
        if errors and not theirs:
            return not_callable(wanted, source, name)
        return "\n\n".join(theirs) if theirs else said

    return words


def _is_ours(block: str, own_lines: int) -> bool:
    place = _PLACE.search(block)
    if place is None:
        return False
    return place["file"].startswith(".carrel") or int(place["line"]) > own_lines


def _type(kind: Type) -> str:
    if kind.kind is Kind.LIST:
        return f"Vec<{_type(kind.of)}>"
    if kind.kind is Kind.MAP:
        return f"HashMap<String, {_type(kind.of)}>"
    if kind.kind is Kind.OPTIONAL:
        return f"Option<{_type(kind.of)}>"
    return _TYPES[kind.kind]


def _full_type(kind: Type) -> str:
    return _type(kind).replace("HashMap<", "std::collections::HashMap<")
