"""What a student may see of a grade.

Everything a student sees is made from these values, and they are made here
only. Of a hidden test they hold its points and verdict, its name if the teacher
allows it, and nothing else: not its data, not what the program printed or wrote to
stderr (it may have printed its input), not the exit code, CPU time or memory (a
program can choose those, and so carry a hidden input out a few bits at a time).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

from carrel.exercises.types import Exercise, Scoring
from carrel.grading.diagnostics import Diagnostic, diagnostics
from carrel.grading.difference import Difference, difference
from carrel.grading.grade import Grade, GradedTest
from carrel.grading.source import SourceFile
from carrel.grading.traces import Trace, trace
from carrel.judge.checkers.floats import Floats
from carrel.judge.checkers.text import Exact, Lenient, Tokens
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.verdict import Captured, PartVerdict, Verdict
from carrel.texts.message import ENGLISH, Message, Value, translated


@dataclass(frozen=True)
class TestTexts:
    """What the teacher says to whoever has passed a test, and to whoever has not."""

    __test__ = False  # not a test that pytest should collect

    passed: str = ""
    failed: str = ""


@dataclass(frozen=True)
class Disclosure:
    """What the teacher tells students: names of hidden tests, texts for tests by their name.

    A text belongs to the student even if its test is hidden: that is what it is for.
    """

    hidden_names: bool = False
    texts: Mapping[str, TestTexts] = field(default_factory=dict)


def disclosure_of(exercise: Exercise) -> Disclosure:
    """Return what an exercise's teacher tells students."""
    texts = {
        test.name: TestTexts(test.said_if_passed, test.said_if_failed)
        for test in exercise.tests
        if test.said_if_passed or test.said_if_failed
    }
    return Disclosure(exercise.hidden_names, texts)


@dataclass(frozen=True)
class PartDetails:
    """One part of a visible test, such as one unit test of a suite."""

    name: str
    verdict: Verdict
    reason: str
    score: float


@dataclass(frozen=True)
class TestDetails:
    """What a student sees of a visible test beyond its verdict; text is safe to show.

    `difference` is there after a wrong answer, `trace` after a crash that the runtime
    explained.
    """

    __test__ = False  # not a test that pytest should collect

    reason: str
    input: str
    expected: str
    actual: str
    stderr: str
    exit_code: int | None
    signal: str | None
    cpu_ms: int
    wall_ms: int
    memory_bytes: int
    difference: Difference | None = None
    trace: Trace | None = None
    parts: tuple[PartDetails, ...] = ()


@dataclass(frozen=True)
class StudentTest:
    """One test as the student sees it; `details` is None for a hidden one.

    `text` is the teacher's for this outcome, or empty.
    """

    name: str
    verdict: Verdict
    points: int
    earned: float
    hidden: bool
    details: TestDetails | None
    text: str = ""

    @property
    def passed(self) -> bool:
        """Whether the test was passed."""
        return self.verdict is Verdict.ACCEPTED


@dataclass(frozen=True)
class StudentGroup:
    """Tests that are counted together, as the student sees them."""

    name: str
    scoring: Scoring
    earned: float
    total: int


@dataclass(frozen=True)
class StudentView:
    """A graded submission as the student sees it, tests in the exercise's order.

    `compile_message` is what the compiler said, with the student's name of the file;
    `diagnostics` are the places in it. `isolation` names what the program ran in.
    """

    verdict: Verdict
    earned: float
    total: int
    percentage: float
    tests: tuple[StudentTest, ...]
    compile_message: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    groups: tuple[StudentGroup, ...] = ()
    isolation: str = ""

    @property
    def passed(self) -> bool:
        """Whether all tests were passed."""
        return self.verdict is Verdict.ACCEPTED

    def as_dict(self, language: str = ENGLISH) -> dict[str, Any]:
        """Return the view as values that JSON knows, sentences in `language`."""
        return {one.name: _plain(getattr(self, one.name), language) for one in fields(self)}


