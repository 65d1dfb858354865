"""What the tables of frameworks for unit tests have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from carrel.exercises.fields import Seconds
from carrel.exercises.kinds.types import Context, TestTable
from carrel.judge.kinds.unit.suite import TestFile, Weights
from carrel.languages.registry import Language

Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class SuiteTable(TestTable):
    """`files` of tests, how much each unit test counts, and how long it may take."""

    files: Annotated[list[str], Field(min_length=1, max_length=50)]
    weights: dict[str, Annotated[Weight, Field(strict=False)]] = Field(default_factory=dict)
    time: Annotated[Seconds, Field(strict=False)] | None = None

    @property
    def time_ms(self) -> int | None:
        """The time of one unit test, in milliseconds."""
        return None if self.time is None else round(self.time * 1000)

    @property
    def given_weights(self) -> Weights:
        """The weights as the judge wants them."""
        return Weights.from_mapping(self.weights)

    def test_files(self, context: Context) -> tuple[TestFile, ...]:
        """Return the files of tests; problems are noted."""
        return self.read_files(context, "files", self.files)

    def read_files(
        self, context: Context, key: str, names: Sequence[str], beside: Sequence[TestFile] = ()
    ) -> tuple[TestFile, ...]:
        """Return the files that `key` names; they lie in one folder with those of `beside`.

        What cannot be read, or would replace another file, is noted as a problem.
        """
        found: list[TestFile] = []
        for number, name in enumerate(names, 1):
            field = f"{context.field}.{key}[{number}]"
            data = context.files.bytes(field, name)
            stem = name.rsplit("/", 1)[-1]
            if any(stem == one.name for one in (*beside, *found)):
                context.files.problem(field, f"= {name!r} has the name of another file")
            found.append(TestFile(stem, data))
        return tuple(found)

    def check_language(self, context: Context, *fit: Language) -> None:
        """Note a problem if the exercise allows languages that the framework is not for."""
        others = [one.value for one in context.languages if one not in fit]
        if others:
            names = ", ".join(one.value for one in fit)
            context.files.problem(
                f"{context.field}.kind", f"is for {names}; `languages` has {', '.join(others)}"
            )

    def check_weights(self, context: Context, known: Iterable[str]) -> None:
        """Note a problem for each weight of a unit test that is not there."""
        for name in self.given_weights.unknown(known):
            context.files.problem(
                f"{context.field}.weights", f"has {name!r}, which is no unit test of its files"
            )
