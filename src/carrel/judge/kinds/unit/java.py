"""JUnit 5: tests in Java, run beside the student's classes in one JVM.

Theory of operation. Tests use what only a class in the same JVM can (package-private
members, lambdas, `equals`), so they share the process with the student's classes. What
keeps a student from forging their result:

- The student's sources are compiled before the tests and without them, so that no constant
  of a test can be compiled into them. The tests' sources are never a file in the sandbox;
  their classes are taken out of it before anything of the student's runs, and the JVM is
  given them on its standard input.
- A security manager leaves the student's classes no permission: they cannot end the JVM,
  look into other classes, write to the report, load native code or start programs. Classes
  that refer to reflection are refused when they are compiled.
- The framework's classes come from the framework, whatever a student called a class; the
  launcher and the compiler's driver are compiled where no student's file is (java_tools.py).
- A test that is not reported as passed has failed. What the JVM takes along when it ends
  is one test: the others run in a new one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from carrel.core.errors import ExerciseFaultError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.judge.checkers.forms import printable_text
from carrel.judge.classify import classify
from carrel.judge.kinds.unit.java_tools import COMPILE_MEMORY, JUNIT, TOOLS, tools
from carrel.judge.kinds.unit.junit_report import Done, Planned, Report
from carrel.judge.kinds.unit.suite import TestFile, Weights, per_unit, sum_up
from carrel.judge.plan import BuildStep, Plan, Setup, Submission, make_plan
from carrel.judge.stage import Stage
from carrel.judge.verdict import PartVerdict, TestVerdict, Verdict
from carrel.languages.java import JAVA
from carrel.languages.spec import APP
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Ended, Execution
from carrel.sandbox.run import Lap, Run
from carrel.texts.message import Message

_ARCHIVE = "/opt/carrel/junit/junit.jsa"
_CLASSES = f"{APP}/.carrel/classes"
_TESTS = f"{APP}/.carrel/tests"
_MAX_CLASSES = 16 * MIB
_MAX_TEXT = 8000
_BETWEEN = RunLimits(cpu_ms=10_000, wall_ms=20_000)
"""For what is no test: the start of the JVM, and the tests' own set-up of a class."""
_BEGIN = b"\x1e\n"
_U32 = struct.Struct(">I")
_TEXT = struct.Struct(">H")


@dataclass(frozen=True)
class JunitSetup:
    """The submission, and the tests compiled against it."""

    tests: tuple[TestFile, ...]

    def plan(
        self, submission: Submission, limits: RunLimits, sandbox: SandboxLimits | None
    ) -> Plan:
        """Return the plan: one step that compiles the one and then the other."""
        base = make_plan(submission, limits, sandbox=sandbox)
        compiler = base.steps[0].program
        if compiler is None:
            raise ExerciseFaultError("JUnit's tests are for programs in Java")
        files = dict(base.steps[0].files)
        names = [path.removeprefix(f"{APP}/") for path in files if path.endswith(".java")]
        flags = [flag.removeprefix("-J") for flag in compiler.argv if flag.startswith("-J")]
        step = BuildStep(
            files,
            replace(
                compiler,
                argv=(
                    *("java", *flags, "-cp", TOOLS, "Compile"),
                    *(_CLASSES, _TESTS, JUNIT, *names),
                ),
                stdin=_packed(self.tests),
                limits=replace(compiler.limits, memory_bytes=COMPILE_MEMORY),
            ),
            refusal=refusal,
        )
        flags = list(base.run.argv[1 : base.run.argv.index("-cp")])
        run = replace(
            base.run,
            argv=(
                *("java", *flags, f"-XX:SharedArchiveFile={_ARCHIVE}"),
                *("-Djava.security.manager=allow", "-cp", f"{JUNIT}:{TOOLS}"),
                *("carrel.Launch", _CLASSES),
            ),
        )
        need = max(base.sandbox_limits.memory_bytes, COMPILE_MEMORY)
        return replace(
            base,
            steps=(step,),
            run=run,
            sandbox_limits=replace(base.sandbox_limits, memory_bytes=need),
        )


@dataclass(frozen=True)
class JunitTest:
    """A suite of JUnit's tests; each test method is a part.

    `time_ms` is the CPU time of one test method; None means the exercise's.
    """

    tests: tuple[TestFile, ...]
    weights: Weights = Weights()  # noqa: RUF009 - frozen
    time_ms: int | None = None

    @property
    def setup(self) -> Setup | None:
        """The submission with these tests compiled against it."""
        return JunitSetup(self.tests)

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """The tests themselves; there is no output to expect."""
        return b"\n".join(test.data for test in self.tests), b""

    async def run(self, stage: Stage) -> TestVerdict:
        """Run all test methods; a JVM that ends is followed by another for the rest."""
        limits = per_unit(stage.plan.limits, self.time_ms)
        stage.bring(await tools(stage))
        return await _Suite(stage, self.weights, limits).run()


