"""`kind = "call"`: a function is called, and `[functions.NAME]` says what it looks like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from carrel.exercises.fields import LanguageName, Table
from carrel.exercises.kinds.types import Context, TestTable
from carrel.judge.kinds.call import Call, CallTest, Raises
from carrel.judge.kinds.call_compare import DEFAULT_TOLERANCE, Rules
from carrel.judge.kinds.call_types import convert, refused_by
from carrel.judge.kinds.types import JudgeTest
from carrel.languages.harness.raises import ANY, FAMILIES
from carrel.languages.harness.registry import HARNESSES
from carrel.languages.harness.signature import (
    MAX_PARAMETERS,
    Signature,
    parse_name,
    parse_parameter,
)
from carrel.languages.harness.types import VOID, Kind, Type, parse_type
from carrel.languages.registry import Language

MAX_CALLS = 1000
_FOLDER = "tests"
_RAISES_NOTHING = frozenset({Language.C})


def _parameter(text: str) -> str:
    parse_parameter(text)
    return text


def _type(text: str) -> str:
    parse_type(text)
    return text


FunctionName = Annotated[str, AfterValidator(parse_name)]
_OwnName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$")]


class FunctionTable(Table):
    """`[functions.NAME]`: a function that students write, without a language.

    `changes` names the parameter that it changes in place; what a call is judged by is
    that parameter's value afterwards.
    """

    parameters: Annotated[
        list[Annotated[str, AfterValidator(_parameter)]], Field(max_length=MAX_PARAMETERS)
    ] = Field(default_factory=list)
    returns: Annotated[str, AfterValidator(_type)] = "void"
    changes: str | None = None
    names: dict[LanguageName, _OwnName] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [parse_parameter(text).name for text in self.parameters]
        if len(set(names)) < len(names):
            raise ValueError("two parameters have the same name")
        if self.changes is None:
            return self
        if self.changes not in names:
            raise ValueError(f"`changes` names no parameter; give one of {', '.join(names)}")
        if self.returns != "void":
            raise ValueError("with `changes`, leave `returns` out: the parameter is the result")
        kind = parse_parameter(self.parameters[names.index(self.changes)]).type
        if kind.kind not in (Kind.LIST, Kind.MAP):
            raise ValueError("only a list or a map can be changed in place")
        return self

    def signature(self, name: str) -> Signature:
        """Return the function `name` that the table describes."""
        parameters = tuple(map(parse_parameter, self.parameters))
        names = [parameter.name for parameter in parameters]
        changes = None if self.changes is None else names.index(self.changes)
        return Signature(name, parameters, parse_type(self.returns), changes, self.names)


class CallEntry(Table):
    """One `[[tests.calls]]`, or one object of a file of calls."""

    arguments: list[Any] = Field(default_factory=list)
    expected: Any = None
    raises: Literal[True] | str | dict[LanguageName, str] | None = None
    weight: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0

    @property
    def expects_value(self) -> bool:
        """Whether `expected` is given, be it as null in a file."""
        return "expected" in self.model_fields_set


_Entries = TypeAdapter(list[CallEntry])


class CallTable(TestTable):
    """A test by function calls: `calls`, or `file = "large"` for `tests/large.json`."""

    kind: Literal["call"]
    function: str
    calls: Annotated[list[CallEntry], Field(min_length=1, max_length=MAX_CALLS)] | None = None
    file: str | None = None
    any_order: bool = False
    tolerance: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = DEFAULT_TOLERANCE
    separate: bool = False

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.calls is None) == (self.file is None):
            raise ValueError("give either `calls` or `file`")
        return self

    @property
    def own_name(self) -> str | None:
        """The name of its file."""
        return self.file

    def load(self, context: Context) -> JudgeTest:
        """Return the test, every value checked against the function's types."""
        signature = context.functions.get(self.function)
        if signature is None:
            known = ", ".join(context.functions) or "none yet"
            context.files.problem(
                f"{context.field}.function",
                f"= {self.function!r} is not among [functions] ({known})",
            )
            return CallTest(Signature(self.function, (), VOID), ())
        self._check_languages(context, signature)
        if self.any_order and signature.result.kind is not Kind.LIST:
            context.files.problem(
                f"{context.field}.any_order", f"is for lists, and the result is {signature.result}"
            )
        calls = []
        for number, entry in enumerate(self._entries(context), 1):
            try:
                call = _call(entry, signature, context.languages)
            except ValueError as error:
                context.files.problem(f"{context.field}.calls[{number}]", f"is wrong: {error}")
            else:
                calls.append(call)
        rules = Rules(self.tolerance, self.any_order)
        return CallTest(signature, tuple(calls), rules, self.separate)

    def _check_languages(self, context: Context, signature: Signature) -> None:
        for language in context.languages:
            harness = HARNESSES.get(language)
            if harness is None:
                why = f"functions cannot be called in {language.value}"
            else:
                why = harness.refuses(signature) or ""
            if why:
                context.files.problem(
                    f"{context.field}.function",
                    f"= {self.function!r}: {why}; leave {language.value!r} out of `languages`",
                )

    def _entries(self, context: Context) -> Sequence[CallEntry]:
        if self.file is None:
            return self.calls or ()
        field, name = f"{context.field}.file", f"{_FOLDER}/{self.file}.json"
        text = context.files.text(field, name)
        if not text:
            context.files.problem(field, f"= {name!r} is empty")
            return ()
        try:
            entries = _Entries.validate_python(json.loads(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
            message = str(first["msg"])
            context.files.problem(field, f"= {name!r}: {where}: {message[:1].lower()}{message[1:]}")
            return ()
        except (ValueError, RecursionError) as error:
            context.files.problem(field, f"= {name!r} is no JSON: {error}")
            return ()
        if not 0 < len(entries) <= MAX_CALLS:
            context.files.problem(
                field, f"= {name!r} has {len(entries)} calls; give 1 to {MAX_CALLS}"
            )
        return entries[:MAX_CALLS]


def _call(entry: CallEntry, signature: Signature, languages: Sequence[Language]) -> Call:
    """Return the call of an entry; ValueError says what is wrong with it."""
    wanted, given = len(signature.parameters), len(entry.arguments)
    if wanted != given:
        raise ValueError(f"{given} arguments are given, and {signature} has {wanted}")
    arguments = tuple(
        convert(value, parameter.type, f"arguments[{number}]")
        for number, (value, parameter) in enumerate(
            zip(entry.arguments, signature.parameters, strict=True), 1
        )
    )
    expected = _expected(entry, signature.result, languages)
    for language in languages:
        named = [(f"arguments[{n}]", value) for n, value in enumerate(arguments, 1)]
        if not isinstance(expected, Raises):
            named.append(("expected", expected))
        for where, value in named:
            if (why := refused_by(language, value, where)) is not None:
                raise ValueError(f"{why}; leave {language.value!r} out of `languages`")
    return Call(arguments, expected, entry.weight)


def _expected(entry: CallEntry, result: Type, languages: Sequence[Language]) -> Any:
    if entry.raises is not None:
        if entry.expects_value:
            raise ValueError("give either `expected` or `raises`")
        return _raises(entry.raises, languages)
    if result == VOID:
        if entry.expects_value:
            raise ValueError("`expected` is given, and the function returns nothing")
        return None
    if not entry.expects_value:
        raise ValueError("give `expected`, or `raises` for an error")
    return convert(entry.expected, result, "expected")


def _raises(
    wanted: Literal[True] | str | dict[Language, str], languages: Sequence[Language]
) -> Raises:
    silent = [language.value for language in languages if language in _RAISES_NOTHING]
    if silent:
        raise ValueError(f"nothing can be raised in {silent[0]}; leave it out of `languages`")
    if isinstance(wanted, dict):
        missing = [one.value for one in languages if one not in wanted]
        if missing:
            raise ValueError(f"`raises` names no class for {', '.join(missing)}")
        return Raises(ANY, tuple(wanted.items()))
    if wanted is True or wanted == ANY:
        return Raises()
    if wanted not in FAMILIES:
        raise ValueError(
            f"`raises` = {wanted!r} is not known; give true, {', '.join(FAMILIES)}, "
            "or a class for each language"
        )
    return Raises(wanted)
