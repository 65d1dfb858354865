"""One process that answers calls, one after the other.

Theory of operation. The harness in the sandbox loads the student's program, says that it
is ready, and then reads a call, makes it, and writes what came of it, until there is no
more input. The host sends a call only when the one before is answered, so no call can
see the arguments of a later one. Each call carries a number that nobody can guess, and
its answer must carry the same: what was written before the call was known is no answer.

The limits of time hold for the loading and for each call by itself. A process that ends
costs the call at hand only; the next one gets a new process. All that comes back is
hostile, and all it can achieve is to be the right value.

    to the harness     length u32, number 8 bytes, count of arguments u32, arguments
    from the harness   length u32, number 8 bytes, status, content
        Y  ready (its number is zero)      N  the function cannot be called: a text
        R  returned: a value               E  raised: classes (count u32, texts), message, trace
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from carrel.judge.kinds.call_values import (
    MalformedError,
    Reader,
    Result,
    Value,
    decode,
    encode,
)
from carrel.judge.stage import Stage
from carrel.languages.harness.types import Type
from carrel.sandbox.program import Ended, Execution
from carrel.sandbox.run import Lap, Run

_U32 = struct.Struct(">I")
_NUMBER = 8
_READY = bytes(_NUMBER)
_END_S = 2.0
"""How long a process may take to end when there is no more input."""
_MAX_CLASSES = 32
_MAX_TEXT = 4096
_MAX_FOUND = 200
_MAX_TRACE = 16 * 1024
_LARGE = 256 * 1024


@dataclass(frozen=True)
class Returned:
    """The function returned this."""

    value: Result


@dataclass(frozen=True)
class Raised:
    """The function raised an error: its class and those it derives from, and what it said."""

    classes: tuple[str, ...]
    message: str
    trace: str


@dataclass(frozen=True)
class Broken:
    """What came back was no answer to this call."""


Answer = Returned | Raised | Broken


class NotCallableError(Exception):
    """The program has no such function; `found` is how it is declared instead, if it is."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = " ".join(found.split())


class Session:
    """One process on a stage; `end` it in any case."""

    def __init__(self, stage: Stage) -> None:
        self.said = bytearray()
        """What the process printed, on stdout and stderr."""
        limits = stage.plan.limits
        self._stage = stage
        self._most_bytes = limits.output_bytes // 2
        self._most_cpu_ms = 5_000 + 5 * (limits.cpu_ms or limits.wall_ms)
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._run: Run | None = None
        self._task: asyncio.Task[Execution] | None = None
        self._received = 0
        self._cpu_ms = 0

    @property
    def is_worn(self) -> bool:
        """Whether a new process should make the next call: a run's limits hold for all of it."""
        return self._received > self._most_bytes or self._cpu_ms > self._most_cpu_ms

    async def start(self) -> bool:
        """Load the program; False when it ended instead of being ready.

        NotCallableError when it does not have the function, RefusedError when it does not
        parse.
        """
        self._task = asyncio.ensure_future(
            self._stage.execute(
                self._stage.plan.program(None),
                on_stdout=self._hear,
                on_stderr=self.said.extend,
                on_start=self._started,
            )
        )
        self._task.add_done_callback(lambda _: self._news.set())
        frame = await self._frame()
        if frame is None:
            return False
        number, status, content = _split(frame)
        if number == _READY and status == b"N":
            # No argument of any test has been sent to this process, so it can tell none.
            raise NotCallableError(content.decode("utf-8", "backslashreplace")[:_MAX_FOUND])
        if number != _READY or status != b"Y":
            self._kill()
            return False
        self._lap()
        return True

    async def call(
        self, arguments: Sequence[tuple[Value, Type]], *, max_parts: int
    ) -> tuple[Answer, Lap] | None:
        """Make a call; None when the process ended instead of answering.

        A result of more than `max_parts` values is not looked at.
        """
        if self._run is None or self._task is None or self._task.done():
            return None
        if self._buffer:  # an answer to a question that was not asked
            return Broken(), self._lap()
        number = secrets.token_bytes(_NUMBER)
        payload = number + _U32.pack(len(arguments))
        payload += b"".join(encode(value, kind) for value, kind in arguments)
        self._run.write(_U32.pack(len(payload)) + payload)
        frame = await self._frame()
        if frame is None:
            return None
        lap = self._lap()
        if len(frame) > _LARGE:
            return await asyncio.to_thread(_answer, frame, number, max_parts), lap
        return _answer(frame, number, max_parts), lap

    async def end(self) -> Execution | None:
        """End the process and return how it ended; None if we had to kill it."""
        if self._task is None:
            return None
        if self._run is not None and not self._task.done():
            self._run.end_input()
            await asyncio.wait([self._task], timeout=_END_S)
            if not self._task.done():
                self._kill()
        try:
            execution = await self._task
        except asyncio.CancelledError:
            self._task.cancel()
            raise
        return None if execution.ended is Ended.KILLED else execution

    async def abandon(self) -> None:
        """End the process without asking how."""
        if self._task is not None and not self._task.done():
            self._kill()
            self._task.cancel()
            await asyncio.wait([self._task])
        # These refer to us, and hold all that the process wrote.
        self._task = self._run = None
        self._buffer.clear()

    def _started(self, run: Run) -> None:
        self._run = run

    def _hear(self, data: bytes) -> None:
        self._buffer += data
        self._received += len(data)
        announced = _U32.unpack_from(self._buffer)[0] if len(self._buffer) >= _U32.size else 0
        if announced > self._most_bytes and self._run is not None:
            self._run.kill(Ended.OUTPUT_LIMIT)
        self._news.set()

    async def _frame(self) -> bytes | None:
        """Wait for the next frame; None when the process ended without one."""
        while True:
            if len(self._buffer) >= _U32.size:
                end = _U32.size + int(_U32.unpack_from(self._buffer)[0])
                if len(self._buffer) >= end:
                    frame = bytes(self._buffer[_U32.size : end])
                    del self._buffer[:end]
                    return frame
            if self._task is None or self._task.done():
                if self._task is not None:
                    self._task.result()  # raises what is not the program's doing
                return None
            self._news.clear()
            await self._news.wait()

    def _lap(self) -> Lap:
        lap = Lap(0, 0, 0) if self._run is None else self._run.lap()
        self._cpu_ms += lap.cpu_ms
        return lap

    def _kill(self) -> None:
        if self._run is not None:
            self._run.kill()


def _split(frame: bytes) -> tuple[bytes, bytes, bytes]:
    return frame[:_NUMBER], frame[_NUMBER : _NUMBER + 1], frame[_NUMBER + 1 :]


def _answer(frame: bytes, asked: bytes, max_parts: int) -> Answer:
    number, status, content = _split(frame)
    if number != asked:
        return Broken()
    try:
        if status == b"R":
            return Returned(decode(content, max_parts=max_parts))
        if status == b"E":
            return _raised(Reader(content))
    except MalformedError:
        pass
    return Broken()


def _raised(reader: Reader) -> Raised:
    (count,) = _U32.unpack(reader.take(_U32.size))
    if count > _MAX_CLASSES:
        raise MalformedError("too many classes")
    classes = tuple(reader.text()[:_MAX_TEXT] for _ in range(count))
    return Raised(classes, reader.text()[:_MAX_TEXT], reader.text()[:_MAX_TRACE])
