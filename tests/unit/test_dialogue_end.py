"""Who ended a dialogue, when both programs end at nearly the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from carrel.judge.dialogue import Dialogue, Party, converse
from carrel.sandbox.cgroups import Usage
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Execution, Program
from carrel.sandbox.run import Run
from carrel.testing.sandboxes import ended

pytestmark = pytest.mark.quick

PROGRAM = Program(argv=("x",), limits=RunLimits(cpu_ms=1000, wall_ms=1000), stdin=None)


@dataclass
class ScriptedBox:
    """Its program ends when it is told of the end of its input, or after so many looks at it.

    Each look finds that it has used `step_us` more of the CPU.
    """

    exit_code: int
    step_us: int = 0
    ends_after: float = float("inf")
    looks: int = 0
    told: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def execute(
        self, _: Program, *, on_start: Callable[[Run], None], **__: object
    ) -> Execution:
        """Run until something ends it."""
        on_start(cast("Run", self))
        if self.ends_after:
            await self.over.wait()
        return ended(exit_code=self.exit_code)

    def end_input(self) -> None:
        """End, since there is nothing more to read."""
        self.told = True
        self.over.set()

    def kill(self, *_: object) -> None:
        """End."""
        self.over.set()

    def usage(self) -> Usage:
        """Say what it has used."""
        self.looks += 1
        if self.looks >= self.ends_after:
            self.over.set()
        return Usage(self.looks * self.step_us, 0, 0, 0, 0)

    def waiting_us(self) -> int:
        """Say that it never waits for the CPU."""
        return 0


def talk(student: ScriptedBox, examiner: ScriptedBox, *, idle_ms: int = 80) -> Dialogue:
    parties = (Party(cast("LiveSandbox", box), PROGRAM) for box in (student, examiner))
    return asyncio.run(converse(*parties, idle_ms=idle_ms))


def test_an_examiner_that_works_when_the_program_fails_may_end_by_itself() -> None:
    examiner = ScriptedBox(1, step_us=10_000, ends_after=6)
    done = talk(ScriptedBox(3, ends_after=0), examiner)
    assert (done.student.exit_code, done.examiner.exit_code) == (3, 1)
    assert (done.examiner_told, examiner.told) == (False, False)


@pytest.mark.parametrize("step_us", [0, 10_000])
def test_an_examiner_that_waits_or_works_for_ever_is_told(step_us: int) -> None:
    examiner = ScriptedBox(1, step_us=step_us)
    done = talk(ScriptedBox(3, ends_after=0), examiner)
    assert done.examiner_told
    assert examiner.told


def test_an_examiner_is_told_at_once_when_the_program_did_well() -> None:
    examiner = ScriptedBox(0, step_us=10_000)
    # Looked at for the first time after an eighth of a minute, if it were waited for.
    assert talk(ScriptedBox(0, ends_after=0), examiner, idle_ms=60_000).examiner_told
    assert examiner.looks == 0
