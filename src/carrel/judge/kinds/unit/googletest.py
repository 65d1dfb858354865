"""GoogleTest: tests in C++ for programs in C++ and C, one process for each test.

Theory of operation. Tests in C++ and the code they test share a process, so a student's code
can do to the test whatever a program can do to itself. What stands against that:

- The student's files are compiled before the tests and without them; tests reach the
  compiler by a pipe. What is left in the sandbox is one program.
- Preprocessed text and object files are looked through for what no honest solution has:
  assembler code, the framework's namespace, system calls that rewrite or copy the process.
- Of a header that tests include, no macro reaches them but plain constants.
- A student's function with a name of the C or C++ library, or of the framework, is made
  local to the student's files.
- A test has passed if its launcher says so, with a secret that it read before the first
  instruction of the student's. Ending early is a failure, whatever was printed.
- In every suite a test is run that must fail in a known way, 34 times over.

Code written to search its own process for the secret, or to change the framework's
data in memory, is not stopped by any of these; see docs/reference/unit-tests.md.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any

from carrel.core.errors import ExerciseFaultError
from carrel.core.sizes import MIB
from carrel.judge.checkers.forms import printable_text
from carrel.judge.kinds.unit.googletest_names import find_tests
from carrel.judge.kinds.unit.googletest_refusal import refusal
from carrel.judge.kinds.unit.suite import TestFile, Weights, per_unit, sum_up
from carrel.judge.plan import BuildStep, Plan, Setup, Submission, make_plan
from carrel.judge.stage import Stage
from carrel.judge.verdict import PartVerdict, TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.languages.spec import APP
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Ended, Execution, Identity, Program
from carrel.texts.message import Message

_BUILD = "/data/carrel/build.py"
_RUN = f"{APP}/.carrel/run"
_COMPILE = RunLimits(
    cpu_ms=60_000, wall_ms=90_000, memory_bytes=1024 * MIB, output_bytes=256 * 1024, processes=64
)
_CANARY = "CARREL_CANARY"
_CANARY_FAILURES = 34
_MAX_REPORT = 64 * 1024
_MAX_TEXT = 8000
_SUFFIXES = {Language.CPP: (".cpp", ".cc", ".cxx"), Language.C: (".c",)}


@dataclass(frozen=True)
class GoogletestSetup:
    """The submission, and the tests compiled against it.

    `header` is the name under which the tests include the student's file, for exercises
    that ask for a header; "" for a source of its own. `support` are headers of the
    teacher's, which students' files may include too. `canary` is a name nobody can guess.
    """

    tests: tuple[TestFile, ...]
    canary: str
    header: str = ""
    support: tuple[TestFile, ...] = ()
    sanitize: bool = False

    def plan(
        self, submission: Submission, limits: RunLimits, sandbox: SandboxLimits | None
    ) -> Plan:
        """Return the plan: one step that compiles the one and then the other."""
        if submission.language not in _SUFFIXES:
            raise ExerciseFaultError("GoogleTest's tests are for programs in C++ and C")
        base = make_plan(submission, limits, sandbox=sandbox)
        files = {f"{APP}/{name}": data for name, data in submission.files.items()}
        suffixes = _SUFFIXES[submission.language]
        sources = sorted(name for name in submission.files if name.endswith(suffixes))
        if self.header:
            files[f"{APP}/{self.header}"] = submission.source
        else:
            entry = base.spec.entry(submission.source)
            files[f"{APP}/{entry.source}"] = submission.source
            sources.insert(0, entry.source)
        files |= {f"{APP}/{one.name}": one.data for one in self.support}
        files[_BUILD] = _program("build.py")
        student = {
            "language": submission.language.value,
            "sources": sources,
            "header": self.header,
            "sanitize": self.sanitize,
        }
        tests = {
            "support": [one.name for one in self.support],
            "tests": [
                [one.name, _text(one.data) + self._canary(index)]
                for index, one in enumerate(self.tests)
            ],
            "launcher": _text(_program("launcher.cpp")),
            "sanitize": self.sanitize,
            "count": self._count() + len(self.tests),
        }
        steps = (
            BuildStep(files, _build("student", student), refusal=refusal),
            BuildStep({}, _build("tests", tests), refusal=refusal),
        )
        env = {**base.run.env}
        if self.sanitize:
            env |= {"ASAN_OPTIONS": "detect_leaks=0:exitcode=99", "UBSAN_OPTIONS": "exitcode=99"}
        need = max(base.sandbox_limits.memory_bytes, _COMPILE.memory_bytes or 0)
        return replace(
            base,
            steps=steps,
            sandbox_limits=replace(base.sandbox_limits, memory_bytes=need, cpu=2.0),
            run=replace(base.run, argv=(_RUN,), env=env),
        )

    def _count(self) -> int:
        return sum(not test.is_template for one in self.tests for test in find_tests(one.data))

    def _canary(self, index: int) -> str:
        return _text(_program("canary.inc")).replace(_CANARY, f"{self.canary}{index}")


@dataclass(frozen=True)
class GoogletestTest:
    """A suite of GoogleTest's tests; each is a part.

    `time_ms` is the CPU time of one; None means the exercise's.
    """

    tests: tuple[TestFile, ...]
    weights: Weights = Weights()  # noqa: RUF009 - frozen
    time_ms: int | None = None
    header: str = ""
    support: tuple[TestFile, ...] = ()
    sanitize: bool = False
    canary: str = field(default_factory=lambda: f"C{secrets.token_hex(8)}", compare=False)

    @property
    def setup(self) -> Setup | None:
        """The submission with these tests compiled against it."""
        return GoogletestSetup(
            self.tests, self.canary, self.header, self.support, sanitize=self.sanitize
        )

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """The tests themselves; there is no output to expect."""
        return b"\n".join(test.data for test in self.tests), b""

    async def run(self, stage: Stage) -> TestVerdict:
        """Run each test in a process of its own, and the ones that must fail among them."""
        limits = per_unit(stage.plan.limits, self.time_ms)
        units = [one for file in self.tests for one in find_tests(file.data) if one.is_enabled]
        if not units:
            raise ExerciseFaultError("the exercise's test files have no tests")
        parts: list[PartVerdict] = []
        ends: list[Execution] = []
        watch = secrets.randbelow(len(units))
        for number, unit in enumerate(units):
            if number == watch:
                for index in range(len(self.tests)):
                    if not await self._canary_fails(stage, limits, index):
                        return self._tampered(stage, ends)
            end, report = await _execute(stage, limits, unit.filter)
            ends.append(end)
            verdict, reason = _judge(stage, limits, unit.name, end, report)
            score = 1.0 if verdict is Verdict.ACCEPTED else 0.0
            parts.append(PartVerdict(unit.name, verdict, reason, self.weights.of(unit.name), score))
        summary = sum_up(parts)
        return stage.verdict(
            _together(ends), summary.verdict, summary.reason, share=summary.share, parts=parts
        )

    async def _canary_fails(self, stage: Stage, limits: RunLimits, index: int) -> bool:
        end, report = await _execute(stage, limits, f"{self.canary}{index}.Fails")
        if report is not None:
            return report.failures == _CANARY_FAILURES and report.run == 1 and not report.passed
        # A program that crashes or ends before its tests passes none of them either.
        return end.ended is not Ended.EXITED or not end.stdout

    def _tampered(self, stage: Stage, ends: Sequence[Execution]) -> TestVerdict:
        end = _together(ends) if ends else None
        reason = Message("unit-tests-tampered")
        if end is None:
            return TestVerdict(Verdict.RUNTIME_ERROR, reason)
        return stage.verdict(end, Verdict.RUNTIME_ERROR, reason)


@dataclass(frozen=True)
class _Report:
    """What the launcher says of one test: counts, and the first failure's text."""

    run: int
    passed: int
    skipped: int
    failures: int
    status: int
    message: str


