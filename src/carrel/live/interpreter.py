"""An interpreter that runs in a sandbox, and answers one request after the other.

Theory of operation. The program of `inside/` keeps the state of a session. The host sends
it a request at a time and hears text, messages and the answer (`line` says how). Whatever
the student's code does to that program, an end is certain: a request has a time limit, at
which the program is interrupted; one that does not stop after that is killed, and whoever
asked gets `InterpreterGoneError` with a sentence that says why. So does everybody when the
program ends by itself, breaks its line, or takes the sandbox along.

Nothing runs between two requests, or while the program waits for input, that anybody
waits for. So the whole sandbox is stopped then: an idle gVisor costs 6 % of a core.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carrel.core.errors import CarrelError, PlatformFaultError, SandboxClosedError
from carrel.live.endings import why_it_ended
from carrel.live.languages import ReplLanguage
from carrel.live.line import MARK_BYTES, BrokenLineError, LineDecoder, Text, request
from carrel.live.repl_limits import ReplLimits
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender
from carrel.sandbox.program import Identity, Program
from carrel.sandbox.run import Run

_log = logging.getLogger(__name__)

_MOST_BACKGROUND = 16 * 1024 * 1024
"""Bytes that may come while nothing runs: what printed them is no part of an execution."""


class InterpreterGoneError(Exception):
    """The interpreter has ended; the message is a clause that says why, for its user."""


@dataclass(frozen=True)
class Answer:
    """The end of a request; `stopped` says why it was interrupted, if it was."""

    message: dict[str, Any]
    stopped: str | None


class _Request:
    """The request that is being answered."""

    def __init__(self, number: int, on_message: Callable[[dict[str, Any]], None]) -> None:
        self.number = number
        self.on_message = on_message
        self.begun = False
        self.interrupted = False
        self.stopped: str | None = None
        self.last: dict[str, Any] | None = None
        self.drained = False
        self.answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()


class Interpreter:
    """One interpreter; made by `start`, ended by `close`.

    `on_text(stream, text)` hears what its programs print, at any time.
    """

    def __init__(self, box: LiveSandbox, language: ReplLanguage, limits: ReplLimits) -> None:
        self.on_text: Callable[[str, Text], None] | None = None
        self.box = box
        self._language = language
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._mark = secrets.token_hex(MARK_BYTES // 2)
        self._out, self._err = LineDecoder(self._mark), LineDecoder(self._mark)
        self._run: Run | None = None
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._request: _Request | None = None
        self._last_number = 0
        self._background = 0
        self._held = False
        self._rests = False
        self._left_s = 0.0
        self._since = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._grace: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._why: str | None = None
        self._task: asyncio.Task[None] | None = None
        self.gone: asyncio.Future[str] = self._loop.create_future()
        """Why it has ended, in a clause."""

    @classmethod
    async def start(cls, pool: Lender, language: ReplLanguage, limits: ReplLimits) -> Interpreter:
        """Return one that is ready, in a sandbox of its own.

        Raises what `Lender.acquire` raises, and PlatformFaultError when it does not come up.
        """
        box = await pool.acquire(language.template, limits.sandbox)
        made = cls(box, language, limits)
        try:
            await made._start()
        except BaseException:
            await asyncio.shield(made.close())
            raise
        return made

    async def _start(self) -> None:
        try:
            async with asyncio.timeout(self._limits.start_s):
                for path, data in self._language.files().items():
                    await self.box.write_file(path, data, readonly=True)
                self._task = asyncio.ensure_future(self._serve())
                await self._either(self._ready)
        except TimeoutError:
            raise PlatformFaultError(
                f"{self._language.title} did not start within {self._limits.start_s:g} s"
            ) from None
        if self.gone.done():
            raise PlatformFaultError(f"a session did not start: {self.gone.result()}")
        self._rest_soon()

    async def close(self) -> None:
        """End it and its sandbox; idempotent."""
        for timer in (self._deadline, self._grace, self._again, self._resting):
            if timer is not None:
                timer.cancel()
        self._end("the session was closed")
        await self.box.destroy("the session was closed")
        if self._task is not None:
            await asyncio.wait({self._task})

    # --- requests ------------------------------------------------------------------

    async def ask(
        self,
        do: str,
        *,
        limit_s: float,
        on_message: Callable[[dict[str, Any]], None] = lambda _: None,
        **content: Any,
    ) -> Answer:
        """Send a request and return its answer; `on_message` hears what comes before.

        One at a time. InterpreterGoneError when it ends instead of answering.
        """
        if self._request is not None:
            raise RuntimeError("an interpreter answers one request at a time")
        self._check()
        self._last_number += 1
        self._background = 0
        current = self._request = _Request(self._last_number, on_message)
        try:
            self._go_on()
            self._send(do=do, id=current.number, **content)
            self._run_clock(limit_s)
            await self._either(current.answer)
            if not current.answer.done():
                raise InterpreterGoneError(self.gone.result())
            return Answer(current.answer.result(), current.stopped)
        finally:
            self._stop_clock()
            for timer in (self._grace, self._again):
                if timer is not None:
                    timer.cancel()
            self._grace = self._again = None
            self._request = None
            self.let_output()
            self._rest_soon()

    def answer_input(self, number: int, text: str | None) -> None:
        """Give the program the line that it asked for with `number`; None: the input ended."""
        if self._request is None or self.gone.done():
            return
        self._go_on()
        self._send(do="input", ask=number, text=text)
        self._run_clock(self._left_s)

    def stop(self, why: str) -> None:
        """Interrupt what runs; what does not end soon after is killed. `why` is a clause."""
        current = self._request
        if current is None or self.gone.done():
            return
        current.stopped = current.stopped or why
        self.let_output()  # else it could not be heard that it ended
        self._go_on()
        self._stop_clock()
        current.interrupted = True
        if current.begun:
            self._signal(current)
        if self._grace is None:
            self._grace = self._loop.call_later(
                self._limits.grace_s, self._kill, f"{why}, and it did not stop when interrupted"
            )

    def _signal(self, current: _Request) -> None:
        if self._run is None or current is not self._request or current.answer.done():
            return
        self._run.signal(signal.SIGINT)
        if self._language.again_s is not None:
            if self._again is not None:
                self._again.cancel()
            self._again = self._loop.call_later(self._language.again_s, self._signal, current)

    def hold_output(self) -> None:
        """Slow what runs down, because nobody takes its output; `let_output` ends it."""
        current = self._request
        if self._held or self._run is None or current is None or current.interrupted:
            return
        self._held = True
        self._run.hold_output()

    def let_output(self) -> None:
        """Take output again."""
        if self._held and self._run is not None:
            self._held = False
            self._run.let_output()

    # --- clocks ----------------------------------------------------------------------

    def _run_clock(self, left_s: float) -> None:
        self._stop_clock()
        self._left_s, self._since = left_s, self._loop.time()
        self._deadline = self._loop.call_later(
            left_s, self.stop, "it ran for longer than its time limit"
        )

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self._left_s = max(0.1, self._left_s - (self._loop.time() - self._since))

    def _rest_soon(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting = self._loop.call_later(self._limits.rest_s, self._rest)

    def _rest(self) -> None:
        if self.box.is_alive and not self.gone.done():
            self._rests = True
            with contextlib.suppress(CarrelError, OSError):  # it has just gone
                self.box.rest()

    def _go_on(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._rests:
            self._rests = False
            with contextlib.suppress(CarrelError, OSError):
                self.box.wake()

    # --- the program ------------------------------------------------------------------

    async def _serve(self) -> None:
        lifetime_ms = round(1000 * self._limits.sandbox.lifetime_s)
        program = Program(
            argv=self._language.argv(self._mark),
            # An execution's time is counted here; these are the sandbox's own.
            limits=RunLimits(wall_ms=lifetime_ms, processes=self._limits.processes),
            identity=Identity.FRESH,
            stdin=None,
            env=self._language.env,
        )
        try:
            execution = await self.box.execute(
                program,
                on_stdout=self._on_stdout,
                on_stderr=self._on_stderr,
                on_start=self._started,
                passed_on=True,
            )
        except SandboxClosedError:
            self._end("it reached the longest time that a session may last")
        except CarrelError as error:
            _log.warning("a session was lost: %s", error)
            self._end("the platform lost its sandbox, which is not your program's fault")
        else:
            memory = self._limits.sandbox.memory_bytes
            self._end(why_it_ended(execution, self._language.title, memory))
        finally:
            self._end("it was stopped")

    def _started(self, run: Run) -> None:
        self._run = run

    def _end(self, why: str) -> None:
        if not self.gone.done():
            self.gone.set_result(self._why or why)

    def _kill(self, why: str) -> None:
        self._why = self._why or why
        if self._run is not None:
            self._go_on()
            self._run.kill()

    def _check(self) -> None:
        if self.gone.done():
            raise InterpreterGoneError(self.gone.result())

    async def _either(self, future: asyncio.Future[Any]) -> None:
        """Wait for it, or for the end."""
        both: set[asyncio.Future[Any]] = {future, self.gone}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)

    def _send(self, **content: Any) -> None:
        if self._run is not None:
            self._run.write(request(**content))

    # --- what it says ------------------------------------------------------------------

    def _on_stdout(self, data: bytes) -> None:
        self._hear("stdout", self._out, data)

    def _on_stderr(self, data: bytes) -> None:
        self._hear("stderr", self._err, data)

    def _hear(self, stream: str, decoder: LineDecoder, data: bytes) -> None:
        try:
            for item in decoder.feed(data):
                if isinstance(item, Text):
                    self._text(stream, item)
                else:
                    self._message(item)
        except BrokenLineError as error:
            if self._why is None:
                _log.info("a session broke its line: %s", error)
            self._kill("the program wrote into the line between Python and carrel")

    def _text(self, stream: str, text: Text) -> None:
        if self._request is None:
            self._background += text.size
            if self._background > _MOST_BACKGROUND:
                self._kill("a program in the background printed without end")
        if self.on_text is not None:
            self.on_text(stream, text)

    def _message(self, message: dict[str, Any]) -> None:
        kind, current = message["t"], self._request
        if kind == "ready":
            if not self._ready.done():
                self._ready.set_result(None)
            return
        number = message.get("id")
        if current is None or not isinstance(number, int) or number != current.number:
            return  # late, or forged
        if kind == "begun":
            if not current.begun and current.interrupted:
                self._signal(current)
            current.begun = True
        elif kind == "end":
            current.drained = True
            self._answered(current)
        elif kind in ("done", "completions"):
            current.last = message
            self._answered(current)
        else:
            if kind == "input":
                self._stop_clock()
                self._rest_soon()
            current.on_message(message)

    def _answered(self, current: _Request) -> None:
        if current.drained and current.last is not None and not current.answer.done():
            current.answer.set_result(current.last)
