"""A terminal session: a shell on a PTY in a sandbox.

    client  input {text}   resize {columns, rows}
    server  ready   output {text}…   end {exit_code, reason}

The PTY is made by a program of ours inside the sandbox (`inside/terminal`), so the agent knows
nothing of terminals. Nothing that is printed is left out, however much it is: a client that
does not read slows the terminal down (`Outbox`).
"""

from __future__ import annotations

import asyncio
import codecs
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from carrel.core.errors import CarrelError, InvalidValueError, SandboxClosedError
from carrel.core.sizes import KIB
from carrel.languages.registry import SPECS, Language, parse_language
from carrel.live.endings import why_it_ended
from carrel.live.languages import OURS, program_files
from carrel.live.line import request
from carrel.live.messages import BadMessageError, number_of, text_of
from carrel.live.repl_limits import ReplLimits
from carrel.live.session import Message, Outbox
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender
from carrel.sandbox.program import Execution, Identity, Program
from carrel.sandbox.run import Run

_log = logging.getLogger(__name__)

TEMPLATES = frozenset({"base", "code-interpreter"})
"""Those that hold a Python for the program inside."""

MAX_INPUT_BYTES = 64 * KIB
MAX_SIZE = 1000
_NO_TERMINAL = 71
_SHELL = ("/bin/bash", "--noprofile", "--norc", "-i")
_ENVIRONMENT = {
    "TERM": "xterm-256color",
    "PS1": r"\w\$ ",
    "HISTFILE": "",
    "SHELL": "/bin/bash",
}


@dataclass(frozen=True)
class Size:
    """Of a terminal, in characters."""

    columns: int = 80
    rows: int = 24


def parse_terminal_language(name: str) -> Language:
    """Return the language of that name; InvalidValueError names those that have terminals."""
    language = parse_language(name)
    if SPECS[language].template not in TEMPLATES:
        known = sorted(one for one, spec in SPECS.items() if spec.template in TEMPLATES)
        raise InvalidValueError("language", name, f"there are terminals for: {', '.join(known)}")
    return language


class TerminalSession:
    """One terminal; implements `carrel.live.session.Session`. Open it with `open`."""

    def __init__(self, limits: ReplLimits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(self._on_full)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._box: LiveSandbox | None = None
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    async def open(self, lender: Lender, language: Language, size: Size) -> LiveSandbox:
        """Start the shell in a sandbox of the language's template, and return that.

        Raises what `Lender.acquire` raises.
        """
        spec = SPECS[language]
        self._box = await lender.acquire(spec.template, self._limits.sandbox)
        for path, data in program_files("terminal").items():
            await self._box.write_file(path, data, readonly=True)
        program = Program(
            argv=(
                *("python3", "-I", "-S", f"{OURS}/terminal/terminal.py"),
                *(str(size.columns), str(size.rows), *_SHELL),
            ),
            limits=RunLimits(
                wall_ms=round(1000 * self._limits.sandbox.lifetime_s),
                processes=self._limits.processes,
            ),
            identity=Identity.FRESH,
            stdin=None,
            env={**spec.env, **_ENVIRONMENT},
        )
        self._outbox.put({"type": "ready"})
        self._task = asyncio.ensure_future(self._serve(self._box, program))
        self._wait_for_use()
        return self._box

    # --- from and to the client --------------------------------------------------------

    async def send(self, message: Message) -> None:
        """Take a message of the client's."""
        if self._closed:
            return
        self._wait_for_use()
        try:
            self._receive(message)
        except BadMessageError as error:
            self._outbox.put({"type": "error", "message": str(error)})
            await self._outbox.room()

    def messages(self) -> AsyncIterator[Message]:
        """Return what is for the client, up to the session's end."""
        return aiter(self._outbox)

    def _receive(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "input":
            text = text_of(message, "text", MAX_INPUT_BYTES)
            self._ask(do="input", text=text.encode("utf-8", "replace").decode())
        elif kind == "resize":
            columns = number_of(message, "columns", 1, MAX_SIZE)
            rows = number_of(message, "rows", 1, MAX_SIZE)
            self._ask(do="resize", columns=columns, rows=rows)
        else:
            raise BadMessageError("`type` must be input or resize.")

    def _ask(self, **content: object) -> None:
        if self._run is not None:
            self._run.write(request(**content))

    # --- the shell -----------------------------------------------------------------------

    async def _serve(self, box: LiveSandbox, program: Program) -> None:
        try:
            execution = await box.execute(
                program, on_stdout=self._show, on_start=self._started, passed_on=True
            )
        except SandboxClosedError:
            self._over("The session reached the longest time that one may last.")
        except CarrelError as error:
            _log.warning("a terminal was lost: %s", error)
            self._over("The platform lost the terminal, which is not your fault. Open a new one.")
        else:
            self._ended(execution)

    def _started(self, run: Run) -> None:
        self._run = run

    def _show(self, data: bytes) -> None:
        if text := self._decoder.decode(data):
            self._outbox.put({"type": "output", "stream": "stdout", "text": text})

    def _ended(self, execution: Execution) -> None:
        if execution.exit_code == _NO_TERMINAL:
            self._over("This machine's isolation has no terminals.")
            return
        plain = execution.exit_code is not None and not execution.sandbox_lost
        memory = self._limits.sandbox.memory_bytes
        self._outbox.put(
            {
                "type": "end",
                "exit_code": execution.shell_exit_code,
                "reason": "" if plain else why_it_ended(execution, "the shell", memory),
            }
        )
        self._end()

    def _on_full(self, full: bool) -> None:  # noqa: FBT001 - as Outbox calls it
        if self._run is None:
            return
        if full:
            self._run.hold_output()
        else:
            self._run.let_output()

    # --- its end -------------------------------------------------------------------------

    def _wait_for_use(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = self._loop.call_later(
            self._limits.idle_s,
            self._over,
            (
                f"The terminal was closed after {self._limits.idle_s:g} s without input. "
                "Open a new one."
            ),
        )

    def _over(self, words: str) -> None:
        if not self._closed:
            self._outbox.put({"type": "error", "message": words})
            self._end()

    def _end(self) -> None:
        self._closed = True
        self._outbox.close()
        if self._idle is not None:
            self._idle.cancel()

    async def close(self) -> None:
        """Hang up, and end the sandbox; idempotent."""
        self._end()
        if self._box is not None:
            await self._box.destroy("the terminal was closed")
        if self._task is not None:
            await asyncio.wait({self._task})