async def _execute(stage: Stage, limits: RunLimits, name: str) -> tuple[Execution, _Report | None]:
    secret = secrets.token_hex(16)
    program = replace(stage.plan.run, stdin=f"{secret}{name}".encode(), limits=limits)
    end = await stage.execute(program)
    return end, _parse(end, secret.encode())


def _parse(end: Execution, secret: bytes) -> _Report | None:
    """Return the report that carries the secret; None without exactly one, whole one."""
    if end.ended is not Ended.EXITED or end.exit_code != 0:
        return None
    found = end.stdout.split(b"\n\x1e" + secret)
    if len(found) != 2 or len(found[1]) > _MAX_REPORT:  # noqa: PLR2004
        return None
    try:
        value: Any = json.loads(found[1].decode("utf-8", "replace"))
        report = _Report(**value)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    numbers = (report.run, report.passed, report.skipped, report.failures, report.status)
    if not isinstance(report.message, str) or not all(type(one) is int for one in numbers):
        return None
    return replace(report, message=printable_text(report.message, _MAX_TEXT))


def _judge(
    stage: Stage, limits: RunLimits, name: str, end: Execution, report: _Report | None
) -> tuple[Verdict, str]:
    if report is None:
        failed = stage.failed(end, limits)
        if failed is None:
            return Verdict.RUNTIME_ERROR, Message("unit-test-exited", code=str(end.exit_code))
        return failed.verdict, _sanitized(end.stderr) or failed.reason
    if report.run == 0:
        raise ExerciseFaultError(f"the unit test {name} is not in the program made of the tests")
    if report.skipped:
        return Verdict.WRONG_ANSWER, Message("unit-test-aborted", why="GTEST_SKIP")
    if report.failures or report.status or report.passed != report.run:
        thrown = report.message.startswith(("C++ exception", "Unknown C++ exception"))
        return (Verdict.RUNTIME_ERROR if thrown else Verdict.WRONG_ANSWER), report.message
    return Verdict.ACCEPTED, ""


_SANITIZER = re.compile(rb"(?:ERROR: AddressSanitizer: |runtime error: )([^\n]{1,300})")


def _sanitized(stderr: bytes) -> str:
    found = _SANITIZER.search(stderr)
    return Message("sanitizer-says", what=_shown(found[1])) if found else ""


def _shown(data: bytes) -> str:
    return printable_text(data.decode("utf-8", "replace"), _MAX_TEXT)


def _together(ends: Sequence[Execution]) -> Execution:
    """Return the runs as one: what they printed one after the other, their times added."""
    printed = b"".join(end.stderr for end in ends)
    return replace(
        ends[-1],
        ended=Ended.EXITED,
        exit_code=0,
        signal=None,
        stdout=printed,
        stderr=b"",
        stdout_truncated=any(end.stderr_truncated for end in ends),
        stderr_truncated=False,
        cpu_ms=sum(end.cpu_ms for end in ends),
        wall_ms=sum(end.wall_ms for end in ends),
        memory_bytes=max(end.memory_bytes for end in ends),
    )


def _build(step: str, task: Mapping[str, object]) -> Program:
    return Program(
        argv=("python3", "-I", _BUILD, step),
        limits=_COMPILE,
        identity=Identity.BUILDER,
        stdin=json.dumps(task).encode(),
        env={"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        cwd=APP,
    )


def _program(name: str) -> bytes:
    return resources.files(__package__).joinpath("programs", "cpp", name).read_bytes()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
