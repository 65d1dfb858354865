"""Tests in one sandbox, the student's program in another, the host in between.

Theory of operation. The framework and the teacher's tests run in the examiner's sandbox.
What they import as the student's module stands for it: calls travel as frames over
standard output and input, the host passes them on to a small server beside the student's
program, and what that answers comes back. So student code can see no test and no expected
value, has no framework to change, and writes no report.

The two take turns strictly. The host looks at a frame's type only:

    from the examiner   N  start the student's side anew
                        C  for the student's side; it is its turn
                        T R P X D  reports; the student's side never hears of them
    from the student    A  for the examiner; it is its turn again
    to the examiner     A  as it came, or E: the program has ended, and why

What the student's side says out of turn ends it. Its CPU time is counted from unit test to
unit test, and its idle time while it is its turn only: a framework may take its time. When
it ends, whoever waits for it is told why, and the next unit test gets a new process.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from carrel.core.errors import CarrelError, ExerciseFaultError
from carrel.judge.classify import classify
from carrel.judge.stage import Stage
from carrel.judge.verdict import Verdict
from carrel.sandbox.limits import STRETCH, RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Ended, Execution, Program
from carrel.sandbox.run import Run
from carrel.texts.message import Message

HEADER = struct.Struct("<cI")
MAX_FRAME = 16 * 1024 * 1024
_REPORTS = b"TRPXD"
_MOST_REPORTS = 20_000
_FAR_MS = 3_600_000
_BUSY_SHARE = 0.2
_TURNS = 10
"""How many times the idle limit a unit test may take in all when it sleeps in small pieces."""


@dataclass(frozen=True)
class Report:
    """What the examiner says: `kind` is one letter, see the module's docstring."""

    kind: str
    content: dict[str, Any]


@dataclass
class Transcript:
    """All that came of a suite.

    `ends` says why the student's program ended, by the unit test that it was in ("" before
    the first). `cpu_ms` is by unit test too.
    """

    reports: list[Report] = field(default_factory=list)
    ends: dict[str, tuple[Verdict, str]] = field(default_factory=dict)
    cpu_ms: dict[str, int] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    memory_bytes: int = 0
    current: str = ""
    answered: bool = False
    """Whether the student's side has ever answered."""


class _Frames:
    """Frames out of bytes as they come."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return the complete frames; ValueError for one that is too long."""
        self._data += data
        frames = []
        while len(self._data) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._data)
            if length > MAX_FRAME:
                raise ValueError("a frame is too long")
            end = HEADER.size + length
            if len(self._data) < end:
                break
            frames.append((kind, bytes(self._data[HEADER.size : end])))
            del self._data[:end]
        return frames


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return HEADER.pack(kind, len(payload)) + payload