def student_view(
    grade: Grade, source: SourceFile | None = None, disclosure: Disclosure | None = None
) -> StudentView:
    """Return what the student may see of a grade.

    `source` is the program that was graded: with it, compile errors and crashes are told
    by their place in it. Nothing of hidden tests is disclosed by default.
    """
    policy = disclosure or Disclosure()
    tests = []
    hidden = 0
    for graded in grade.tests:
        hidden += graded.test.hidden
        tests.append(_test(graded, hidden, source, policy))
    return StudentView(
        verdict=grade.verdict,
        earned=grade.earned,
        total=grade.total,
        percentage=grade.percentage,
        tests=tuple(tests),
        compile_message=_compile_message(grade, source),
        diagnostics=_diagnostics(grade, source),
        groups=tuple(
            StudentGroup(part.group.name, part.group.scoring, part.earned, part.total)
            for part in grade.groups
        ),
        isolation=grade.isolation,
    )


def _compile_message(grade: Grade, source: SourceFile | None) -> str | None:
    said = grade.compile_message
    if said is None or source is None:
        return said
    if isinstance(said, Message):
        values = {name: _renamed(value, source) for name, value in said.values.items()}
        return Message(said.id, **values)
    return source.renamed(said)


def _renamed(value: Value, source: SourceFile) -> Value:
    quoted = isinstance(value, str) and not isinstance(value, Message)
    return source.renamed(str(value)) if quoted else value


def _diagnostics(grade: Grade, source: SourceFile | None) -> tuple[Diagnostic, ...]:
    if grade.compile_message is None or source is None:
        return ()
    return diagnostics(grade.compile_message, source)


def _test(
    graded: GradedTest, number: int, source: SourceFile | None, policy: Disclosure
) -> StudentTest:
    test, outcome = graded.test, graded.outcome
    named = policy.hidden_names or not test.hidden
    texts = policy.texts.get(test.name, TestTexts())
    return StudentTest(
        name=test.name if named else Message("hidden-test-name", number=number),
        verdict=outcome.verdict,
        points=test.points,
        earned=graded.earned,
        hidden=test.hidden,
        details=None if test.hidden else _details(graded, source),
        text=texts.passed if outcome.passed else texts.failed,
    )


def _details(graded: GradedTest, source: SourceFile | None) -> TestDetails:
    outcome = graded.outcome
    given, expected = graded.test.judge.shown
    stderr = outcome.stderr.text()
    crashed = outcome.verdict in (Verdict.RUNTIME_ERROR, Verdict.MEMORY_LIMIT)
    return TestDetails(
        reason=outcome.reason,
        input=_text(given),
        expected=_text(expected),
        actual=outcome.stdout.text(),
        stderr=stderr if source is None else source.renamed(stderr),
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        cpu_ms=outcome.cpu_ms,
        wall_ms=outcome.wall_ms,
        memory_bytes=outcome.memory_bytes,
        difference=_difference(graded, expected),
        trace=_trace(outcome.stderr, source) if crashed and source is not None else None,
        parts=tuple(_part(part) for part in outcome.parts),
    )


def _trace(stderr: Captured, source: SourceFile) -> Trace | None:
    """Return the trace in the last words, or else in the beginning: it may be longer than those."""
    texts = (data.decode("utf-8", "backslashreplace") for data in (stderr.end, stderr.data))
    return next(filter(None, (trace(text, source) for text in texts)), None)


def _difference(graded: GradedTest, expected: bytes) -> Difference | None:
    outcome, test = graded.outcome, graded.test.judge
    if outcome.verdict is not Verdict.WRONG_ANSWER or not isinstance(test, StdioTest):
        return None
    if not isinstance(test.checker, _LINE_BY_LINE):  # another output may be right as well
        return None
    # A comparison that forgives more than white space says itself which line is wrong.
    reason = outcome.reason
    line = reason.values.get("line") if isinstance(reason, Message) else None
    return difference(
        expected,
        outcome.stdout.data,
        cut=outcome.stdout.truncated,
        line=line if isinstance(line, int) else None,
    )


def _part(part: PartVerdict) -> PartDetails:
    return PartDetails(part.name, part.verdict, part.reason, part.score)


_SHOWN_BYTES = 64 * 1024
_LINE_BY_LINE = (Exact, Lenient, Tokens, Floats)


def _text(data: bytes) -> str:
    return Captured(data[:_SHOWN_BYTES], len(data)).text()


def _plain(value: Any, language: str) -> Any:
    """Return a value as JSON knows it, its messages in `language`."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name), language) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one, language) for one in value]
    if isinstance(value, Enum):
        return value.value
    return str(translated(value, language)) if isinstance(value, str) else value
