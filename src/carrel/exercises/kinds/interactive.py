"""`kind = "interactive"`: the program talks to an interactor."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal

from carrel.exercises.kinds.stdio import TESTS
from carrel.exercises.kinds.types import Context, TestTable
from carrel.exercises.programs import ProgramTable
from carrel.judge.kinds.interactive import InteractiveTest
from carrel.judge.kinds.types import JudgeTest


class InteractiveTable(TestTable):
    """A test by conversation. `input` and `answer`, or the files, are the interactor's alone.

    `file = "large"` means `tests/large.in`, and `tests/large.ans` if that exists.
    """

    kind: Literal["interactive"]
    interactor: ProgramTable
    input: str = ""
    answer: str = ""
    file: str | None = None

    @property
    def own_name(self) -> str | None:
        """The name of its files."""
        return self.file

    def load(self, context: Context) -> JudgeTest:
        """Return the test with its files' content."""
        files = context.files
        given, answer = self.input.encode(), self.answer.encode()
        if self.file is not None:
            field = f"{context.field}.file"
            if self.input or self.answer:
                files.problem(field, f"= {self.file!r} stands beside input or answer; give one")
            given = files.bytes(field, f"{TESTS}/{self.file}.in")
            path = PurePosixPath(TESTS, f"{self.file}.ans")
            if path.name in files.names(field, str(path.parent)):
                answer = files.bytes(field, f"{TESTS}/{self.file}.ans")
        interactor = self.interactor.load(f"{context.field}.interactor", files)
        return InteractiveTest(interactor, given, answer)
