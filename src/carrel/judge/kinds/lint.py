"""A linter's opinion of a program, as points or as advice.

The linter runs in the examiner's sandbox: the program is data there, beside it lie only
the teacher's settings. What can be wrong is told apart: findings are the student's; a
program that does not parse is left to the compiler; one that compiles and that the linter
cannot read earns nothing, or it would be a way around the linter, unless the linter is
known to be older than the language; and a linter that fails on its settings is the
exercise's fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from carrel.core.errors import ExerciseFaultError, PlatformFaultError
from carrel.core.sizes import MIB
from carrel.judge.kinds.compile_first import compile_first
from carrel.judge.kinds.lint_reports import LintFinding, Report
from carrel.judge.kinds.lint_tools import FOLDER, LINTERS, Linter, LintRules, LintTool
from carrel.judge.plan import Setup, Submission
from carrel.judge.stage import Stage
from carrel.judge.verdict import PartVerdict, TestVerdict, Verdict
from carrel.languages.registry import SPECS
from carrel.languages.rules.reading import UnreadableSourceError, linted_text
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Identity, Program
from carrel.texts.message import Message

_MEMORY = 768 * MIB
_LIMITS = RunLimits(cpu_ms=30_000, wall_ms=120_000, memory_bytes=_MEMORY, output_bytes=8 * MIB)
_SANDBOX = SandboxLimits(memory_bytes=_MEMORY)
_MOST_PARTS = 100


@dataclass(frozen=True)
class LintTest:
    """A linter's run on the program: each finding above `allowed` costs `penalty` of the points.

    `penalty` is a share, 0 to 1. `advice` tells the findings and takes nothing off.
    """

    tool: LintTool
    rules: LintRules = field(default_factory=LintRules)
    penalty: float = 0.1
    allowed: int = 0
    advice: bool = False

    @property
    def setup(self) -> Setup | None:
        """The language's own way, for when the compiler is asked."""
        return None

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """No input, and nothing that could be expected."""
        return b"", b""

    async def run(self, stage: Stage) -> TestVerdict:
        """Lint the program."""
        linter = LINTERS[self.tool]
        try:
            files = _files(stage.submission)
        except UnreadableSourceError as error:
            await compile_first(stage)
            return self._unread(linter, str(error.reason), error.reason)
        execution = await self._lint(stage, linter, files)
        if execution.ended in (Ended.CPU_LIMIT, Ended.MEMORY_LIMIT, Ended.OUTPUT_LIMIT):
            return TestVerdict(Verdict.WRONG_ANSWER, Message("lint-too-much", tool=linter.title))
        if execution.ended is not Ended.EXITED or execution.start_error is not None:
            why = execution.start_error or f"it was stopped ({execution.ended.value})"
            raise PlatformFaultError(f"{linter.title} did not run to its end: {why}")
        try:
            report = linter.read(execution)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ExerciseFaultError(f"{linter.title} {error}") from error
        if report.unreadable:
            await compile_first(stage)
            if linter.is_old:
                said = Message("lint-unreadable", tool=linter.title, said=report.unreadable)
                return TestVerdict(Verdict.ACCEPTED, said)
            said = Message("lint-no-points", tool=linter.title, said=report.unreadable)
            return self._unread(linter, report.unreadable, said)
        return self._verdict(stage.submission, linter, report)

    def _unread(self, linter: Linter, why: str, reason: Message) -> TestVerdict:
        verdict = Verdict.ACCEPTED if self.advice else Verdict.WRONG_ANSWER
        note = f"{linter.title} checked nothing, although the program compiles: {why}"
        return TestVerdict(verdict, reason, note=note)

    async def _lint(self, stage: Stage, linter: Linter, files: Mapping[str, bytes]) -> Execution:
        paths = {f"{FOLDER}/{name}": data for name, data in files.items()}

        async def install(box: LiveSandbox) -> None:
            for path, data in (*paths.items(), *linter.files(self.rules).items()):
                await box.write_file(path, data, readonly=True)

        box = await stage.examiner(linter.template, _SANDBOX, content=self, install=install)
        return await box.execute(
            Program(
                argv=linter.command(self.rules, list(paths), stage.submission.language),
                limits=_LIMITS,
                identity=Identity.BUILDER,
                env={"LANG": "C.UTF-8", "NO_COLOR": "1"},
                cwd=FOLDER,
            )
        )

    def _verdict(self, submission: Submission, linter: Linter, report: Report) -> TestVerdict:
        if not report.count:
            return TestVerdict(Verdict.ACCEPTED)
        main = SPECS[submission.language].entry(submission.source).source
        parts = tuple(_part(finding, main) for finding in report.findings[:_MOST_PARTS])
        first = Message("lint-with-rule", text=parts[0].reason, rule=parts[0].name)
        reason = Message("lint-found", tool=linter.title, count=report.count, first=first)
        share = max(0.0, 1.0 - self.penalty * max(0, report.count - self.allowed))
        if self.advice or share >= 1:
            return TestVerdict(Verdict.ACCEPTED, reason, parts=parts)
        verdict = Verdict.PARTIAL if share > 0 else Verdict.WRONG_ANSWER
        return TestVerdict(verdict, reason, share=share, parts=parts)


def _files(submission: Submission) -> dict[str, bytes]:
    """Return the files to lint by name: the program, and what it brings in the same language.

    Nothing else comes along, so that no settings of the student's can. Raises
    UnreadableSourceError when a file is in an encoding that is not accepted.
    """
    language = submission.language
    spec = SPECS[language]
    files = {
        name: linted_text(data, language, name)
        for name, data in submission.files.items()
        if PurePosixPath(name).suffix.lower() in spec.extensions
    }
    main = spec.entry(submission.source).source
    return {**files, main: linted_text(submission.source, language)}


def _part(finding: LintFinding, main: str) -> PartVerdict:
    said = Message("lint-in-line", line=finding.line, text=finding.message)
    if finding.column:
        said = Message("lint-at", line=finding.line, column=finding.column, text=finding.message)
    if finding.file != main:
        said = Message("lint-in-file", file=finding.file, text=said)
    return PartVerdict(finding.rule, Verdict.WRONG_ANSWER, said, weight=0.0)
