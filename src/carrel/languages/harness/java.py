"""Functions in Java: methods of the class `Solution` or of the program's main class.

They are static, or of a class that can be made without arguments. The harness goes through
the compiler together with the student's source, which is cheaper than by itself.
"""

from __future__ import annotations

from carrel.languages.harness.installation import Installation, inside
from carrel.languages.harness.signature import Signature, function_name, styled
from carrel.languages.harness.types import Kind, Type
from carrel.languages.java import JAVA
from carrel.languages.registry import Language
from carrel.languages.spec import Entry

_CLASS = "CarrelHarness__"
_TYPES = {
    Kind.INT: "int",
    Kind.LONG: "long",
    Kind.FLOAT: "double",
    Kind.BOOL: "boolean",
    Kind.STRING: "String",
    Kind.VOID: "void",
}
_BOXED = {
    Kind.INT: "Integer",
    Kind.LONG: "Long",
    Kind.FLOAT: "Double",
    Kind.BOOL: "Boolean",
}


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    del source
    changes = -1 if signature.changes is None else signature.changes
    kinds = [signature.returns, *(parameter.type for parameter in signature.parameters)]
    compile_argv = JAVA.compiler.argv(entry) if JAVA.compiler else ()
    return Installation(
        files={f"{_CLASS}.java": inside(f"{_CLASS}.java")},
        compile=(*compile_argv, f"{_CLASS}.java"),
        run=(
            *(_CLASS if part == entry.main else part for part in run_argv),
            *(entry.main, function_name(signature, Language.JAVA), str(changes)),
            *(str(kind).replace(" ", "") for kind in kinds),
        ),
    )


def refuses(signature: Signature) -> str | None:
    """Return None: Java can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    inside_ = ", ".join(
        f"{_type(p.type)} {styled(p.name, Language.JAVA)}" for p in signature.parameters
    )
    name = function_name(signature, Language.JAVA)
    return f"static {_type(signature.returns)} {name}({inside_})"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    imports = sorted({Kind.LIST: "List", Kind.MAP: "Map"}[kind] for kind in _imported(signature))
    lines = [f"import java.util.{name};" for name in imports]
    lines += ["", "class Solution {"] if lines else ["class Solution {"]
    lines.append(f"    {declaration(signature)} {{")
    lines.append("        // Your code here.")
    lines.append('        throw new UnsupportedOperationException("not written yet");')
    lines += ["    }", "}"]
    return "\n".join(lines) + "\n"


def _imported(signature: Signature) -> set[Kind]:
    text = declaration(signature)
    return {kind for kind, word in ((Kind.LIST, "List<"), (Kind.MAP, "Map<")) if word in text}


def _type(kind: Type) -> str:
    if kind.kind is Kind.LIST:
        return f"{_type(kind.of)}[]" if _is_array_item(kind.of) else f"List<{_boxed(kind.of)}>"
    if kind.kind is Kind.MAP:
        return f"Map<String, {_boxed(kind.of)}>"
    if kind.kind is Kind.OPTIONAL:
        return _boxed(kind.of)
    return _TYPES[kind.kind]


def _is_array_item(kind: Type) -> bool:
    if kind.kind is Kind.LIST:
        return _is_array_item(kind.of)
    return kind.kind not in (Kind.MAP, Kind.OPTIONAL)


def _boxed(kind: Type) -> str:
    return _BOXED.get(kind.kind) or _type(kind)
