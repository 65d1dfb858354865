"""Grades as they are kept: once as the teacher sees them, once as the student does.

The student's half is made from `StudentView` alone, so it holds what that holds and
nothing else; a report for students reads only that half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from carrel.core.sizes import KIB
from carrel.grading.difference import DiffLine
from carrel.grading.feedback import describe, feedback
from carrel.grading.student import PartDetails, StudentTest, StudentView, TestDetails
from carrel.grading.submission import GradedSubmission
from carrel.texts.message import ENGLISH, LANGUAGES, Message, translated

_KEPT = 4 * KIB
"""Characters of one text; the whole of it is what a single `carrel grade` shows."""

_PARTS = 200


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class LineRecord(_Record):
    """A line of a difference; `side` is `both`, `expected` or `actual`."""

    side: str
    number: int
    text: str


class PartRecord(_Record):
    """One part of a test, such as one unit test of a suite."""

    name: str
    verdict: str
    reason: str


class DetailsRecord(_Record):
    """What a program did in a test; `notes` explain the marks in `diff`.

    Texts are kept of failed tests only, `actual` where there is no difference to show.
    """

    input: str = ""
    actual: str = ""
    stderr: str = ""
    exit_code: int | None
    signal: str | None
    cpu_ms: int
    wall_ms: int
    memory_bytes: int
    diff: tuple[LineRecord, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[PartRecord, ...] = ()


class TestRecord(_Record):
    """How one test came out; `sentence` says it in words, `text` is the teacher's.

    `label` is what to call it on a page, hidden ones marked.
    """

    __test__ = False  # not a test that pytest should collect

    name: str
    label: str
    verdict: str
    earned: float
    points: float
    hidden: bool
    sentence: str
    text: str = ""
    details: DetailsRecord | None = None


class GroupRecord(_Record):
    """Tests that are counted together."""

    name: str
    earned: float
    total: float


class GradeRecord(_Record):
    """A grade for one kind of reader; `sentences` tell it, most important first.

    `hints` are the student's; a teacher knows them from the exercise.
    """

    verdict: str
    earned: float
    total: float
    compile_message: str | None
    tests: tuple[TestRecord, ...]
    groups: tuple[GroupRecord, ...] = ()
    sentences: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def percentage(self) -> float:
        """Earned of total, 0 to 100."""
        return self.earned / self.total * 100 if self.total > 0 else 0.0


class Stored(_Record):
    """A grade for the teacher, and for the student in each language there is.

    `isolation` names what the program ran in; empty in grades of before it was kept.
    """

    teacher: GradeRecord
    student: Mapping[str, GradeRecord]
    isolation: str = ""


def store(graded: GradedSubmission) -> Stored:
    """Return a grade as it is kept.

    The program goes by the name that it has in the sandbox: several students may have
    handed in the same one under names of their own.
    """
    staff = graded.staff
    return Stored(
        teacher=_Writer(ENGLISH, staff.hidden).grade(staff.view),
        student={
            code: _Writer(code, staff.hidden).grade(graded.view, graded.hints) for code in LANGUAGES
        },
        isolation=graded.isolation,
    )


def words(verdict: str) -> str:
    """Return a verdict as a person reads it."""
    return verdict.replace("-", " ")


class _Writer:
    """Writes a view down in one language."""

    def __init__(self, language: str, hidden: Sequence[bool]) -> None:
        self._language = language
        self._hidden = hidden

    def grade(self, view: StudentView, hints: Sequence[str] = ()) -> GradeRecord:
        message = view.compile_message
        return GradeRecord(
            verdict=view.verdict.value,
            earned=view.earned,
            total=view.total,
            compile_message=None if message is None else self._say(message),
            tests=tuple(
                self._test(test, hidden=hidden)
                for test, hidden in zip(view.tests, self._hidden, strict=True)
            ),
            groups=tuple(
                GroupRecord(name=self._say(g.name), earned=g.earned, total=g.total)
                for g in view.groups
            ),
            sentences=tuple(self._say(sentence) for sentence in feedback(view).sentences),
            hints=tuple(self._say(hint) for hint in hints),
        )

    def _test(self, test: StudentTest, *, hidden: bool) -> TestRecord:
        named = hidden and not isinstance(test.name, Message)
        return TestRecord(
            name=self._say(test.name),
            label=self._say(
                Message("named-hidden-test", name=str(test.name)) if named else test.name
            ),
            verdict=test.verdict.value,
            earned=test.earned,
            points=test.points,
            hidden=hidden,
            sentence=self._say(describe(test)),
            text=self._say(test.text),
            details=None
            if test.details is None
            else self._details(test.details, passed=test.passed),
        )

    def _details(self, details: TestDetails, *, passed: bool) -> DetailsRecord:
        measured = DetailsRecord(
            exit_code=details.exit_code,
            signal=details.signal,
            cpu_ms=details.cpu_ms,
            wall_ms=details.wall_ms,
            memory_bytes=details.memory_bytes,
        )
        if passed:
            return measured
        found = details.difference
        return measured.model_copy(
            update={
                "input": self._say(details.input),
                "actual": self._say(details.actual) if found is None else "",
                "stderr": self._say(details.stderr),
                "diff": () if found is None else tuple(map(self._line, found.lines)),
                "notes": () if found is None else tuple(map(self._say, found.notes)),
                "parts": tuple(map(self._part, details.parts[:_PARTS])),
            }
        )

    def _line(self, line: DiffLine) -> LineRecord:
        return LineRecord(side=line.side, number=line.number, text=self._say(line.text))

    def _part(self, part: PartDetails) -> PartRecord:
        name, reason = self._say(part.name), self._say(part.reason)
        return PartRecord(name=name, verdict=part.verdict.value, reason=reason)

    def _say(self, text: str) -> str:
        """Return a text in the language, cut to what is kept.

        A lone surrogate would not survive being written.
        """
        said = str(translated(text, self._language))
        kept = said[:_KEPT].encode("utf-8", "backslashreplace").decode()
        if len(said) <= _KEPT:
            return kept
        return f"{kept}\n[cut: {_KEPT:,} of {len(said):,} characters]"
