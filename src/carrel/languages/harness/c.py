"""Functions in C, with conventions which the starter shows.

- a list is a pointer and, as the next parameter, `int NAME_count`;
- a list of lists is a pointer to pointers, `int NAME_count`, and `int *NAME_counts` with
  the length of each row;
- a text is a `char *` that ends with NUL; an optional text may be NULL;
- a list as a result is a pointer that malloc gave (nobody frees it), and its length goes
  to a last parameter, `int *result_count`.

`const` may be added to what pointers point to. C has no maps and no exceptions, and
neither other optionals nor lists of lists as a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from carrel.languages.c import C
from carrel.languages.harness.installation import Installation, inside
from carrel.languages.harness.native import ADAPTER, compile_with, explain
from carrel.languages.harness.signature import Signature, function_name
from carrel.languages.harness.types import VOID, Kind, Type
from carrel.languages.registry import Language
from carrel.languages.spec import Entry

_TYPES = {
    Kind.INT: "int",
    Kind.LONG: "long long",
    Kind.FLOAT: "double",
    Kind.BOOL: "_Bool",
    Kind.STRING: "char *",
    Kind.VOID: "void",
}
_READ = {
    Kind.INT: "(int)carrel_i64()",
    Kind.LONG: "carrel_i64()",
    Kind.FLOAT: "carrel_f64()",
    Kind.STRING: "carrel_text()",
}
_MOST_FORMS = 1024
_ADAPTER = """\
#define main carrel_program_main
#include "{source}"
#undef main
#include ".carrel/runtime.h"
_Static_assert(_Generic(&{name}, {forms}, default: 0), "carrel: the declaration");
int main(void) {{
    carrel_ready();
    for (;;) {{
        carrel_receive();
{body}
        carrel_answer('R');
    }}
}}
"""


@dataclass(frozen=True)
class _Declared:
    """One parameter of C: its type, its name, and the type's other forms with const."""

    type: str
    name: str

    @property
    def forms(self) -> list[str]:
        return _forms(self.type)

    def __str__(self) -> str:
        return f"{self.type}{'' if self.type.endswith('*') else ' '}{self.name}"


def install(
    signature: Signature, source: bytes, entry: Entry, run_argv: tuple[str, ...]
) -> Installation:
    """Return what makes the function of a source callable."""
    name = function_name(signature, Language.C)
    lines = [
        line for index, p in enumerate(signature.parameters) for line in _reads(_own(index), p.type)
    ]
    lines += _call(signature, name)
    adapter = _ADAPTER.format(
        source=entry.source,
        name=name,
        forms=", ".join(f"{form}: 1" for form in _function_forms(signature)),
        body="\n".join(f"        {line}" for line in lines),
    )
    return Installation(
        files={
            f"{ADAPTER}.c": adapter.encode(),
            ".carrel/runtime.h": inside("runtime.h"),
            ".carrel/runtime.c": inside("runtime.c"),
        },
        compile=compile_with(C, entry, f"{ADAPTER}.c", ".carrel/runtime.c"),
        run=run_argv,
        explain=explain(declaration(signature), source, name),
    )


def refuses(signature: Signature) -> str | None:
    """Return why C cannot have such a function; None if it can."""
    if Kind.MAP in signature.kinds:
        return "C has no map"
    for kind in (signature.returns, *(p.type for p in signature.parameters)):
        if Kind.OPTIONAL in kind.kinds and kind != Type(Kind.OPTIONAL, Type(Kind.STRING)):
            return "C has no optional but optional<string>"
        if kind.depth > 2:  # noqa: PLR2004 - a list of lists
            return "C takes lists of lists, and nothing deeper"
    if signature.returns.depth > 1:
        return "a function in C cannot return a list of lists; let it change a parameter"
    return None


def declaration(signature: Signature) -> str:
    """Return how the function is declared."""
    name = function_name(signature, Language.C)
    returns = _type(signature.returns)
    inside_ = ", ".join(map(str, _parameters(signature))) or "void"
    text = f"{_Declared(returns, name)}({inside_})"
    return text.replace("_Bool", "bool")


def starter(signature: Signature) -> str:
    """Return the function without a body."""
    text = declaration(signature)
    headers = ["stdlib"] + (["stdbool"] if "bool" in text else [])
    lines = [f"#include <{name}.h>" for name in sorted(headers)]
    lines += ["", f"{text} {{", "    // Your code here.", "    abort();", "}"]
    return "\n".join(lines) + "\n"


def _parameters(signature: Signature) -> list[_Declared]:
    found = [d for p in signature.parameters for d in _declared(p.name, p.type)]
    if signature.returns.kind is Kind.LIST:
        taken = {declared.name for declared in found}
        name = "returned_count" if "result_count" in taken else "result_count"
        found.append(_Declared("int *", name))
    return found


def _declared(name: str, kind: Type) -> list[_Declared]:
    found = [_Declared(_type(kind), name)]
    if kind.kind is Kind.LIST:
        found.append(_Declared("int", f"{name}_count"))
        if kind.of.kind is Kind.LIST:
            found.append(_Declared("int *", f"{name}_counts"))
    return found


def _type(kind: Type) -> str:
    if kind.kind is Kind.OPTIONAL:
        return _type(kind.of)
    if kind.kind is Kind.LIST:
        item = _type(kind.of)
        return f"{item}*" if item.endswith("*") else f"{item} *"
    return _TYPES[kind.kind]


