"""Grades as they are kept: once as the teacher sees them, once as the student does.

The student's half is made from `StudentView` alone, so it holds what that holds and
nothing else; a report for students reads only that half.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from carrel.core.sizes import KIB
from carrel.grading.grade import Grade
from carrel.grading.source import SourceFile
from carrel.grading.student import Disclosure, StudentTest, StudentView, TestDetails, student_view
from carrel.judge.plan import Submission

_KEPT = 8 * KIB
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
    """What a program did in a test; `notes` explain the marks in `diff`."""

    input: str
    expected: str
    actual: str
    stderr: str
    exit_code: int | None
    signal: str | None
    cpu_ms: int
    wall_ms: int
    memory_bytes: int
    diff: tuple[LineRecord, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[PartRecord, ...] = ()


class TestRecord(_Record):
    """How one test came out; `sentence` says it in words, `text` is the teacher's."""

    __test__ = False  # not a test that pytest should collect

    name: str
    verdict: str
    earned: float
    points: float
    hidden: bool
    sentence: str
    text: str = ""
    details: DetailsRecord | None = None


class GradeRecord(_Record):
    """A grade for one kind of reader."""

    verdict: str
    earned: float
    total: float
    compile_message: str | None
    tests: tuple[TestRecord, ...]

    @property
    def percentage(self) -> float:
        """Earned of total, 0 to 100."""
        return self.earned / self.total * 100 if self.total > 0 else 0.0


class Stored(_Record):
    """A grade for both kinds of reader."""

    teacher: GradeRecord
    student: GradeRecord


def store(grade: Grade, submission: Submission, disclosure: Disclosure | None = None) -> Stored:
    """Return a grade as it is kept.

    The program goes by the name that it has in the sandbox: several students may have
    handed in the same one under names of their own.
    """
    source = SourceFile.of(submission)
    hidden = [graded.test.hidden for graded in grade.tests]
    shown = tuple(replace(g, test=replace(g.test, hidden=False)) for g in grade.tests)
    return Stored(
        teacher=_record(student_view(replace(grade, tests=shown), source), hidden),
        student=_record(student_view(grade, source, disclosure), hidden),
    )


def words(verdict: str) -> str:
    """Return a verdict as a person reads it."""
    return verdict.replace("-", " ")


def _record(view: StudentView, hidden: list[bool]) -> GradeRecord:
    message = view.compile_message
    return GradeRecord(
        verdict=view.verdict.value,
        earned=view.earned,
        total=view.total,
        compile_message=None if message is None else _text(message),
        tests=tuple(_test(t, hidden=h) for t, h in zip(view.tests, hidden, strict=True)),
    )


def _test(test: StudentTest, *, hidden: bool) -> TestRecord:
    return TestRecord(
        name=_text(test.name),
        verdict=test.verdict.value,
        earned=test.earned,
        points=test.points,
        hidden=hidden,
        sentence=_sentence(test),
        text=_text(test.text),
        details=None if test.details is None else _details(test.details),
    )


def _sentence(test: StudentTest) -> str:
    reason = test.details.reason if test.details and not test.passed else ""
    return _text(f"{test.name}: {test.verdict.words}" + (f", {reason}" if reason else ""))


def _details(details: TestDetails) -> DetailsRecord:
    found = details.difference
    lines = () if found is None else found.lines
    return DetailsRecord(
        input=_text(details.input),
        expected=_text(details.expected),
        actual=_text(details.actual),
        stderr=_text(details.stderr),
        exit_code=details.exit_code,
        signal=details.signal,
        cpu_ms=details.cpu_ms,
        wall_ms=details.wall_ms,
        memory_bytes=details.memory_bytes,
        diff=tuple(
            LineRecord(side=line.side, number=line.number, text=_text(line.text)) for line in lines
        ),
        notes=() if found is None else tuple(_text(note) for note in found.notes),
        parts=tuple(
            PartRecord(name=_text(p.name), verdict=p.verdict.value, reason=_text(p.reason))
            for p in details.parts[:_PARTS]
        ),
    )


def _text(text: str) -> str:
    """Return a text cut to what is kept; a lone surrogate would not survive being written."""
    kept = text[:_KEPT].encode("utf-8", "backslashreplace").decode()
    if len(text) <= _KEPT:
        return kept
    return f"{kept}\n[cut: {_KEPT:,} of {len(text):,} characters]"
