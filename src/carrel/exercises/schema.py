"""The shape of exercise.toml. Written for people: see docs/reference/exercise-format.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, create_model, model_validator

from carrel.exercises.checkers import DEFAULT, CheckerField
from carrel.exercises.fields import (
    LanguageName,
    Memory,
    Output,
    Points,
    Seconds,
    Table,
    Title,
)
from carrel.exercises.kinds import AnyTestTable
from carrel.exercises.kinds.call import FunctionName, FunctionTable
from carrel.exercises.types import Scoring
from carrel.judge.verdict import Verdict
from carrel.languages.registry import GENERAL, Language

MAX_TESTS = 1000


class LimitsTable(Table):
    """`[limits]`, or `[limits.LANGUAGE]`, where what is not given comes from `[limits]`."""

    time: Seconds | None = None
    idle: Seconds | None = None
    memory: Memory | None = None
    output: Output | None = None
    processes: Annotated[int, Field(ge=1, le=128)] | None = None


if TYPE_CHECKING:
    _LimitsByLanguage = LimitsTable
else:
    _LimitsByLanguage = create_model(
        "_LimitsByLanguage",
        __base__=LimitsTable,
        **{language.value: (LimitsTable, LimitsTable()) for language in Language},
    )


class AllLimitsTable(_LimitsByLanguage):
    """`[limits]` with a table for each language, by its name."""


_SomePoints = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SolutionTable(Table):
    """One `[[solutions]]`: either a `verdict`, or what its tests' verdicts may and must be.

    `points` are a number, or the least and the most.
    """

    file: str
    files: list[str] = Field(default_factory=list)
    language: LanguageName | None = None
    verdict: Annotated[Verdict, Field(strict=False)] | None = None
    permitted: list[Annotated[Verdict, Field(strict=False)]] = Field(default_factory=list)
    required: list[Annotated[Verdict, Field(strict=False)]] = Field(default_factory=list)
    points: _SomePoints | Annotated[list[_SomePoints], Field(min_length=2, max_length=2)] | None = (
        None
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.verdict is not None and (self.permitted or self.required):
            raise ValueError("give either `verdict`, or `permitted` and `required`")
        return self


class HintTable(Table):
    """One `[[hints]]`; a text alone is given after as many attempts as its place says."""

    text: Annotated[str, Field(min_length=1)]
    after_attempts: Annotated[int, Field(ge=0, le=1000)] = 0
    below_score: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] | None = None


class GroupTable(Table):
    """One `[[groups]]`."""

    name: Title
    scoring: Annotated[Scoring, Field(strict=False)] = Scoring.SUM
    points: Points | None = None
    requires: list[str] = Field(default_factory=list)


class MetadataTable(Table):
    """`[metadata]`."""

    tags: list[str] = Field(default_factory=list)
    difficulty: Literal["easy", "medium", "hard"] | None = None
    licence: str | None = None
    authors: list[str] = Field(default_factory=list)
    source: str | None = None


class ExerciseTable(Table):
    """The whole of exercise.toml."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Title
    statement: str = "statement.md"
    languages: Annotated[list[LanguageName], Field(min_length=1)] = Field(
        default_factory=lambda: list(GENERAL)
    )
    checker: CheckerField = DEFAULT
    hints: list[str | HintTable] = Field(default_factory=list)
    hidden_names: bool = False
    data: list[str] = Field(default_factory=list)
    metadata: MetadataTable = MetadataTable()
    groups: list[GroupTable] = Field(default_factory=list)
    limits: AllLimitsTable = AllLimitsTable()
    functions: dict[FunctionName, FunctionTable] = Field(default_factory=dict)
    tests: Annotated[list[AnyTestTable], Field(max_length=MAX_TESTS)] | None = None
    starter: dict[LanguageName, str] = Field(default_factory=dict)
    solutions: list[SolutionTable] = Field(default_factory=list)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of exercise.toml."""
    schema = ExerciseTable.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
