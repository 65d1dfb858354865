"""Functions in Go, which may also return an error as their last result.

Two sources of ours are compiled with the student's. The calls are made by an `init`
function, so that the program's own `main` never runs, and need not be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from carrel.languages.harness.installation import FOLDER, Installation, inside, not_callable
from carrel.languages.harness.native import without_ours
from carrel.languages.harness.signature import Signature, function_name, styled
from carrel.languages.harness.types import VOID, Kind, Type
from carrel.languages.registry import Language
from carrel.languages.spec import Entry

_TYPES = {
    Kind.INT: "int",
    Kind.LONG: "int64",
    Kind.FLOAT: "float64",
    Kind.BOOL: "bool",
    Kind.STRING: "string",
}
# As `carrel-go-build` of the template does for one source: ours come first and last.
_BUILD = """\
set -e
for tool in /usr/lib/go-*/pkg/tool/*/compile; do tools=${tool%/*}; done
place=/opt/carrel/go
"$tools/compile" -p main -complete -importcfg $place/import.cfg -pack -o "$2.a" \
    .carrel/first.go "$1" .carrel/last.go
"$tools/link" -importcfg $place/link.cfg -buildmode=exe -s -w -o "$2" "$2.a"
rm -f "$2.a"
"""
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"?|`[^`]*`?|'(?:[^'\\\n]|\\.)*'?", re.DOTALL
)
_MAIN = re.compile(r"^\s*func\s+main\s*\(", re.MULTILINE)
_PLACE = re.compile(r"^(?P<file>[^:\s]+):\d+(?::\d+)?: ", re.MULTILINE)


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    name = function_name(signature, Language.GO)
    changes = -1 if signature.changes is None else signature.changes
    kinds = [signature.returns, *(parameter.type for parameter in signature.parameters)]
    first, *others = (f'"{kind}"'.replace(" ", "") for kind in kinds)
    call = ", ".join([name, first, str(changes), *others])
    last = f"package main\n\nfunc init() {{ carrelServe({call}) }}\n"
    if not _MAIN.search(_NOT_CODE.sub(" ", source.decode("utf-8", "replace"))):
        last += "\nfunc main() {}\n"
    return Installation(
        files={f"{FOLDER}/first.go": inside("first.go"), f"{FOLDER}/last.go": last.encode()},
        compile=("sh", "-c", _BUILD, "sh", entry.source, "solution"),
        run=run_argv,
        explain=_explain(declaration(signature), source, name),
    )


def refuses(signature: Signature) -> str | None:
    """Return None: Go can have any function."""
    del signature
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    inside_ = ", ".join(
        f"{styled(p.name, Language.GO)} {_type(p.type)}" for p in signature.parameters
    )
    result = "" if signature.returns == VOID else f" {_type(signature.returns)}"
    return f"func {function_name(signature, Language.GO)}({inside_}){result}"


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    lines = ["package main", "", f"{declaration(signature)} {{", "\t// Your code here."]
    return "\n".join([*lines, '\tpanic("not written yet")', "}"]) + "\n"


def _explain(wanted: str, source: bytes, name: str) -> Callable[[str], str]:
    def words(said: str) -> str:
        files = [match["file"] for match in _PLACE.finditer(said)]
        if files and all(file.startswith(FOLDER) for file in files):
            return not_callable(wanted, source, name)
        return without_ours(said)

    return words


def _type(kind: Type) -> str:
    if kind.kind is Kind.LIST:
        return f"[]{_type(kind.of)}"
    if kind.kind is Kind.MAP:
        return f"map[string]{_type(kind.of)}"
    if kind.kind is Kind.OPTIONAL:
        return f"*{_type(kind.of)}"
    return _TYPES[kind.kind]
