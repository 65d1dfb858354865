"""What a student may see of a grade.

Everything a student sees is made from these values, and they are made here
only. Of a hidden test they hold its name, points and verdict and nothing else:
not its data, not what the program printed or wrote to stderr (it may have
printed its input), not the exit code, CPU time or memory (a program can choose
those, and so carry a hidden input out a few bits at a time).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from carrel.grading.grade import Grade, GradedTest
from carrel.judge.verdict import Captured, Verdict


@dataclass(frozen=True)
class TestDetails:
    """What a student sees of a visible test beyond its verdict; text is safe to show."""

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


@dataclass(frozen=True)
class StudentTest:
    """One test as the student sees it; `details` is None for a hidden one."""

    name: str
    verdict: Verdict
    points: int
    earned: float
    hidden: bool
    details: TestDetails | None

    @property
    def passed(self) -> bool:
        """Whether the test was passed."""
        return self.verdict is Verdict.ACCEPTED


@dataclass(frozen=True)
class StudentView:
    """A graded submission as the student sees it, tests in the exercise's order."""

    verdict: Verdict
    earned: float
    total: int
    percentage: float
    tests: tuple[StudentTest, ...]
    compile_message: str | None

    @property
    def passed(self) -> bool:
        """Whether all tests were passed."""
        return self.verdict is Verdict.ACCEPTED

    def as_dict(self) -> dict[str, Any]:
        """Return the view as values that JSON knows."""
        return asdict(self)


def student_view(grade: Grade) -> StudentView:
    """Return what the student may see of a grade."""
    return StudentView(
        verdict=grade.verdict,
        earned=grade.earned,
        total=grade.total,
        percentage=grade.percentage,
        tests=tuple(_test(graded) for graded in grade.tests),
        compile_message=grade.compile_message,
    )


def _test(graded: GradedTest) -> StudentTest:
    return StudentTest(
        name=graded.test.name,
        verdict=graded.outcome.verdict,
        points=graded.test.points,
        earned=graded.earned,
        hidden=graded.test.hidden,
        details=None if graded.test.hidden else _details(graded),
    )


def _details(graded: GradedTest) -> TestDetails:
    outcome = graded.outcome
    given, expected = graded.test.judge.shown
    return TestDetails(
        reason=outcome.reason,
        input=_text(given),
        expected=_text(expected),
        actual=outcome.stdout.text(),
        stderr=outcome.stderr.text(),
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        cpu_ms=outcome.cpu_ms,
        wall_ms=outcome.wall_ms,
        memory_bytes=outcome.memory_bytes,
    )


_SHOWN_BYTES = 64 * 1024


def _text(data: bytes) -> str:
    return Captured(data[:_SHOWN_BYTES], len(data)).text()
