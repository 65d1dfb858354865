"""A function's signature without a language, and its names in each language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from carrel.languages.harness.types import VOID, Kind, Type, parse_type
from carrel.languages.registry import Language

MAX_PARAMETERS = 8
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CAMEL_CASE = frozenset({"java", "javascript", "typescript", "go"})
_PARAMETER = re.compile(r"(.+?)\s+([A-Za-z_]\w*)", re.DOTALL)

# A name that is reserved in one language cannot be a function's in all of them.
RESERVED = frozenset(
    """
    abstract alignas alignof and as asm assert async auto await base bool boolean break byte case
    catch chan char class const constexpr continue crate debugger def default defer del delete do
    double dyn elif else enum except explicit export extends extern fallthrough false final finally
    float fn for friend from func function global go goto if impl implements import in inline int
    interface is lambda let long loop main map match mod module move mut mutable namespace native
    new nil none nonlocal not null operator or package pass print private protected public pub
    raise range ref register restrict return select self short signed sizeof static strictfp string
    struct super switch synchronized template this throw throws trait transient true try type
    typedef typename union unsafe unsigned use using var virtual void volatile where while with
    xor yield
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name in snake_case and its type."""

    name: str
    type: Type

    def __str__(self) -> str:
        """Return the parameter as exercise.toml has it."""
        return f"{self.type} {self.name}"


@dataclass(frozen=True)
class Signature:
    """A function to call.

    `returns` is VOID where `changes` names a parameter, counted from 0, that the function
    changes in place: its value afterwards is the result then. `names` are names that differ
    from the language's habit.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Type
    changes: int | None = None
    names: Mapping[Language, str] = field(default_factory=dict, hash=False)

    @property
    def result(self) -> Type:
        """The type of what a call is judged by."""
        return self.returns if self.changes is None else self.parameters[self.changes].type

    @property
    def kinds(self) -> frozenset[Kind]:
        """Every kind of type in it."""
        types = [self.returns, *(parameter.type for parameter in self.parameters)]
        return frozenset(kind for type_ in types for kind in type_.kinds)

    def __str__(self) -> str:
        """Return the signature without a language: `f(list<int> numbers) -> int`."""
        inside = ", ".join(map(str, self.parameters))
        return f"{self.name}({inside}) -> {self.returns}"


def function_name(signature: Signature, language: Language) -> str:
    """Return the function's name in a language: its own there, else as is usual in it."""
    own = signature.names.get(language)
    return own if own is not None else styled(signature.name, language)


def styled(name: str, language: Language) -> str:
    """Return a snake_case name as the language's people write it."""
    if language.value not in _CAMEL_CASE:
        return name
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def parse_name(text: str) -> str:
    """Return a name that every language takes; ValueError says what is possible."""
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is no name for all languages; give lower-case letters, digits and _, "
            "a letter first, at most 60"
        )
    if text in RESERVED:
        raise ValueError(f"{text!r} is reserved in one of the languages; give another name")
    return text


def parse_parameter(text: str) -> Parameter:
    """Return the parameter that `list<int> numbers` says; ValueError says what is wrong."""
    match = _PARAMETER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no parameter; give its type and name: `list<int> numbers`")
    kind = parse_type(match[1])
    if kind == VOID:
        raise ValueError("a parameter cannot be void")
    return Parameter(parse_name(match[2]), kind)


Refuses = Callable[[Signature], str | None]


def no_names() -> Mapping[Language, str]:
    """Return that every language's habit is followed."""
    return MappingProxyType({})