class _Suite:
    """One run of a suite on a stage."""

    def __init__(self, stage: Stage, weights: Weights, limits: RunLimits) -> None:
        self._stage = stage
        self._weights = weights
        self._limits = limits
        self._plan: tuple[Planned, ...] = ()
        self._parts: dict[str, PartVerdict | None] = {}
        self._laps: dict[str, Lap] = {}
        self._classes: tuple[object, bytes] = (None, b"")

    async def run(self) -> TestVerdict:
        left: Sequence[str] = ()
        while True:
            report, execution = await self._jvm(left)
            if report.plan is None and not self._plan:
                return self._nothing(report, execution)
            if not self._plan:
                self._plan = report.plan or ()
                if not self._plan:
                    raise ExerciseFaultError("JUnit finds no tests in the exercise's test files")
            for unit, done in report.done.items():
                self._parts.setdefault(unit, self._part(unit, done, execution))
            stopped = report.current
            left = [one.id for one in self._plan if one.id not in self._parts]
            if report.ended or not left:
                break
            # What ended the JVM costs the test that ran, or else the one that came next.
            guilty = stopped if stopped in left else left[0]
            self._parts[guilty] = self._ended(guilty, report, execution)
            left = [unit for unit in left if unit != guilty]
            if not left:
                break
        return self._verdict(execution)

    def _verdict(self, execution: Execution) -> TestVerdict:
        parts = []
        for one in self._plan:
            part = self._parts.get(one.id, self._missing(one))
            if part is not None:
                parts.append(part)
        summary = sum_up(parts)
        execution = replace(
            execution,
            ended=Ended.EXITED,
            exit_code=0,
            signal=None,
            stdout=_printed(execution.stderr),
            stdout_truncated=execution.stderr_truncated,
            stderr=b"",
            stderr_truncated=False,
            cpu_ms=sum(lap.cpu_ms for lap in self._laps.values()),
            wall_ms=sum(lap.wall_ms for lap in self._laps.values()),
        )
        return self._stage.verdict(
            execution, summary.verdict, summary.reason, share=summary.share, parts=parts
        )

    async def _jvm(self, only: Sequence[str]) -> tuple[Report, Execution]:
        """Run these tests, or all, in one JVM."""
        classes = await self._take_classes()
        runs: list[Run] = []

        def turn(unit: str, started: bool) -> None:  # noqa: FBT001
            if runs:
                lap = runs[0].lap(self._limits if started else self._between())
                if not started:
                    self._laps[unit] = lap

        report = Report(turn)
        stdin = _U32.pack(len(only)) + b"".join(map(_utf, only)) + classes
        program = replace(
            self._stage.plan.run,
            stdin=stdin,
            limits=replace(self._between(), output_bytes=self._limits.output_bytes),
        )
        execution = await self._stage.execute(program, on_stdout=report.take, on_start=runs.append)
        return report, execution

    def _between(self) -> RunLimits:
        limits = self._limits
        return replace(
            limits,
            cpu_ms=max(_BETWEEN.cpu_ms or 0, limits.cpu_ms or 0),
            wall_ms=max(_BETWEEN.wall_ms, limits.wall_ms),
        )

    async def _take_classes(self) -> bytes:
        """Return the tests' classes and remove them from the sandbox: see the module."""
        box = await self._stage.box()
        if self._classes[0] is not box:
            try:
                data = await box.read_file(_TESTS, max_bytes=_MAX_CLASSES)
            except SandboxFileError as error:
                raise ExerciseFaultError(f"the tests' classes cannot be read: {error}") from error
            await box.remove(_TESTS)
            self._classes = (box, data)
        return self._classes[1]

    def _part(self, unit: str, done: Done, execution: Execution) -> PartVerdict | None:
        planned = next(one for one in self._plan if one.id == unit)
        reason: str
        if done.kind == "skipped":
            return None
        lap = self._laps.get(unit)
        if lap is not None and lap.cpu_ms > (self._limits.cpu_ms or lap.cpu_ms):
            # It ended just before it was stopped.
            return self._stopped(planned, execution, Ended.CPU_LIMIT, lap)
        match done.kind:
            case "passed":
                verdict, reason = Verdict.ACCEPTED, ""
            case "failed":
                verdict, reason = Verdict.WRONG_ANSWER, done.message
            case "refused":
                verdict = Verdict.RUNTIME_ERROR
                reason = Message("unit-test-refused", permission=done.message)
            case "aborted":
                verdict = Verdict.WRONG_ANSWER
                reason = Message("unit-test-aborted", why=done.message)
            case "empty":
                verdict, reason = Verdict.WRONG_ANSWER, Message("unit-test-empty")
            case _:
                verdict, reason = Verdict.RUNTIME_ERROR, done.message
        if done.at and verdict is not Verdict.ACCEPTED:
            reason = Message("unit-test-at", why=reason, frames=done.at)
        return self._named(planned, verdict, reason)

    def _named(self, planned: Planned, verdict: Verdict, reason: str) -> PartVerdict:
        return PartVerdict(
            name=planned.name,
            verdict=verdict,
            reason=reason,
            weight=self._weights.of(planned.key),
            score=1.0 if verdict is Verdict.ACCEPTED else 0.0,
        )

    def _missing(self, planned: Planned) -> PartVerdict:
        return self._named(planned, Verdict.RUNTIME_ERROR, Message("unit-test-not-ended"))

    def _ended(self, unit: str, report: Report, execution: Execution) -> PartVerdict:
        planned = next(one for one in self._plan if one.id == unit)
        ended = Ended.MEMORY_LIMIT if report.died == "out-of-memory" else execution.ended
        lap = Lap(execution.cpu_ms, execution.wall_ms, execution.memory_bytes)
        return self._stopped(planned, execution, ended, lap)

    def _stopped(
        self, planned: Planned, execution: Execution, ended: Ended, lap: Lap
    ) -> PartVerdict:
        execution = replace(execution, ended=ended, cpu_ms=lap.cpu_ms, wall_ms=lap.wall_ms)
        failed = classify(execution, self._limits, JAVA.out_of_memory)
        verdict, reason = failed or (Verdict.RUNTIME_ERROR, Message("unit-test-not-ended"))
        return self._named(planned, verdict, reason)

    def _nothing(self, report: Report, execution: Execution) -> TestVerdict:
        """Say why the JVM ended before it knew its tests: nothing of the student's had run."""
        failed = classify(execution, self._between(), JAVA.out_of_memory)
        if failed is not None and failed[0] is not Verdict.RUNTIME_ERROR:
            return self._stage.verdict(execution, *failed)
        words = execution.stderr[-2000:].decode("utf-8", "backslashreplace")
        said = printable_text(words, _MAX_TEXT)
        raise ExerciseFaultError(f"JUnit did not start ({report.died or 'no reason'}):\n{said}")