def _forms(kind: str) -> list[str]:
    """Return a type with const in every place where it may stand."""
    stars = kind.count("*")
    base = kind.replace("*", "").strip()
    if not stars:
        return [base]
    found = []
    for places in product(("", "const "), repeat=stars):
        first, *others = places
        inner = "".join(f"*{const}" for const in others)
        found.append(f"{first}{base} {inner}*")
    return found


def _function_forms(signature: Signature) -> list[str]:
    parameters = _parameters(signature)
    choices = [_forms(_type(signature.returns)), *(d.forms for d in parameters)]
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > _MOST_FORMS:  # then const stands everywhere or nowhere
        pairs = [(choice[0], choice[-1]) for choice in choices]
        rows = [tuple(first for first, _ in pairs), tuple(last for _, last in pairs)]
    else:
        rows = list(product(*choices))
    return [f"{returns} (*)({', '.join(rest) or 'void'})" for returns, *rest in rows]


def _own(index: int) -> str:
    """Return the name of the variable of an argument: none that a parameter could have."""
    return f"carrel_argument{index}"


def _reads(own: str, kind: Type) -> list[str]:
    """Return the lines that read an argument into variables of its own."""
    if kind.kind is Kind.BOOL:
        return [f"_Bool {own} = carrel_tag() == 't';"]
    if kind.kind is Kind.OPTIONAL:
        return [f"char *{own} = carrel_tag() == 'n' ? (char *)0 : carrel_text();"]
    if kind.kind is not Kind.LIST:
        return ["carrel_tag();", f"{_type(kind)} {own} = {_READ[kind.kind]};"]
    item = kind.of
    lines = [
        "carrel_tag();",
        f"int {own}_count = (int)carrel_u32();",
        f"{_type(kind)} {own} = carrel_room({own}_count, sizeof *{own});",
    ]
    if item.kind is not Kind.LIST:
        return [*lines, _loop(f"{own}_count", f"{own}[carrel_i]", item)]
    row = f"{own}[carrel_j]"
    return [
        *lines,
        f"int *{own}_counts = carrel_room({own}_count, sizeof *{own}_counts);",
        f"for (int carrel_j = 0; carrel_j < {own}_count; carrel_j++) {{",
        "carrel_tag();",
        f"{own}_counts[carrel_j] = (int)carrel_u32();",
        f"{row} = carrel_room({own}_counts[carrel_j], sizeof *{row});",
        _loop(f"{own}_counts[carrel_j]", f"{row}[carrel_i]", item.of),
        "}",
    ]


def _loop(count: str, place: str, item: Type) -> str:
    read = "carrel_tag() == 't'" if item.kind is Kind.BOOL else _READ[item.kind]
    skip = "" if item.kind is Kind.BOOL else "carrel_tag(); "
    return f"for (int carrel_i = 0; carrel_i < {count}; carrel_i++) {{ {skip}{place} = {read}; }}"


def _call(signature: Signature, name: str) -> list[str]:
    """Return the lines that call the function and write its result."""
    arguments: list[str] = []
    for index, parameter in enumerate(signature.parameters):
        for declared in _declared(_own(index), parameter.type):
            # A pointer without its type fits every form that was checked above.
            pointer = declared.type.endswith("*")
            arguments.append(f"(void *){declared.name}" if pointer else declared.name)
    returns = signature.returns
    if returns.kind is Kind.LIST:
        arguments.append("&carrel_result_count")
    call = f"{name}({', '.join(arguments)})"
    lines = ["int carrel_result_count = 0;"] if returns.kind is Kind.LIST else []
    if returns == VOID:
        lines.append(f"{call};")
    elif _type(returns).endswith("*"):
        lines.append(f"{_type(returns)}carrel_result = (void *){call};")
    else:
        lines.append(f"{_type(returns)} carrel_result = {call};")
    if signature.changes is not None:
        changed = signature.parameters[signature.changes]
        return [*lines, *_writes(_own(signature.changes), changed.type)]
    if returns == VOID:
        return [*lines, "carrel_put('n');"]
    return [*lines, *_writes("carrel_result", returns)]


def _writes(own: str, kind: Type) -> list[str]:
    """Return the lines that write the variables of a value."""
    if kind.kind is not Kind.LIST:
        return [_write(own, kind)]
    if kind.of.kind is not Kind.LIST:
        return _write_list(own, f"{own}_count", kind.of)
    return [
        "carrel_put('l');",
        f"carrel_put_u32((unsigned){own}_count);",
        f"for (int carrel_j = 0; carrel_j < {own}_count; carrel_j++) {{",
        *_write_list(f"{own}[carrel_j]", f"{own}_counts[carrel_j]", kind.of.of),
        "}",
    ]


def _write_list(own: str, count: str, item: Type) -> list[str]:
    write = _write(f"{own}[carrel_i]", item)
    return [
        f"if (!{own} || {count} < 0) {count} = 0;",
        "carrel_put('l');",
        f"carrel_put_u32((unsigned){count});",
        f"for (int carrel_i = 0; carrel_i < {count}; carrel_i++) {{ {write} }}",
    ]


def _write(own: str, kind: Type) -> str:
    if kind.kind is Kind.BOOL:
        return f"carrel_put({own} ? 't' : 'f');"
    if kind.kind is Kind.FLOAT:
        return f"carrel_put('d'); carrel_put_f64({own});"
    if kind.kind in (Kind.INT, Kind.LONG):
        return f"carrel_put('i'); carrel_put_i64({own});"
    return f"carrel_put_text({own});"
