"""A program that somebody runs and types for: a live session, with the judge's verdict.

    client  start {code, language}   input {text}   end_input   stop
    server  compiling   started   output {stream, text}…   end {verdict, …}

The program is built and run as a submission is, with input that stays open. The wait for a
person is nobody's fault, so the limits of time count anew with each input: a program that
computes is ended as any other, one that sleeps or waits for minutes as idle. Output beyond
its limit ends the program, as in grading; a client that does not read slows it down.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from carrel.core.errors import BusyError, CarrelError, InvalidValueError, TemplateError
from carrel.core.sizes import KIB, MIB
from carrel.judge.plan import Submission
from carrel.judge.request import encode, parse_submission
from carrel.judge.run_result import run_result
from carrel.judge.single import Outcome, run_once
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS
from carrel.live.messages import BadMessageError, text_of
from carrel.live.session import Message, Outbox
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import Lender
from carrel.sandbox.run import Run

_log = logging.getLogger(__name__)

MAX_CODE_BYTES = 256 * KIB
MAX_INPUT_BYTES = MIB
"""Of one run, all that is typed together."""

TYPED_LIMITS = RunLimits(cpu_ms=10_000, wall_ms=300_000, output_bytes=MIB)
"""CPU time, and time asleep or without input, from one input to the next."""

LONGEST_S = 1800.0
START_S = 60.0
"""How long a client may take to send its program."""

_FAULT = "The platform failed, not your program. Run it again."


class TypedRun:
    """One program; implements `carrel.live.session.Session`.

    `place` gives the right to run it, and who lends its sandbox, for as long as it runs.
    `longest_s` bounds all of it, `start_s` the wait for the program.
    """

    def __init__(
        self,
        place: Callable[[], AbstractAsyncContextManager[Lender]],
        limits: RunLimits = TYPED_LIMITS,
        *,
        longest_s: float = LONGEST_S,
        start_s: float = START_S,
    ) -> None:
        self._place = place
        self._limits = limits
        self._outbox = Outbox(self._on_full)
        self._task: asyncio.Task[None] | None = None
        self._run: Run | None = None
        self._input = bytearray()
        self._input_size = 0
        self._input_over = False
        self._takes_input = True
        self._stopped = False
        self._closed = False
        self._waited_ms = 0
        self._decoders = {
            stream: codecs.getincrementaldecoder("utf-8")("backslashreplace")
            for stream in ("stdout", "stderr")
        }
        self._longest_s = longest_s
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(start_s, self._over, "No program came: send `start` first.")
        self._loop = loop

    # --- from and to the client --------------------------------------------------------

    async def send(self, message: Message) -> None:
        """Take a message of the client's."""
        if self._closed:
            return
        try:
            self._receive(message)
        except (BadMessageError, InvalidValueError) as error:
            if self._task is None:
                self._over(_sentence(str(error)))
            else:
                self._outbox.put({"type": "error", "message": _sentence(str(error))})

    def messages(self) -> AsyncIterator[Message]:
        """Return what is for the client, up to the end of the run."""
        return aiter(self._outbox)

    async def close(self) -> None:
        """End the program; idempotent."""
        self._end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _receive(self, message: Message) -> None:
        kind = message.get("type")
        if self._task is None:
            if kind != "start":
                raise BadMessageError("The first message must be of type start.")
            self._start(message)
        elif kind == "input":
            self._take_input(encode("text", text_of(message, "text", MAX_INPUT_BYTES)))
        elif kind == "end_input":
            self._input_over = True
            if self._run is not None:
                self._run.end_input()
        elif kind == "stop":
            self._stop()
        else:
            raise BadMessageError("`type` must be one of input, end_input, stop.")

    def _start(self, message: Message) -> None:
        code = text_of(message, "code", MAX_CODE_BYTES)
        language = text_of(message, "language", 100)
        submission = parse_submission(code, language, maximum=MAX_CODE_BYTES)
        spec = SPECS[submission.language]
        self._takes_input = not spec.input_is_setup
        self._timer.cancel()
        self._timer = self._loop.call_later(self._longest_s, self._too_long)
        if spec.compiler is not None:
            self._outbox.put({"type": "compiling"})
        self._task = asyncio.ensure_future(self._serve(submission))

    def _take_input(self, data: bytes) -> None:
        if not self._takes_input:
            raise BadMessageError("Programs of this language read no input.")
        if self._input_over:
            raise BadMessageError("The input has ended already.")
        if self._input_size + len(data) > MAX_INPUT_BYTES:
            raise BadMessageError(
                f"The input would have more than {MAX_INPUT_BYTES:,} bytes in all."
            )
        self._input_size += len(data)
        self._input += data
        if self._run is not None:
            # Whoever typed it may have taken a while: the limits of time count anew.
            with contextlib.suppress(CarrelError, OSError):  # it has just ended
                self._waited_ms += self._run.lap().wall_ms
            self._run.write(data)

    def _stop(self) -> None:
        self._stopped = True
        if self._run is not None:
            self._run.let_output()
            self._run.signal(signal.SIGKILL)
        elif self._task is not None:
            self._task.cancel()

    # --- the run ---------------------------------------------------------------------------

    async def _serve(self, submission: Submission) -> None:
        try:
            await self._tell(self._execute(submission))
        except asyncio.CancelledError:
            if not self._stopped or self._closed:
                raise
            self._over("The program was stopped before it began.")
        except (TemplateError, BusyError) as error:
            self._over(_sentence(str(error)))
        except CarrelError as error:
            _log.warning("a run with typed input failed: %s", error)
            self._over(_FAULT)
        except Exception:  # noqa: BLE001  # whatever it was, its client is told
            _log.exception("a run with typed input failed")
            self._over(_FAULT)

    async def _execute(self, submission: Submission) -> Outcome:
        async with self._place() as lender:
            return await run_once(
                lender,
                submission,
                None if self._takes_input else b"",
                self._limits,
                on_stdout=lambda data: self._output("stdout", data),
                on_stderr=lambda data: self._output("stderr", data),
                on_start=self._started,
            )

    async def _tell(self, running: Awaitable[Outcome]) -> None:
        outcome = await running
        self._run = None
        for stream in self._decoders:
            self._output(stream, b"", final=True)
        execution = outcome.execution
        if outcome.compile_message is not None:
            self._outbox.put(
                {"type": "output", "stream": "stderr", "text": outcome.compile_message}
            )
        result = run_result(outcome, execution.wall_ms / 1000)
        reason = "it was stopped" if self._stopped and not result.success else result.reason
        ended: dict[str, Any] = {
            "type": "end",
            "success": result.success,
            "verdict": result.verdict.value,
            "reason": str(reason),
            "exit_code": result.exit_code,
            "execution_time": result.execution_time + self._waited_ms / 1000,
            "memory_used": result.memory_used,
            "truncated": result.truncated,
            "isolation": result.isolation,
        }
        if outcome.verdict is Verdict.COMPILE_ERROR:
            ended["execution_time"] = result.execution_time
        self._outbox.put(ended)
        self._end()

    def _started(self, run: Run) -> None:
        self._run = run
        self._outbox.put({"type": "started"})
        if self._input:
            run.write(bytes(self._input))
        if self._input_over:
            run.end_input()

    def _output(self, stream: str, data: bytes, *, final: bool = False) -> None:
        if text := self._decoders[stream].decode(data, final):
            self._outbox.put({"type": "output", "stream": stream, "text": text})

    def _on_full(self, full: bool) -> None:  # noqa: FBT001 - as Outbox calls it
        if self._run is None or self._stopped:
            return
        if full:
            self._run.hold_output()
        else:
            self._run.let_output()

    # --- its end -----------------------------------------------------------------------------

    def _too_long(self) -> None:
        if self._task is not None:
            self._over(
                f"The program was ended after {self._longest_s / 60:g} minutes, "
                "the longest that one may run."
            )
            self._task.cancel()

    def _over(self, words: str) -> None:
        self._outbox.put({"type": "error", "message": words})
        self._end()

    def _end(self) -> None:
        if not self._closed:
            self._closed = True
            self._timer.cancel()
            self._outbox.close()


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."
