"""A REPL session: the client's commands, one after the other, on one interpreter.

`execute`, `complete` and `reset` wait for their turn; `interrupt` and `input` are for what
runs. Whatever ends the interpreter, the session goes on with a new one and says so: only
the end of its time, of its client or of the platform's places ends a session.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from carrel.core.errors import CarrelError, SandboxClosedError
from carrel.core.sizes import format_size
from carrel.live.cell import Captured, Cell
from carrel.live.interpreter import Answer, Interpreter, InterpreterGoneError
from carrel.live.line import Text
from carrel.live.messages import BadMessageError, no_completions, read_completions, text_of
from carrel.live.repl_limits import ReplLimits
from carrel.live.rich import make_safe
from carrel.live.session import Message, Outbox, shown

_log = logging.getLogger(__name__)

StartInterpreter = Callable[[], Awaitable[Interpreter]]

_MOST_PROMPT = 2000
_MOST_DISPLAYS = 20


class ReplSession:
    """One client's session; open it with `open`, end it with `close`.

    `start` makes an interpreter. Implements `Session`.
    """

    def __init__(
        self,
        start: StartInterpreter,
        limits: ReplLimits,
    ) -> None:
        self._start = start
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(self._on_full)
        self._todo: deque[Message] = deque()
        self._work = asyncio.Event()
        self._interpreter: Interpreter | None = None
        self._cell: Cell | None = None
        self._early: list[tuple[str, Text]] = []
        self._early_bytes = 0
        self._extras = False
        self._resetting = False
        self._idle: asyncio.TimerHandle | None = None
        self._worker: asyncio.Task[None] | None = None
        self._background: set[asyncio.Future[None]] = set()
        self._closed = False

    async def open(self) -> None:
        """Start it; it is ready then, and has said so. Raises what `start` raises."""
        self._take(await self._start())
        self._outbox.put({"type": "ready"})
        self._wait_for_use()
        self._worker = asyncio.ensure_future(self._serve())

    # --- from and to the client --------------------------------------------------------

    async def send(self, message: Message) -> None:
        """Take a message of the client's."""
        if self._closed:
            return
        self._wait_for_use()
        try:
            self._receive(message)
        except BadMessageError as error:
            self._error(str(error))
            await self._outbox.room()  # whoever sends nonsense has to read of it, too

    def messages(self) -> AsyncIterator[Message]:
        """Return what is for the client, up to the session's end."""
        return aiter(self._outbox)

    def _receive(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "execute":
            text_of(message, "code", self._limits.code_bytes)
            if not isinstance(message.get("stream", False), bool):
                raise BadMessageError("`stream` must be true or false.")
            self._extras = self._extras or message.get("stream", False)
            self._queue(message)
        elif kind == "complete":
            code = text_of(message, "code", self._limits.code_bytes)
            cursor = message.get("cursor")
            if type(cursor) is not int or not 0 <= cursor <= len(code):
                raise BadMessageError(
                    "`cursor` must be a place in the code: a whole number from 0 to its length."
                )
            self._queue(message)
        elif kind == "reset":
            self._reset()
        elif kind == "interrupt":
            self._interrupt()
        elif kind == "input":
            self._input(text_of(message, "text", self._limits.code_bytes))
        else:
            raise BadMessageError(
                "`type` must be one of execute, reset, interrupt, input, complete."
            )

    def _queue(self, message: Message) -> None:
        if len(self._todo) >= self._limits.pending:
            raise BadMessageError(
                f"{self._limits.pending} commands wait already: "
                "wait for their results, then send this one again."
            )
        self._todo.append(message)
        self._work.set()

    def _reset(self) -> None:
        """Forget what waits; what runs is stopped, and the interpreter replaced."""
        self._drop_waiting("The session was reset before this ran.")
        self._todo.append({"type": "reset"})
        self._work.set()
        if self._cell is not None:
            self._resetting = self._cell.interrupted = True
            if self._interpreter is not None:
                self._in_background(self._interpreter.close())

    def _interrupt(self) -> None:
        cell = self._cell
        if cell is not None:
            cell.interrupted = True
            cell.asks = None
            if self._interpreter is not None:
                self._interpreter.stop("it was interrupted")
        elif not self._drop_waiting("This was interrupted before it ran."):
            raise BadMessageError("Nothing runs that could be interrupted.")

    def _drop_waiting(self, words: str) -> bool:
        """Answer what waits with these words instead of doing it; False: nothing waits."""
        waiting = list(self._todo)
        self._todo.clear()
        for message in waiting:
            if message["type"] == "execute":
                self._result(stderr=words + "\n", success=False)
            elif message["type"] == "complete":
                self._outbox.put({"type": "completions", **no_completions(message)})
            else:
                self._todo.append(message)  # a reset has been promised
        return any(message["type"] == "execute" for message in waiting)

    def _input(self, text: str) -> None:
        cell, interpreter = self._cell, self._interpreter
        if cell is None or interpreter is None or cell.asks is None:
            raise BadMessageError("The program does not wait for input.")
        number, cell.asks = cell.asks, None
        interpreter.answer_input(number, text.removesuffix("\n"))

    def _error(self, words: str) -> None:
        self._outbox.put({"type": "error", "message": words})

    def _result(self, *, stdout: str = "", stderr: str, success: bool) -> None:
        self._outbox.put({"type": "result", "stdout": stdout, "stderr": stderr, "success": success})

    def _on_full(self, full: bool) -> None:  # noqa: FBT001 - as Outbox calls it
        if self._interpreter is not None:
            if full:
                self._interpreter.hold_output()
            else:
                self._interpreter.let_output()

    # --- the work ------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Do one command after the other. A session that cannot go on says why, and ends."""
        try:
            while True:
                await self._work.wait()
                await self._outbox.room()
                if self._closed:
                    return
                if not self._todo:
                    self._work.clear()
                    continue
                await self._do(self._todo.popleft())
        except CarrelError as error:
            _log.warning("a session cannot go on: %s", error)
            self._over("The session cannot go on: no new sandbox can be had. Connect again later.")
        except Exception:  # noqa: BLE001  # whatever it was, its client is told
            _log.exception("a session failed")
            self._over("The session failed on our side. Connect again for a new one.")

    async def _do(self, message: Message) -> None:
        if message["type"] == "reset":
            await self._restart()
            self._early.clear()
            self._early_bytes = 0
            self._outbox.put({"type": "reset_complete"})
        elif message["type"] == "execute":
            await self._execute(message)
        else:
            await self._complete(message)

    async def _execute(self, message: Message) -> None:
        limit = self._limits.output_bytes
        cell = Cell(message.get("stream", False), Captured(limit), Captured(limit))
        self._cell = cell
        interpreter = await self._ready()
        if cell.interrupted:
            self._cell = None
            self._result(stderr="This was interrupted before it ran.\n", success=False)
            return
        for stream, text in self._early:
            self._show(cell, stream, text)
        self._early.clear()
        self._early_bytes = 0
        try:
            answer = await interpreter.ask(
                "execute",
                limit_s=self._limits.execute_s,
                on_message=lambda content: self._on_message(cell, content),
                code=message["code"],
                rich=cell.stream,
            )
        except InterpreterGoneError as gone:
            self._cell = None
            await self._mourn(cell, str(gone))
        else:
            self._cell = None
            self._finish(cell, answer)

    def _finish(self, cell: Cell, answer: Answer) -> None:
        stopped = answer.stopped
        notes = () if stopped is None or cell.interrupted else (f"Stopped: {stopped}.",)
        success = answer.message.get("ok") is True and stopped is None
        self._result(success=success, **cell.texts(*notes))

    async def _mourn(self, cell: Cell, why: str) -> None:
        """Tell of an interpreter that ended in an execution, and go on with a new one."""
        if self._closed:
            return
        if self._resetting:
            note = "Stopped: the session was reset."
        else:
            await self._restart()
            note = _restarted(why)
        self._result(success=False, **cell.texts(note))

    async def _complete(self, message: Message) -> None:
        found = no_completions(message)
        interpreter = await self._ready()
        try:
            answer = await interpreter.ask(
                "complete",
                limit_s=self._limits.complete_s,
                code=message["code"],
                cursor=message["cursor"],
            )
            found = read_completions(answer.message, len(message["code"])) or found
        except InterpreterGoneError as gone:
            await self._restart()
            self._error(_restarted(str(gone)))
        self._outbox.put({"type": "completions", **found})

    # --- what the interpreter says ----------------------------------------------------------

    def _on_text(self, stream: str, text: Text) -> None:
        if self._cell is not None:
            self._show(self._cell, stream, text)
        elif self._early_bytes < self._limits.output_bytes:
            # A thread or a process in the background: it is part of what comes next.
            self._early.append((stream, text))
            self._early_bytes += text.size

    def _show(self, cell: Cell, stream: str, text: Text) -> None:
        captured = cell.streams[stream]
        kept = captured.take(text)
        if kept and cell.stream:
            self._outbox.put({"type": "output", "stream": stream, "text": kept})
        if captured.left_out and not cell.stopped and self._interpreter is not None:
            cell.stopped = True
            limit = format_size(self._limits.output_bytes)
            self._interpreter.stop(f"it printed more than {limit}")

    def _on_message(self, cell: Cell, message: dict[str, Any]) -> None:
        """Handle a message of the program's, which may be forged: all of it is checked."""
        if message["t"] == "input":
            number, prompt = message.get("ask"), message.get("prompt")
            if type(number) is not int or not isinstance(prompt, str):
                return
            if not cell.stream:
                if self._interpreter is not None:  # nobody there could answer
                    self._interpreter.answer_input(number, None)
                return
            cell.asks = number
            prompt = shown(prompt[-_MOST_PROMPT:])
            self._outbox.put({"type": "input_request", "prompt": prompt})
        elif message["t"] == "display" and cell.stream:
            mime, data = message.get("mime"), message.get("data")
            if not isinstance(mime, str) or not isinstance(data, str):
                return
            cell.displays += 1
            safe = make_safe(mime, data) if cell.displays <= _MOST_DISPLAYS else None
            if safe is not None:
                self._outbox.put({"type": "display", "mime": mime, "data": shown(safe)})

    # --- interpreters -----------------------------------------------------------------------

    async def _ready(self) -> Interpreter:
        """Return the interpreter; a new one where the last one has ended meanwhile."""
        if self._interpreter is None or self._interpreter.gone.done():
            await self._restart()
        assert self._interpreter is not None  # noqa: S101 - _restart has set it
        return self._interpreter

    async def _restart(self) -> None:
        await self._leave()
        if self._closed:
            raise SandboxClosedError("the session is closed")
        self._resetting = False
        self._take(await self._start())

    def _take(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        interpreter.on_text = self._on_text
        interpreter.gone.add_done_callback(self._on_gone)

    def _on_gone(self, gone: asyncio.Future[str]) -> None:
        """Tell at once of an interpreter that ended while nothing ran."""
        current = self._interpreter
        if self._closed or current is None or current.gone is not gone or self._todo:
            return
        if self._cell is None and not self._resetting:
            self._error(_restarted(gone.result()))

    async def _leave(self) -> None:
        interpreter, self._interpreter = self._interpreter, None
        if interpreter is not None:
            interpreter.on_text = None
            await asyncio.shield(interpreter.close())

    def _in_background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("cannot end a session: %s", error)

    # --- its end -----------------------------------------------------------------------------

    def _wait_for_use(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        before_s = max(0.0, self._limits.idle_s - self._limits.warning_s)
        self._idle = self._loop.call_later(before_s, self._warn)

    def _is_busy(self) -> bool:
        """Whether something runs or waits to; not while the program waits for input."""
        cell = self._cell
        return bool(self._todo) or (cell is not None and cell.asks is None)

    def _warn(self) -> None:
        if self._is_busy():
            self._wait_for_use()
            return
        if self._extras:
            words = f"The session closes in {self._limits.warning_s:g} s unless you use it."
            self._outbox.put({"type": "warning", "message": words})
        left_s = min(self._limits.warning_s, self._limits.idle_s)
        self._idle = self._loop.call_later(left_s, self._end_of_idleness)

    def _end_of_idleness(self) -> None:
        if self._is_busy():
            self._wait_for_use()
            return
        self._over(
            f"The session was closed after {self._limits.idle_s:g} s without a command. "
            "Connect again for a new one."
        )

    def _over(self, words: str) -> None:
        """End the session from this side; its owner closes it when its messages end."""
        if not self._closed:
            self._error(words)
            self._end()
            self._in_background(self._leave())

    def _end(self) -> None:
        if not self._closed:
            self._closed = True
            self._outbox.close()
            if self._idle is not None:
                self._idle.cancel()

    async def close(self) -> None:
        """End the session and its sandbox; idempotent."""
        self._end()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait({self._worker})
        await self._leave()
        if self._background:
            await asyncio.wait(self._background)


def _restarted(why: str) -> str:
    return f"The session was restarted, because {why}. Its variables, imports and files are gone."
