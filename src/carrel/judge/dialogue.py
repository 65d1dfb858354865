"""Two programs in two sandboxes that talk to each other, with the host in between.

Theory of operation. What the student's program prints is the examiner's standard
input, and the other way round; the host passes the bytes on as they come. Neither can
reach the other in any other way, so an interactor or a framework's tests are as safe
from a student's program as the host is. Both have limits of their own. What is in flight
is bounded by the output limits of both.

A program that waits for its partner is not idle: each run's own clock would end it. So
the clocks are set far off, and the dialogue has one of its own: when no byte has passed
for `idle_ms` and neither side has used the CPU, both wait for each other for ever, and
the student's program is ended as idle. Most often it forgot to flush its output.

An interactor that rejects an answer often ends just after the program that it told so,
and which end is seen first is chance. So when the student's program fails, the examiner's
input does not end while it still works: what it decided then, it decided by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from carrel.core.errors import CarrelError
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Program
from carrel.sandbox.run import Run

_FAR = 10
"""How many times `idle_ms` a dialogue may take that goes on slowly."""
_LOOKS = 8
_IDLE_SHARE = 0.2
"""Of one core, for both together. Two sandboxes that sleep need up to a tenth."""
_CROWDED_SHARE = 0.4
_CROWDED_PATIENCE = 3.0


@dataclass(frozen=True)
class Party:
    """A program and the sandbox to run it in; its standard input is the other's output."""

    box: LiveSandbox
    program: Program


@dataclass(frozen=True)
class Dialogue:
    """How both programs ended.

    `examiner_told`: the examiner was still there to be told of the end of its input.
    """

    student: Execution
    examiner: Execution
    examiner_told: bool


async def converse(
    student: Party,
    examiner: Party,
    *,
    idle_ms: int,
    on_said: Callable[[bool, bytes], None] | None = None,
) -> Dialogue:
    """Run both programs until both have ended.

    When one ends, the other's standard input does; the student's program then has
    `idle_ms` left, the examiner's what its limits say. Where the student's failed (a limit,
    a signal, an exit code other than 0), the examiner may end by itself first, for as long
    as it works and at most `idle_ms` of CPU time. `on_said(by_student, data)` hears all that
    is passed on. Raises SandboxLostError (a PlatformFaultError) when either sandbox failed;
    a limit that takes a sandbox along is not such a failure.
    """
    talk = _Talk(student, examiner, idle_ms, on_said)
    return await talk.run()


class _Side:
    """One of the two: its run once it has started, and what came for it before that."""

    def __init__(self, party: Party, wall_ms: int) -> None:
        self.box = party.box
        self.program = replace(
            party.program,
            stdin=None,
            limits=replace(party.program.limits, wall_ms=wall_ms, strict_wall=False),
        )
        self.run: Run | None = None
        self.over = asyncio.Event()
        self._early: list[bytes] = []
        self._input_over = False

    @property
    def ended(self) -> bool:
        return self.over.is_set()

    def started(self, run: Run) -> None:
        self.run = run
        for data in self._early:
            run.write(data)
        self._early.clear()
        if self._input_over:
            run.end_input()

    def hear(self, data: bytes) -> None:
        if self.ended:
            return
        if self.run is None:
            self._early.append(data)
        else:
            self.run.write(data)

    def no_more(self) -> None:
        self._input_over = True
        if self.run is not None and not self.ended:
            self.run.end_input()

    def used_us(self) -> tuple[int, int]:
        """CPU time, and time that living threads waited for a core."""
        return (0, 0) if self.ended else (self.box.usage().cpu_us, self.box.waiting_us())


class _Talk:
    def __init__(
        self,
        student: Party,
        examiner: Party,
        idle_ms: int,
        on_said: Callable[[bool, bytes], None] | None,
    ) -> None:
        self._student = _Side(student, _FAR * idle_ms)
        self._examiner = _Side(examiner, max(examiner.program.limits.wall_ms, _FAR * idle_ms))
        self._idle_s = idle_ms / 1000
        self._on_said = on_said
        self._passed = 0
        self._examiner_told = False

    async def run(self) -> Dialogue:
        watch = asyncio.ensure_future(self._watch())
        sides = [
            asyncio.ensure_future(self._speak(self._student, self._examiner)),
            asyncio.ensure_future(self._speak(self._examiner, self._student)),
        ]
        try:
            said, examined = await asyncio.gather(*sides)
        finally:
            for task in (watch, *sides):
                task.cancel()
            await asyncio.gather(watch, *sides, return_exceptions=True)
        return Dialogue(said, examined, examiner_told=self._examiner_told)

    async def _speak(self, me: _Side, other: _Side) -> Execution:
        def pass_on(data: bytes) -> None:
            self._passed += len(data)
            if self._on_said is not None:
                self._on_said(me is self._student, data)
            other.hear(data)

        execution = await me.box.execute(me.program, on_stdout=pass_on, on_start=me.started)
        me.over.set()
        if me is self._student:
            if execution.ended is not Ended.EXITED or execution.exit_code != 0:
                await self._own_end(other)
            self._examiner_told = not other.ended
        other.no_more()
        if other is self._student and other.run is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._idle_s, _end_as_idle, other)
        return execution

    async def _own_end(self, side: _Side) -> None:
        """Wait for the end of one that works; not of one that waits, or used `idle_ms` of CPU."""
        step_s = self._idle_s / _LOOKS
        with contextlib.suppress(CarrelError, OSError):  # gone: its own task hears why
            first = last = side.used_us()
            while last[0] - first[0] < self._idle_s * 1e6:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(side.over.wait(), step_s)
                    return
                now = side.used_us()
                if sum(now) - sum(last) <= _IDLE_SHARE * 1e6 * step_s:
                    return
                last = now

    async def _watch(self) -> None:
        """End the student's program when nothing has happened for too long."""
        step_s = self._idle_s / _LOOKS
        quiet_s, passed, used, waited = 0.0, -1, 0, 0
        while True:
            await asyncio.sleep(step_s)
            try:
                sides = self._student.used_us(), self._examiner.used_us()
            except (CarrelError, OSError):  # one is gone: whoever waits for its program hears why
                return
            now, waits = sum(cpu for cpu, _ in sides), sum(waiting for _, waiting in sides)
            if self._passed != passed or now - used > _IDLE_SHARE * 1e6 * step_s:
                quiet_s = 0.0
            else:
                # One that works may get hardly any of a crowded machine: more patience.
                crowded = waits - waited > _CROWDED_SHARE * 1e6 * step_s
                quiet_s += step_s / _CROWDED_PATIENCE if crowded else step_s
            passed, used, waited = self._passed, now, waits
            if quiet_s >= self._idle_s:
                _end_as_idle(self._student)


def _end_as_idle(side: _Side) -> None:
    if side.run is not None and not side.ended:
        side.run.kill(Ended.WALL_LIMIT)
