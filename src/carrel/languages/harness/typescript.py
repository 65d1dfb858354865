"""Functions in TypeScript: compiled as usual, then called as those of JavaScript are."""

from __future__ import annotations

from carrel.languages.harness import javascript
from carrel.languages.harness.installation import Installation
from carrel.languages.harness.signature import Signature, function_name, styled
from carrel.languages.harness.types import Kind, Type
from carrel.languages.registry import Language
from carrel.languages.spec import Entry

_TYPES = {
    Kind.INT: "number",
    Kind.LONG: "number",
    Kind.FLOAT: "number",
    Kind.BOOL: "boolean",
    Kind.STRING: "string",
    Kind.VOID: "void",
}


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    return javascript.install(signature, source, entry, run_argv)


def refuses(signature: Signature) -> str | None:
    """Return None: TypeScript can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    inside = ", ".join(
        f"{styled(p.name, Language.TYPESCRIPT)}: {_type(p.type)}" for p in signature.parameters
    )
    name = function_name(signature, Language.TYPESCRIPT)
    return f"function {name}({inside}): {_type(signature.returns)}"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    lines = [f"{declaration(signature)} {{", "  // Your code here."]
    return "\n".join([*lines, "  throw new Error('not written yet');", "}"]) + "\n"


def _type(kind: Type) -> str:
    if kind.kind is Kind.LIST:
        item = _type(kind.of)
        return f"({item})[]" if " " in item else f"{item}[]"
    if kind.kind is Kind.MAP:
        return f"Record<string, {_type(kind.of)}>"
    if kind.kind is Kind.OPTIONAL:
        return f"{_type(kind.of)} | null"
    return _TYPES[kind.kind]
