"""Functions in Python."""

from __future__ import annotations

from carrel.languages.harness.installation import FOLDER, Installation, inside
from carrel.languages.harness.signature import Signature, function_name
from carrel.languages.harness.types import Kind, Type
from carrel.languages.registry import Language
from carrel.languages.spec import APP, Entry

_HARNESS = f"{FOLDER}/harness.py"
_TYPES = {
    Kind.INT: "int",
    Kind.LONG: "int",
    Kind.FLOAT: "float",
    Kind.BOOL: "bool",
    Kind.STRING: "str",
    Kind.VOID: "None",
}


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    del source
    changes = -1 if signature.changes is None else signature.changes
    name = function_name(signature, Language.PYTHON)
    return Installation(
        files={_HARNESS: inside("harness.py")},
        run=(
            *(f"{APP}/{_HARNESS}" if part == entry.main else part for part in run_argv),
            *(entry.main, name, str(len(signature.parameters)), str(changes)),
        ),
    )


def refuses(signature: Signature) -> str | None:
    """Return None: Python can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    inside_ = ", ".join(f"{p.name}: {_type(p.type)}" for p in signature.parameters)
    name = function_name(signature, Language.PYTHON)
    return f"def {name}({inside_}) -> {_type(signature.returns)}"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    return f"{declaration(signature)}:\n    # Your code here.\n    raise NotImplementedError\n"


def _type(kind: Type) -> str:
    if kind.kind is Kind.LIST:
        return f"list[{_type(kind.of)}]"
    if kind.kind is Kind.MAP:
        return f"dict[str, {_type(kind.of)}]"
    if kind.kind is Kind.OPTIONAL:
        return f"{_type(kind.of)} | None"
    return _TYPES[kind.kind]
