"""The shape of exercise.toml. Written for people: see docs/reference/exercise-format.md."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from carrel.exercises.checkers import CheckerField
from carrel.exercises.fields import (
    LanguageName,
    Memory,
    Output,
    Seconds,
    Table,
    Title,
)
from carrel.exercises.kinds import AnyTestTable
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language

MAX_TESTS = 1000


class LimitsTable(Table):
    """`[limits]`, or `[limits.LANGUAGE]`, where what is not given comes from `[limits]`."""

    time: Seconds | None = None
    idle: Seconds | None = None
    memory: Memory | None = None
    output: Output | None = None
    processes: Annotated[int, Field(ge=1, le=128)] | None = None


class AllLimitsTable(LimitsTable):
    """`[limits]` with its tables per language."""

    python: LimitsTable = LimitsTable()
    javascript: LimitsTable = LimitsTable()
    java: LimitsTable = LimitsTable()
    cpp: LimitsTable = LimitsTable()
    c: LimitsTable = LimitsTable()


class SolutionTable(Table):
    """One `[[solutions]]`."""

    file: str
    language: LanguageName | None = None
    verdict: Annotated[Verdict, Field(strict=False)] = Verdict.ACCEPTED
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class ExerciseTable(Table):
    """The whole of exercise.toml."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Title
    statement: str = "statement.md"
    languages: Annotated[list[LanguageName], Field(min_length=1)] = Field(
        default_factory=lambda: list(Language)
    )
    checker: CheckerField = "lenient"
    hints: list[str] = Field(default_factory=list)
    limits: AllLimitsTable = AllLimitsTable()
    tests: Annotated[list[AnyTestTable], Field(max_length=MAX_TESTS)] | None = None
    starter: dict[LanguageName, str] = Field(default_factory=dict)
    solutions: list[SolutionTable] = Field(default_factory=list)
