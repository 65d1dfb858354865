"""What every kind of test is to the judge."""

from __future__ import annotations

from typing import Protocol

from carrel.judge.plan import Setup
from carrel.judge.stage import Stage
from carrel.judge.verdict import TestVerdict


class JudgeTest(Protocol):
    """A test: an immutable value of one of the kinds in this package."""

    @property
    def setup(self) -> Setup | None:
        """How the submission is installed for this test; None is the language's own way."""
        ...

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """What a student may see of a visible test: what was given, and what was expected."""
        ...

    async def run(self, stage: Stage) -> TestVerdict:
        """Run the test and return its verdict.

        Raises PlatformFaultError when our side failed, and lets the stage's errors pass.
        """
        ...
