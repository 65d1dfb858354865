"""Live sessions in sandboxes of this machine: each holds a place for as long as it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from carrel.admission.admission import Admission, Ticket
from carrel.admission.rules import Kind
from carrel.core.errors import BusyError, InvalidValueError
from carrel.judge.typed_run import TypedRun
from carrel.live.interpreter import Interpreter
from carrel.live.languages import parse_repl_language
from carrel.live.repl import ReplSession
from carrel.live.repl_limits import ReplLimits
from carrel.live.session import Message, Session
from carrel.live.terminal import MAX_SIZE, Size, TerminalSession, parse_terminal_language
from carrel.sandbox.pool import Lender
from carrel.worker.spares import SpareInterpreters

PATIENCE_S = 10.0
RETRY_AFTER_S = 30


class LiveSessions:
    """Opens sessions; grading keeps its places however many there are (see `admission`)."""

    def __init__(
        self,
        admission: Admission,
        *,
        patience_s: float = PATIENCE_S,
        limits: ReplLimits | None = None,
    ) -> None:
        self._admission = admission
        self._patience_s = patience_s
        self._limits = limits or ReplLimits()
        self.spares = SpareInterpreters(admission.pool, self._limits)

    @property
    def kinds(self) -> dict[str, Callable[[Mapping[str, str]], Awaitable[Session]]]:
        """What opens a session, by the kind of it."""
        return {"repl": self.open_repl, "run": self.open_run, "terminal": self.open_terminal}

    async def open_repl(self, options: Mapping[str, str]) -> Session:
        """Return a REPL session that is ready; its option is `language`, Python by default.

        InvalidValueError for a language that has none, BusyError when there are too many
        sessions; and what `Lender.acquire` raises.
        """
        _check(options, "language")
        language = parse_repl_language(options.get("language", "python"))

        place = AsyncExitStack()
        ticket, lender = await place.enter_async_context(self._place())

        async def start() -> Interpreter:
            interpreter = await self.spares.take(lender, language)
            ticket.activity.watch(interpreter.box)
            return interpreter

        session = ReplSession(start, self._limits)
        try:
            await session.open()
        except BaseException:
            await asyncio.shield(session.close())
            await place.aclose()
            raise
        return _PlacedSession(session, place)

    async def open_run(self, options: Mapping[str, str]) -> Session:
        """Return a session that waits for a program, and takes a place when it comes."""
        _check(options)
        return TypedRun(self._lender)

    async def open_terminal(self, options: Mapping[str, str]) -> Session:
        """Return a terminal in the sandbox of a language; raises as `open_repl`.

        Its options are `language`, Python by default, `columns` and `rows`.
        """
        _check(options, "language", "columns", "rows")
        language = parse_terminal_language(options.get("language", "python"))
        size = Size(_number(options, "columns", 80), _number(options, "rows", 24))
        place = AsyncExitStack()
        ticket, lender = await place.enter_async_context(self._place())
        session = TerminalSession(self._limits)
        try:
            ticket.activity.watch(await session.open(lender, language, size))
        except BaseException:
            await asyncio.shield(session.close())
            await place.aclose()
            raise
        return _PlacedSession(session, place)

    async def close(self) -> None:
        """End what waits for sessions. Those that are open are their owners' to close."""
        await self.spares.close()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[tuple[Ticket, Lender]]:
        ticket = self._admission.ask(Kind.LIVE, patience_s=self._patience_s)
        try:
            lender = await ticket.__aenter__()
        except BusyError:
            raise BusyError(
                f"All places for live sessions are taken. Try again in {RETRY_AFTER_S} seconds.",
                RETRY_AFTER_S,
            ) from None
        try:
            yield ticket, lender
        finally:
            await ticket.__aexit__(None, None, None)

    @asynccontextmanager
    async def _lender(self) -> AsyncIterator[Lender]:
        async with self._place() as (_, lender):
            yield lender


class _PlacedSession:
    """A session that gives its place back when it is closed."""

    def __init__(self, session: Session, place: AsyncExitStack) -> None:
        self._session = session
        self._place = place

    async def send(self, message: Message) -> None:
        await self._session.send(message)

    def messages(self) -> AsyncIterator[Message]:
        return self._session.messages()

    async def close(self) -> None:
        try:
            await self._session.close()
        finally:
            await self._place.aclose()  # once, however often it is closed


def _number(options: Mapping[str, str], name: str, usual: int) -> int:
    text = options.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_SIZE):
        raise InvalidValueError(name, text, f"give a whole number from 1 to {MAX_SIZE}")
    return int(text)


def _check(options: Mapping[str, str], *known: str) -> None:
    for name in options:
        if name not in known:
            allowed = " or ".join(f"`{one}`" for one in known) or "no option"
            raise InvalidValueError(name, options[name], f"a session of this kind has {allowed}")
