"""What the tables of all kinds of test have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as having

from carrel.exercises.fields import Points, Table, Title
from carrel.exercises.files import Files
from carrel.judge.checkers.comparison import Comparison
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.opinion import Examiner
from carrel.languages.harness.signature import Signature
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits


@dataclass(frozen=True)
class Context:
    """What a test's table may need to know of its exercise.

    `field` is where the table stands, such as `tests[2]`; `files` reads what it names and
    collects problems.
    """

    field: str
    files: Files
    languages: tuple[Language, ...]
    limits: Mapping[Language, RunLimits]
    checker: Comparison | Examiner
    functions: Mapping[str, Signature] = having(default_factory=dict)


class TextsTable(Table):
    """`feedback`: what the teacher says after a test, to whoever passed it or did not."""

    passed: str = ""
    failed: str = ""


class TestTable(Table):
    """One `[[tests]]`; each kind adds its fields, and a `kind: Literal[...]`."""

    __test__ = False  # not a test that pytest should collect

    name: Title | None = None
    points: Points = 1
    hidden: bool = False
    group: str | None = None
    feedback: TextsTable = TextsTable()

    @property
    def own_name(self) -> str | None:
        """The name to take when the table gives none; None numbers the test."""
        return None

    def load(self, context: Context) -> JudgeTest:
        """Return the test; what is wrong is noted in `context.files`."""
        raise NotImplementedError
