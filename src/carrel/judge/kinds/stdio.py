"""A test by standard input and output: what the program reads, and what it must print."""

from __future__ import annotations

from dataclasses import dataclass

import anyio.to_thread

from carrel.judge.checkers.text import Checker, first_difference, lenient
from carrel.judge.plan import Setup
from carrel.judge.stage import Stage
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.texts.message import Message

_LARGE_OUTPUT = 256 * 1024


@dataclass(frozen=True)
class StdioTest:
    """One run of the program with `input`; `checker` compares what it printed.

    `args` are further command-line arguments of the program.
    """

    input: bytes
    expected: bytes
    checker: Checker = lenient
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
        """Run the program once and compare."""
        execution = await stage.execute(stage.plan.program(self.input, self.args))
        failed = stage.failed(execution)
        if failed is not None:
            return failed
        return stage.verdict(execution, *await self._check(execution.stdout))

    async def _check(self, stdout: bytes) -> tuple[Verdict, str]:
        args = (self.checker, stdout, self.expected)
        if len(stdout) > _LARGE_OUTPUT:
            return await anyio.to_thread.run_sync(_compare, *args)
        return _compare(*args)


def _compare(checker: Checker, actual: bytes, expected: bytes) -> tuple[Verdict, str]:
    if checker(actual, expected):
        return Verdict.ACCEPTED, ""
    if not actual.strip():
        return Verdict.WRONG_ANSWER, Message("printed-nothing")
    if lenient(actual, expected):
        return Verdict.WRONG_ANSWER, Message("only-white-space-differs")
    return Verdict.WRONG_ANSWER, Message("line-differs", line=first_difference(actual, expected))
