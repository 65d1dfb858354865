"""`kind = "stdio"`, which is what a test is that names no kind."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from carrel.exercises.checkers import CheckerField, load_checker
from carrel.exercises.kinds.types import Context, TestTable
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.opinion import Examiner

TESTS = "tests"
"""The folder of NAME.in and NAME.out."""


class StdioTable(TestTable):
    """A test by standard input and output: either `input` and `expected`, or `file`."""

    kind: Literal["stdio"] = "stdio"
    input: str | None = None
    expected: str | None = None
    file: str | None = None
    args: list[str] = Field(default_factory=list)
    checker: CheckerField | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        inline = self.input is not None or self.expected is not None
        if inline == (self.file is not None):
            raise ValueError("give either `input` and `expected`, or `file`")
        if inline and self.expected is None:
            raise ValueError("give `expected` beside `input`")
        return self

    @property
    def own_name(self) -> str | None:
        """The name of its files."""
        return self.file

    def load(self, context: Context) -> JudgeTest:
        """Return the test with its files' content."""
        if self.file is None:
            given, expected = (self.input or "").encode(), (self.expected or "").encode()
        else:
            field = f"{context.field}.file"
            given = context.files.bytes(field, f"{TESTS}/{self.file}.in")
            expected = context.files.bytes(field, f"{TESTS}/{self.file}.out")
        checker = context.checker
        if self.checker is not None:
            checker = load_checker(self.checker, f"{context.field}.checker", context.files)
        if not isinstance(checker, Examiner) and (problem := checker.problem_with(expected)):
            field = "expected" if self.file is None else "file"
            context.files.problem(f"{context.field}.{field}", f"cannot be compared with: {problem}")
        return StdioTest(given, expected, checker, tuple(self.args))
