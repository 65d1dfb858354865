"""The relay between unit tests and program, where a sandbox goes at the worst moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from carrel.core.errors import PlatformFaultError
from carrel.judge.kinds.unit.relay import Relay, _Student
from carrel.judge.plan import Submission, make_plan
from carrel.judge.stage import Stage
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Program
from carrel.sandbox.run import Run
from carrel.testing.sandboxes import ended

pytestmark = pytest.mark.quick

LIMITS = RunLimits(cpu_ms=1000, wall_ms=3000)
PROGRAM = Program(argv=("x",), limits=LIMITS, stdin=None)


class GoneRun:
    """A run whose sandbox can no longer be measured."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    def write(self, data: bytes) -> None:
        """Nobody reads it."""

    def kill(self, cause: Ended = Ended.KILLED) -> None:  # noqa: ARG002
        """End it."""
        self.over.set()

    def lap(self) -> None:
        """Fail as a run does whose control group is removed."""
        raise PlatformFaultError("cannot measure the program")


class SlowBox:
    """A sandbox that starts a program when it is told to, and cannot be measured."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_start = asyncio.Event()
        self.run = GoneRun()

    async def execute(
        self, _: Program, *, on_start: Callable[[Run], None], **__: object
    ) -> Execution:
        """Run until killed; then it was its memory."""
        self.asked.set()
        await self.may_start.wait()
        on_start(cast("Run", self.run))
        await self.run.over.wait()
        return ended(how=Ended.MEMORY_LIMIT, exit_code=None, signal=9)

    def usage(self) -> None:
        """Fail as a sandbox does whose control group is removed."""
        raise PlatformFaultError("no such control group")


def test_a_program_that_is_dismissed_before_it_started_is_ended_when_it_starts() -> None:
    async def work() -> None:
        box = SlowBox()
        student = _Student(cast("LiveSandbox", box), lambda _: None, _never, lambda: None)
        beginning = asyncio.ensure_future(student.begin(PROGRAM))
        await box.asked.wait()
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
        dismissing = asyncio.ensure_future(student.dismiss())
        await asyncio.sleep(0)
        box.may_start.set()
        await asyncio.wait_for(dismissing, 60)

    asyncio.run(work())


def _never(_: _Student, __: Execution) -> None:
    raise AssertionError("nobody asks how a dismissed program ended")


def test_a_sandbox_that_has_just_gone_is_the_programs_end_and_no_fault() -> None:
    async def work() -> None:
        submission = Submission(Language.PYTHON, b"")
        plan = make_plan(submission, LIMITS)
        stage = Stage(cast("Any", None), submission, plan, keep_bytes=100)
        told: list[tuple[bytes, bytes]] = []
        over = asyncio.Event()

        class Told(Relay):
            def _tell(self, kind: bytes, payload: bytes) -> None:
                told.append((kind, payload))
                over.set()

        relay = Told(stage, LIMITS, lambda _: None)
        box = SlowBox()
        box.may_start.set()
        student = _Student(
            cast("LiveSandbox", box), relay._on_answer, relay._on_end, relay._on_fault
        )
        relay._student = student
        await student.begin(PROGRAM)
        relay._note(b"T", b'{"name":"test_a"}')  # a lap, which cannot be measured
        relay._ask(b"")  # nor can what it has used
        box.run.kill()
        await asyncio.wait_for(over.wait(), 60)
        assert [kind for kind, _ in told] == [b"E"]
        assert relay.transcript.ends["test_a"][0] is Verdict.MEMORY_LIMIT

    asyncio.run(work())
