"""A test by standard input and output: what the program reads, and what it must print."""

from __future__ import annotations

from dataclasses import dataclass

import anyio.to_thread

from carrel.judge.checkers.comparison import Comparison
from carrel.judge.checkers.text import Lenient
from carrel.judge.examine import check
from carrel.judge.opinion import Examiner
from carrel.judge.plan import Setup
from carrel.judge.stage import Stage
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.texts.message import Message

_LARGE_OUTPUT = 256 * 1024


@dataclass(frozen=True)
class StdioTest:
    """One run of the program with `input`; `checker` judges what it printed.

    `args` are further command-line arguments of the program.
    """

    input: bytes
    expected: bytes
    checker: Comparison | Examiner = Lenient()  # noqa: RUF009 - frozen
    args: tuple[str, ...] = ()

    @property
    def setup(self) -> Setup | None:
        """The language's own way."""
        return None

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """Input and expected output."""
        return self.input, self.expected

    async def run(self, stage: Stage) -> TestVerdict:
        """Run the program once and look at what it printed."""
        execution = await stage.execute(stage.plan.program(self.input, self.args))
        failed = stage.failed(execution)
        if failed is not None:
            return failed
        if isinstance(self.checker, Examiner):
            opinion = await check(stage, self.checker, self.input, execution.stdout, self.expected)
            return stage.verdict(
                execution,
                opinion.verdict,
                opinion.message,
                note=opinion.note,
                share=opinion.share,
            )
        reason = await self._compare(self.checker, execution.stdout)
        if reason is None:
            return stage.verdict(execution, Verdict.ACCEPTED)
        return stage.verdict(execution, Verdict.WRONG_ANSWER, reason)

    async def _compare(self, comparison: Comparison, stdout: bytes) -> Message | None:
        if len(stdout) + len(self.expected) > _LARGE_OUTPUT:
            return await anyio.to_thread.run_sync(comparison.compare, stdout, self.expected)
        return comparison.compare(stdout, self.expected)
