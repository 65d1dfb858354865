"""All live sessions of this process, and how many there may be.

A session holds a sandbox for as long as somebody sits there, so they are bounded apart
from the programs that come and go: grading keeps its places however many sessions there
are. Who gets none is told when to try again.
"""

from __future__ import annotations

import asyncio

from carrel.core.errors import CarrelError
from carrel.live.interpreter import Interpreter
from carrel.live.languages import parse_repl_language
from carrel.live.repl import ReplSession
from carrel.live.repl_limits import ReplLimits
from carrel.sandbox.pool import Lender

_PLACE_TIMEOUT_S = 30.0
_LEAST_RETRY_S = 5
_MOST_RETRY_S = 60


class NoPlaceError(CarrelError):
    """There is no place for one more session now; `retry_after_s` says when to try again."""

    def __init__(self, words: str, retry_after_s: int) -> None:
        super().__init__(f"{words} Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class LiveSessions:
    """Opens sessions in sandboxes of a pool, at most `most` at the same time."""

    def __init__(self, pool: Lender, *, most: int, limits: ReplLimits | None = None) -> None:
        self._pool = pool
        self._most = most
        self._limits = limits or ReplLimits()
        self._open: set[ReplSession] = set()
        self._loop = asyncio.get_running_loop()

    @property
    def count(self) -> int:
        """How many sessions are open."""
        return len(self._open)

    async def open_repl(self, language: str = "python") -> ReplSession:
        """Return a new session, which its caller closes.

        InvalidValueError for a language that has no sessions, NoPlaceError when there are
        too many; and what `Lender.acquire` raises.
        """
        found = parse_repl_language(language)
        if len(self._open) >= self._most:
            raise NoPlaceError(
                f"All {self._most} places for live sessions are taken.", self._retry_after_s()
            )
        session = ReplSession(
            lambda: Interpreter.start(self._pool, found, self._limits),
            self._limits,
            on_end=self._open.discard,
        )
        self._open.add(session)
        try:
            async with asyncio.timeout(_PLACE_TIMEOUT_S + self._limits.start_s):
                await session.open()
        except TimeoutError:
            await session.close()
            raise NoPlaceError("The machine is busy with other programs.", _MOST_RETRY_S) from None
        except BaseException:
            await asyncio.shield(session.close())
            raise
        return session

    async def close(self) -> None:
        """End every session."""
        await asyncio.gather(*(session.close() for session in list(self._open)))

    def _retry_after_s(self) -> int:
        """Return when the first session ends, if nobody uses it any more."""
        used = min(session.last_used for session in self._open)
        left_s = round(used + self._limits.idle_s - self._loop.time())
        return min(_MOST_RETRY_S, max(_LEAST_RETRY_S, left_s))
