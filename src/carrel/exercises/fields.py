"""What the fields of an exercise.toml may hold; the tables are made of these."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, KIB, parse_size
from carrel.languages.registry import Language
from carrel.sandbox.limits import MAX_MEMORY, MIN_MEMORY

MAX_POINTS = 10_000


class Table(BaseModel):
    """A table of exercise.toml: strict, and nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
