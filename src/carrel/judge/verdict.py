"""Verdicts: how a test or a whole submission came out, in the field's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a test came out. Only ACCEPTED and PARTIAL earn points; only PLATFORM_FAULT is ours."""

    ACCEPTED = "accepted"
    PARTIAL = "partially-correct"
    WRONG_ANSWER = "wrong-answer"
    TIME_LIMIT = "time-limit-exceeded"
    IDLENESS_LIMIT = "idleness-limit-exceeded"
    MEMORY_LIMIT = "memory-limit-exceeded"
    OUTPUT_LIMIT = "output-limit-exceeded"
    RUNTIME_ERROR = "runtime-error"
    COMPILE_ERROR = "compile-error"
    PLATFORM_FAULT = "platform-fault"

    @property
    def words(self) -> str:
        """The verdict as a person reads it, e.g. `time limit exceeded`."""
        return self.value.replace("-", " ")

    @property
    def short(self) -> str:
        """The same for narrow tables, e.g. `time limit`."""
        return self.words.removesuffix(" exceeded")


@dataclass(frozen=True)
class Captured:
    """What a program wrote to stdout or stderr: its beginning, and how much there was.

    `data` holds at most as many bytes as the caller asked to keep. `size` counts
    all bytes received from the program; `cut_short` says that the program
    was stopped before it had written everything. `end` are the last bytes of stderr where
    `data` does not reach so far: there a runtime names the exception.
    """

    data: bytes = b""
    size: int = 0
    cut_short: bool = False
    end: bytes = b""

    @property
    def truncated(self) -> bool:
        """Whether `data` is less than what the program wrote."""
        return self.cut_short or self.size > len(self.data)

    def text(self) -> str:
        """Return the data for reading: invalid UTF-8 escaped, truncation stated."""
        text = self.data.decode("utf-8", "backslashreplace")
        if not self.truncated:
            return text
        total = f"at least {self.size:,}" if self.cut_short else f"{self.size:,}"
        note = f"{text}\n[output truncated: {len(self.data):,} of {total} bytes]"
        return f"{note}\n{self.end.decode('utf-8', 'backslashreplace')}" if self.end else note


@dataclass(frozen=True)
class PartVerdict:
    """The outcome of a part of a test: one unit test of a suite, one rule of several.

    `weight` is its share of the test's points, relative to the other parts' weights;
    `score` is 0 to 1. `name` and `reason` may tell what is hidden: both belong to
    visible tests only.
    """

    name: str
    verdict: Verdict
    reason: str = ""
    weight: float = 1.0
    score: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the part was passed."""
        return self.verdict is Verdict.ACCEPTED


@dataclass(frozen=True)
class TestVerdict:
    """The outcome of one test.

    `reason` is one sentence for people. It may quote what the program did (its
    exit code, a differing line), so it belongs to visible tests only.
    `note` is for the teacher only, such as what a checker had to say to the jury.
    `share` is how much of the points a PARTIAL verdict earns, between 0 and 1;
    `parts` are what a test of several parts consists of.
    `exit_code` or `signal` (a name such as `SIGSEGV`) is set when the program
    ended by itself. `cpu_ms` and `wall_ms` are milliseconds.
    """

    __test__ = False  # not a test that pytest should collect

    verdict: Verdict
    reason: str = ""
    exit_code: int | None = None
    signal: str | None = None
    cpu_ms: int = 0
    wall_ms: int = 0
    memory_bytes: int = 0
    stdout: Captured = Captured()
    stderr: Captured = Captured()
    note: str = ""
    share: float = 0.0
    parts: tuple[PartVerdict, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the test was passed."""
        return self.verdict is Verdict.ACCEPTED

    @property
    def score(self) -> float:
        """How much of the test's points is earned, 0 to 1."""
        if self.verdict is Verdict.PARTIAL:
            return self.share
        return 1.0 if self.passed else 0.0


@dataclass(frozen=True)
class SubmissionVerdict:
    """The outcome of a submission: one verdict per test, in the order of the tests.

    After a compile error every test that needed the program has that verdict, and
    `compile_message` is what the compiler said (never anything that a test's input
    could reach). `isolation` names what stood between the program and the machine.
    """

    tests: tuple[TestVerdict, ...]
    compile_message: str | None = None
    isolation: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole: the first failed test's, else accepted."""
        refused = self.compile_message is not None
        rest = Verdict.COMPILE_ERROR if refused else Verdict.ACCEPTED
        return next((t.verdict for t in self.tests if not t.passed), rest)
