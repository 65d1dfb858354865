"""`kind = "rules"`: what the program must or must not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from carrel.exercises.fields import LanguageName, Table, Title
from carrel.exercises.kinds.types import Context, TestTable
from carrel.judge.kinds.rules import RulesTest, TaughtRule
from carrel.judge.kinds.types import JudgeTest
from carrel.languages.structure.constructs import ALIASES, NAMES
from carrel.languages.structure.rules import Rule, Subject, refusal

_MOST_RULES = 100
_LONGEST = 4000

Word = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=10_000)]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Words = Annotated[
    list[Word],
    BeforeValidator(_listed, json_schema_input_type=Word | list[Word]),
    Field(min_length=1, max_length=50),
]


def _subjects(value: Any) -> Any:
    """Turn `"loop"`, `["for", "while"]` and `{ call = "sorted" }` into a list of tables."""
    found = value if isinstance(value, list) else [value]
    return [_named(one) if isinstance(one, str) else one for one in found]


def _named(name: str) -> dict[str, Any]:
    return {"docstring": True} if name == "docstring" else {"construct": name}


_FIELDS = {
    Subject.CONSTRUCT: "construct_",
    Subject.IMPORT: "import_",
    Subject.CLASS: "class_",
}
"""The subjects whose names pydantic or Python need for themselves."""


class SubjectTable(Table):
    """What a rule is about: exactly one subject, and how often it may be found."""

    construct_: Words | None = Field(default=None, alias="construct")
    call: Words | None = None
    method: Words | None = None
    import_: Words | None = Field(default=None, alias="import")
    name: Words | None = None
    operator: Words | None = None
    literal: Words | None = None
    function: Words | None = None
    class_: Words | None = Field(default=None, alias="class")
    docstring: Words | Literal[True] | None = None
    query: Annotated[str, Field(min_length=1, max_length=_LONGEST)] | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    parameters: Annotated[int, Field(ge=0, le=100)] | list[Word] | None = None
    methods: list[Word] = Field(default_factory=list)
    extends: Word | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [subject.value for subject, value in self.subjects() if value is not None]
        if len(given) != 1:
            known = ", ".join(f"`{subject.value}`" for subject, _ in self.subjects())
            raise ValueError(f"give exactly one of {known}")
        if self.parameters is not None and self.function is None:
            raise ValueError("`parameters` belongs to `function`")
        if (self.methods or self.extends) and self.class_ is None:
            raise ValueError("`methods` and `extends` belong to `class`")
        if self.at_most is not None and self.at_most < (self.at_least or 0):
            raise ValueError("`at_most` is less than `at_least`")
        return self

    def subjects(self) -> Iterator[tuple[Subject, Any]]:
        """Yield every subject with what was given for it."""
        for subject in Subject:
            if subject is not Subject.MEASURE:
                yield subject, getattr(self, _FIELDS.get(subject, subject.value))

    def rule(self) -> Rule:
        """Return the rule, not yet saying how often."""
        subject, value = next((s, v) for s, v in self.subjects() if v is not None)
        names = () if value is True else (value,) if isinstance(value, str) else tuple(value)
        if subject is Subject.CONSTRUCT:
            names = tuple(ALIASES.get(name, name) for name in names)
        wanted = self.parameters
        return Rule(
            subject,
            names,
            parameters=wanted if isinstance(wanted, int) else None,
            parameter_names=tuple(wanted) if isinstance(wanted, list) else None,
            methods=tuple(self.methods),
            extends=self.extends,
        )


Subjects = Annotated[
    list[SubjectTable],
    BeforeValidator(
        _subjects, json_schema_input_type=Word | SubjectTable | list[Word | SubjectTable]
    ),
    Field(min_length=1, max_length=50),
]


class MeasuresTable(Table):
    """The largest values that are allowed."""

    nesting: Annotated[int, Field(ge=0, le=100)] | None = None
    function_lines: Annotated[int, Field(ge=1, le=10_000)] | None = None
    parameters: Annotated[int, Field(ge=0, le=100)] | None = None
    complexity: Annotated[int, Field(ge=1, le=1000)] | None = None
    lines: Annotated[int, Field(ge=1, le=100_000)] | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not list(self.given()):
            raise ValueError("give one of " + ", ".join(f"`{n}`" for n in type(self).model_fields))
        return self

    def given(self) -> Iterator[tuple[str, int]]:
        """Yield the measures that are limited, by the names that rules use."""
        for name in type(self).model_fields:
            if (value := getattr(self, name)) is not None:
                yield name.replace("_", "-"), value


class RuleTable(Table):
    """One `[[tests.rules]]`: exactly one of `require`, `forbid` and `limit`."""

    require: Subjects | None = None
    forbid: Subjects | None = None
    limit: MeasuresTable | None = None
    within: Word | None = None
    name: Title | None = None
    message: Annotated[str, Field(min_length=1, max_length=_LONGEST)] | None = None
    weight: Annotated[float, Field(gt=0, le=1000, strict=False)] = 1.0
    languages: Annotated[list[LanguageName], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [table for table in (self.require, self.forbid, self.limit) if table is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of `require`, `forbid` and `limit`")
        for subject in self.forbid or ():
            if subject.at_least is not None or subject.at_most is not None:
                raise ValueError("what is forbidden is not counted; use `require` with `at_most`")
            if subject.docstring is not None:
                raise ValueError("`docstring` can only be required")
        queries = [s for s in (*(self.require or ()), *(self.forbid or ())) if s.query is not None]
        if queries and self.message is None:
            raise ValueError("give a `message`: nobody can guess what a query looks for")
        return self

    def rules(self) -> Iterator[Rule]:
        """Yield the rules that this table stands for."""
        for subject in self.require or ():
            least = subject.at_least
            if least is None:
                least = 0 if subject.at_most is not None else 1
            yield replace(subject.rule(), least=least, most=subject.at_most, within=self.within)
        for subject in self.forbid or ():
            yield replace(subject.rule(), most=0, within=self.within)
        for measure, value in self.limit.given() if self.limit is not None else ():
            yield Rule(Subject.MEASURE, (measure,), limit=value, within=self.within)


class RulesTable(TestTable):
    """A test that holds the program against rules; with `points = 0` it is advice."""

    kind: Literal["rules"]
    rules: Annotated[list[RuleTable], Field(min_length=1, max_length=_MOST_RULES)]

    def load(self, context: Context) -> JudgeTest:
        """Return the test; a rule that one of the languages cannot express is a problem."""
        taught = []
        for number, table in enumerate(self.rules, 1):
            field = f"{context.field}.rules[{number}]"
            languages = table.languages or context.languages
            for rule in table.rules():
                self._check(context, field, rule, [language.value for language in languages])
                taught.append(
                    TaughtRule(
                        rule,
                        name=table.name or "",
                        message=table.message or "",
                        weight=table.weight,
                        languages=tuple(language.value for language in table.languages or ()),
                    )
                )
        for language in context.languages:
            if not any(not one.languages or language.value in one.languages for one in taught):
                context.files.problem(
                    f"{context.field}.rules", f"has no rule for programs in {language.value}"
                )
        return RulesTest(tuple(taught), advice=self.points == 0)

    def _check(self, context: Context, field: str, rule: Rule, languages: list[str]) -> None:
        unknown = [n for n in rule.names if rule.subject is Subject.CONSTRUCT and n not in NAMES]
        if unknown:
            known = ", ".join(f"`{name}`" for name in NAMES)
            context.files.problem(field, f"names the construct {unknown[0]!r}; known are {known}")
            return
        for language in languages:
            if (why := refusal(rule, language)) is not None:
                advice = "add `languages` to limit the rule to those that it holds for"
                context.files.problem(field, f"cannot be held: {why}; {advice}")
