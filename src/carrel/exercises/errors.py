"""The error of an exercise that cannot be used as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from carrel.core.errors import InvalidValueError


class ExerciseError(InvalidValueError):
    """An exercise folder is wrong; each problem names its file, field and value."""

    def __init__(self, folder: Path, problems: Sequence[str]) -> None:
        """Take the folder and at least one problem, each a sentence."""
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__("exercise", str(folder), f"correct this:{lines}")
        self.folder = folder
        self.problems = tuple(problems)
