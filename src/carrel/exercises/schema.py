"""The shape of exercise.toml. Written for people: see docs/reference/exercise-format.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, KIB, parse_size
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import MAX_MEMORY, MIN_MEMORY

MAX_POINTS = 10_000
MAX_TESTS = 1000


def _size(minimum: int, maximum: int) -> BeforeValidator:
    def parse(value: Any) -> int:
        try:
            return parse_size(value, field="size", minimum=minimum, maximum=maximum)
        except InvalidValueError as error:
            raise ValueError(error.allowed) from None

    return BeforeValidator(parse)


def _language(value: Any) -> Language:
    try:
        return Language(value)
    except ValueError:
        raise ValueError("give one of " + ", ".join(Language)) from None


LanguageName = Annotated[Language, BeforeValidator(_language)]
Memory = Annotated[int, _size(MIN_MEMORY, MAX_MEMORY)]
Output = Annotated[int, _size(KIB, GIB)]
Seconds = Annotated[float, Field(ge=0.05, le=600, allow_inf_nan=False)]
Points = Annotated[int, Field(ge=0, le=MAX_POINTS)]
Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(str.strip)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LimitsTable(_Table):
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


class TestTable(_Table):
    """One `[[tests]]`: either `input` and `expected`, or `file`."""

    __test__ = False  # not a test that pytest should collect

    name: Title | None = None
    input: str | None = None
    expected: str | None = None
    file: str | None = None
    points: Points = 1
    hidden: bool = False

    @model_validator(mode="after")
    def _either(self) -> TestTable:
        inline = self.input is not None or self.expected is not None
        if inline == (self.file is not None):
            raise ValueError("give either `input` and `expected`, or `file`")
        if inline and self.expected is None:
            raise ValueError("give `expected` beside `input`")
        return self


class SolutionTable(_Table):
    """One `[[solutions]]`."""

    file: str
    language: LanguageName | None = None
    verdict: Annotated[Verdict, Field(strict=False)] = Verdict.ACCEPTED
    points: Points | None = None


class ExerciseTable(_Table):
    """The whole of exercise.toml."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Title
    statement: str = "statement.md"
    languages: Annotated[list[LanguageName], Field(min_length=1)] = Field(
        default_factory=lambda: list(Language)
    )
    checker: Literal["lenient", "exact"] = "lenient"
    hints: list[str] = Field(default_factory=list)
    limits: AllLimitsTable = AllLimitsTable()
    tests: Annotated[list[TestTable], Field(max_length=MAX_TESTS)] | None = None
    starter: dict[LanguageName, str] = Field(default_factory=dict)
    solutions: list[SolutionTable] = Field(default_factory=list)
