"""Programs of an exercise's own, as its tables name them: checkers and interactors."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field

from carrel.exercises.fields import LanguageName, Table
from carrel.exercises.files import Files
from carrel.judge.opinion import Convention, Examiner
from carrel.judge.teacher import TeacherProgram
from carrel.languages.registry import Language, language_of_file


class ProgramTable(Table):
    """A checker or interactor: a file of the exercise, and the convention it follows.

    `files` lie beside it, such as a header; `full` is how many of its points stand for all
    points of the test.
    """

    program: str
    language: LanguageName | None = None
    convention: Annotated[Convention, Field(strict=False)] = Convention.TESTLIB
    arguments: list[str] = Field(default_factory=list)
    files: list[str] = Field(default_factory=list)
    full: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] = 1.0

    def load(self, field: str, files: Files) -> Examiner:
        """Return the program; what is wrong with it is noted in `files`."""
        language = self.language or language_of_file(self.program)
        if language is None:
            files.problem(
                f"{field}.program", f"= {self.program!r} has no known extension; add language"
            )
        beside = tuple(
            (PurePosixPath(name).name, files.bytes(f"{field}.files", name)) for name in self.files
        )
        source = files.bytes(f"{field}.program", self.program)
        return Examiner(
            program=TeacherProgram(self.program, language or Language.PYTHON, source, beside),
            convention=self.convention,
            arguments=tuple(self.arguments),
            full=self.full,
        )
