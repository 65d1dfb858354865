"""Functions in JavaScript: at the top level of the program, exported or not, async or not."""

from __future__ import annotations

from carrel.languages.harness.installation import FOLDER, Installation, inside
from carrel.languages.harness.signature import Signature, function_name, styled
from carrel.languages.harness.types import Kind, Type
from carrel.languages.registry import Language
from carrel.languages.spec import APP, Entry

_HARNESS = f"{FOLDER}/harness.js"
_TYPES = {
    Kind.INT: "number",
    Kind.LONG: "number",
    Kind.FLOAT: "number",
    Kind.BOOL: "boolean",
    Kind.STRING: "string",
    Kind.VOID: "void",
}
# Node.js cannot duplicate a descriptor, so a shell puts the calls and answers where the
# student's program does not look, and nothing and stderr where it does.
_APART = 'exec "$@" 3>&1 4<&0 1>&2 0</dev/null'


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    del source
    changes = -1 if signature.changes is None else signature.changes
    name = function_name(signature, Language.JAVASCRIPT)
    harness = f"{APP}/{_HARNESS}"
    argv = [harness if part == entry.main else part for part in run_argv]
    return Installation(
        files={_HARNESS: inside("harness.js")},
        run=("sh", "-c", _APART, "sh", *argv, entry.main, name, str(changes)),
    )


def refuses(signature: Signature) -> str | None:
    """Return None: JavaScript can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    names = ", ".join(styled(p.name, Language.JAVASCRIPT) for p in signature.parameters)
    return f"function {function_name(signature, Language.JAVASCRIPT)}({names})"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    lines = ["/**"]
    for parameter in signature.parameters:
        name = styled(parameter.name, Language.JAVASCRIPT)
        lines.append(f" * @param {{{_type(parameter.type)}}} {name}")
    lines.append(f" * @returns {{{_type(signature.returns)}}}")
    lines.append(" */")
    lines.append(f"{declaration(signature)} {{")
    lines.append("  // Your code here.")
    lines.append("  throw new Error('not written yet');")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _type(kind: Type) -> str:
    if kind.kind is Kind.LIST:
        item = _type(kind.of)
        return f"({item})[]" if " " in item else f"{item}[]"
    if kind.kind is Kind.MAP:
        return f"Object<string, {_type(kind.of)}>"
    if kind.kind is Kind.OPTIONAL:
        return f"{_type(kind.of)} | null"
    return _TYPES[kind.kind]