class Relay:
    """One suite: the examiner's run, and the student's, as often as it has to start.

    `start` puts what the student's side needs into a sandbox and returns its program.
    """

    def __init__(
        self,
        stage: Stage,
        limits: RunLimits,
        start: Callable[[LiveSandbox], Any],
    ) -> None:
        self.transcript = Transcript()
        self._stage = stage
        self._limits = limits
        self._start = start
        self._loop = asyncio.get_running_loop()
        self._todo: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        self._examiner: Run | None = None
        self._frames = _Frames()
        self._student: _Student | None = None
        self._began = self._loop.time()

    async def run(self, box: LiveSandbox, program: Program) -> Execution:
        """Run the examiner's program to its end and return how it ended.

        PlatformFaultError when our side failed; then nothing of this counts.
        """
        serving = asyncio.ensure_future(self._serve())
        running = asyncio.ensure_future(
            box.execute(program, on_stdout=self._from_examiner, on_start=self._examiner_started)
        )
        try:
            done, _ = await asyncio.wait({serving, running}, return_when=asyncio.FIRST_COMPLETED)
            if serving in done:  # it goes on for ever, so it failed
                await serving
            return await running
        finally:
            for task in (serving, running):
                task.cancel()
            await asyncio.gather(serving, running, return_exceptions=True)
            await self._dismiss()

    # --- the examiner ------------------------------------------------------------------

    def _examiner_started(self, run: Run) -> None:
        self._examiner = run

    def _from_examiner(self, data: bytes) -> None:
        try:
            for one in self._frames.feed(data):
                self._todo.put_nowait(one)
        except ValueError as error:
            raise ExerciseFaultError(f"the unit tests wrote what is no report: {error}") from None

    async def _serve(self) -> None:
        while True:
            kind, payload = await self._todo.get()
            if kind == b"N":
                await self._new_student()
            elif kind == b"C":
                self._ask(payload)
            elif kind == b"!":
                await self._dismiss()  # which raises what went wrong
            elif kind in _REPORTS:
                self._note(kind, payload)

    def _note(self, kind: bytes, payload: bytes) -> None:
        try:
            content = json.loads(payload)
        except (ValueError, RecursionError):
            content = None
        transcript = self.transcript
        if not isinstance(content, dict) or len(transcript.reports) >= _MOST_REPORTS:
            raise ExerciseFaultError("the unit tests wrote what is no report")
        if kind == b"T" and "called" in content:  # what was asked when the program ended
            transcript.called[transcript.current] = str(content["called"])
            return
        transcript.reports.append(Report(kind.decode(), content))
        if kind in b"TR":
            self._lap()
            transcript.current = str(content.get("name", "")) if kind == b"T" else ""
            self._began = self._loop.time()

    def _lap(self) -> None:
        if self._student is not None and self._student.run is not None:
            if self._student.ended:
                return
            try:
                lap = self._student.run.lap()
            except (CarrelError, OSError):
                return  # it has just gone; what it used is counted when its end is known
            self._count(lap.cpu_ms, lap.memory_bytes)

    def _count(self, cpu_ms: int, memory_bytes: int) -> None:
        transcript = self.transcript
        name = transcript.current
        transcript.cpu_ms[name] = transcript.cpu_ms.get(name, 0) + cpu_ms
        transcript.memory_bytes = max(transcript.memory_bytes, memory_bytes)

    def _tell(self, kind: bytes, payload: bytes) -> None:
        if self._examiner is not None:
            self._examiner.write(frame(kind, payload))

    # --- the student's side --------------------------------------------------------------

    async def _new_student(self) -> None:
        await self._dismiss()
        box = await self._stage.box()
        program = await self._start(box)
        limits = replace(self._limits, wall_ms=_FAR_MS, strict_wall=False)
        student = _Student(box, self._on_answer, self._on_end, self._on_fault)
        self._student = student
        await student.begin(replace(program, stdin=None, limits=limits))

    async def _dismiss(self) -> None:
        student, self._student = self._student, None
        if student is not None:
            await student.dismiss()

    def _ask(self, payload: bytes) -> None:
        student = self._student
        if student is None or student.ended or student.run is None:
            self._tell(b"E", self._why().encode())
            return
        student.its_turn = True
        student.run.write(frame(b"C", payload))
        try:
            used_us = student.box.usage().cpu_us
        except (CarrelError, OSError):
            return  # it has just gone, and its end is told when it is known
        self._watch(student, self._loop.time(), used_us)

    def _on_fault(self) -> None:
        self._todo.put_nowait((b"!", b""))

    def _on_answer(self, payload: bytes) -> None:
        self.transcript.answered = True
        self._tell(b"A", payload)

    def _on_end(self, student: _Student, execution: Execution) -> None:
        """Note why the student's program ended, and tell whoever waits for it."""
        self._count(execution.cpu_ms, execution.memory_bytes)
        if student.breach:
            why: tuple[Verdict, str] = (Verdict.RUNTIME_ERROR, Message("unit-broke-the-line"))
        else:
            failed = classify(execution, self._limits, self._stage.plan.spec.out_of_memory)
            why = failed or (Verdict.RUNTIME_ERROR, Message("unit-ended-itself"))
        self.transcript.ends.setdefault(self.transcript.current, why)
        if student.its_turn:
            student.its_turn = False
            self._tell(b"E", why[1].encode())

    def _why(self) -> str:
        known = self.transcript.ends.get(self.transcript.current)
        if known is None:  # it ended between two unit tests, by itself
            known = Verdict.RUNTIME_ERROR, Message("unit-ended-between")
            self.transcript.ends[self.transcript.current] = known
        return known[1]

    def _watch(self, student: _Student, since: float, cpu_us: int) -> None:
        """End a program that sleeps when it is its turn."""
        wall_s = self._limits.wall_ms / 1000
        student.turn += 1
        turn = student.turn

        def look(before: float, cpu_before_us: int) -> None:
            if student.turn != turn or not student.its_turn or student.run is None:
                return
            now = self._loop.time()
            try:
                used_us = student.box.usage().cpu_us
            except (CarrelError, OSError):
                return  # it is gone, and whoever waits for it hears why
            busy = used_us - cpu_before_us >= _BUSY_SHARE * 1e6 * (now - before)
            if busy and now - since < STRETCH * wall_s:
                student.timer = self._loop.call_later(0.5, look, now, used_us)
            else:
                student.run.kill(Ended.WALL_LIMIT)

        left = min(wall_s, max(0.01, self._began + _TURNS * wall_s - since))
        student.timer = self._loop.call_later(left, look, since, cpu_us)


class _Student:
    """One process of the student's side."""

    def __init__(
        self,
        box: LiveSandbox,
        on_answer: Callable[[bytes], None],
        on_end: Callable[[_Student, Execution], None],
        on_fault: Callable[[], None],
    ) -> None:
        self.box = box
        self.run: Run | None = None
        self.its_turn = False
        self.turn = 0
        self.breach = False
        self.ended = False
        self.timer: asyncio.TimerHandle | None = None
        self._on_answer = on_answer
        self._on_end = on_end
        self._on_fault = on_fault
        self._frames = _Frames()
        self._dismissed = False
        self._task: asyncio.Task[None] | None = None

    async def begin(self, program: Program) -> None:
        """Start it. SandboxLostError and others when our side fails, then or in `dismiss`."""
        started = asyncio.Event()

        def on_start(run: Run) -> None:
            self.run = run
            started.set()
            if self._dismissed:  # whoever waited for it to start was cancelled
                run.kill()

        async def live() -> None:
            try:
                execution = await self.box.execute(program, on_stdout=self._hear, on_start=on_start)
                self.ended = True
                if not self._dismissed:
                    self._on_end(self, execution)
            except Exception:
                self._on_fault()
                raise
            finally:
                self.ended = True
                if self.timer is not None:
                    self.timer.cancel()
                started.set()

        self._task = asyncio.ensure_future(live())
        await started.wait()
        if self._task.done():
            await self._task

    def _hear(self, data: bytes) -> None:
        try:
            frames = self._frames.feed(data)
        except ValueError:
            self._stop()
            return
        for kind, payload in frames:
            if kind != b"A" or not self.its_turn:
                self._stop()
                return
            self.its_turn = False
            if self.timer is not None:
                self.timer.cancel()
            self._on_answer(payload)

    def _stop(self) -> None:
        """End it for good: what it says is no answer."""
        self.breach = True
        if self.run is not None:
            self.run.kill()

    async def dismiss(self) -> None:
        """End it, and raise what went wrong on our side meanwhile."""
        self._dismissed = True
        if self._task is None:
            return
        if not self.ended and self.run is not None:
            self.run.kill()
        await self._task