def _printed(stderr: bytes) -> bytes:
    """Return what the student's program printed: without what the JVM says before it."""
    _, mark, printed = stderr.partition(_BEGIN)
    return printed if mark else stderr


def refusal(message: str) -> str:
    """Return what a student may read of why the classes or the tests did not compile.

    Raises ExerciseFaultError for tests that are no Java, whatever the student wrote.
    """
    whose, _, words = message.partition("\n")
    match whose:
        case "student":
            return words
        case "refused":
            return Message("unit-tests-forbid", what=printable_text(words, _MAX_TEXT))
        case "teacher":
            raise ExerciseFaultError(f"the exercise's tests do not compile:\n{words}")
        case "tests":
            return _unfit(words)
        case _:
            return message


def _unfit(words: str) -> str:
    """Say how the student's classes do not fit the tests, without a line of the tests."""
    shown = []
    for line in words.splitlines():
        code, _, text = line.partition("\t")
        if any(sign in code for sign in _TELLING):
            shown.append(text)
    if not shown:
        return Message("unit-tests-do-not-fit")
    why = printable_text("\n".join(dict.fromkeys(shown)), _MAX_TEXT)
    return Message("unit-tests-do-not-fit-because", why=why)


_TELLING = (
    "cant.resolve",
    "cant.apply.symbol",
    "not.def.public",
    "report.access",
    "does.not.override.abstract",
    "abstract.cant.be.instantiated",
    "prob.found.req",
    "non-static.cant.be.ref",
    "doesnt.exist",
)
"""Errors that name members and types, and quote no line of a test."""


def _utf(text: str) -> bytes:
    raw = text.encode()
    return _TEXT.pack(len(raw)) + raw


def _packed(files: Sequence[TestFile]) -> bytes:
    packed = [_utf(file.name) + _U32.pack(len(file.data)) + file.data for file in files]
    return _U32.pack(len(files)) + b"".join(packed)
