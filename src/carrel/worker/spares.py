"""Interpreters that have started before anybody asks for one.

Importing an interpreter's shell takes longer than starting its sandbox. So whenever a session
has got its interpreter, the next one of that language is started, and stopped until it is
asked for (`carrel.live.interpreter`). After some time without a session it is given up: a
server that nobody has sessions on keeps nothing for them.
"""

from __future__ import annotations

import asyncio
import logging

from carrel.core.errors import CarrelError
from carrel.live.interpreter import Interpreter
from carrel.live.languages import ReplLanguage
from carrel.live.repl_limits import ReplLimits
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import Lender

KEEP_S = 900.0

_log = logging.getLogger(__name__)


class SpareInterpreters:
    """At most one interpreter of each language that waits; used from the pool's event loop.

    Its sandbox takes no place of those that work waits for.
    """

    def __init__(self, pool: Lender, limits: ReplLimits, *, keep_s: float = KEEP_S) -> None:
        self._pool = pool
        self._limits = limits
        self._keep_s = keep_s
        self._waiting: dict[str, Interpreter] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def take(self, lender: Lender, language: ReplLanguage) -> Interpreter:
        """Return the one that waits, else a new one in a sandbox of `lender`."""
        spare = self._waiting.pop(language.name, None)
        if spare is not None and spare.gone.done():
            self._give_up(spare)
            spare = None
        if spare is None:
            spare = await Interpreter.start(lender, language, self._limits)
        self._prepare(language)
        return spare

    async def prepared(self, language: ReplLanguage) -> Interpreter | None:
        """Return the one that waits, when it has started; None when there is none."""
        if (task := self._starting.get(language.name)) is not None:
            await asyncio.wait({task})
        return self._waiting.get(language.name)

    async def close(self) -> None:
        """End all of them."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        for task in self._starting.values():
            task.cancel()
        if self._starting:
            await asyncio.wait(self._starting.values())
        for spare in self._waiting.values():
            self._give_up(spare)
        self._waiting.clear()
        if self._ending:
            await asyncio.wait(self._ending)

    def _prepare(self, language: ReplLanguage) -> None:
        name = language.name
        if self._closed:
            return
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(self._keep_s, self._unused, name)
        if name not in self._waiting and name not in self._starting:
            task = self._starting[name] = asyncio.ensure_future(self._start(language))
            task.add_done_callback(lambda _: self._starting.pop(name, None))

    async def _start(self, language: ReplLanguage) -> None:
        try:
            spare = await Interpreter.start(_Beside(self._pool), language, self._limits)
        except (CarrelError, OSError) as error:
            # The next session starts its own, and says what is wrong if that fails too.
            _log.warning("cannot start an interpreter beforehand: %s", error)
        else:
            if language.name in self._timers:
                self._waiting[language.name] = spare
            else:  # its time was over before it had started
                self._give_up(spare)

    def _unused(self, name: str) -> None:
        del self._timers[name]
        if (spare := self._waiting.pop(name, None)) is not None:
            self._give_up(spare)

    def _give_up(self, spare: Interpreter) -> None:
        task = asyncio.ensure_future(spare.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class _Beside:
    """A pool that hands out sandboxes beside its places."""

    def __init__(self, pool: Lender) -> None:
        self._pool = pool

    @property
    def isolation(self) -> str:
        return self._pool.isolation

    async def acquire(self, template: str, limits: SandboxLimits | None = None) -> LiveSandbox:
        return await self._pool.acquire_beside(template, limits)

    async def acquire_beside(
        self, template: str, limits: SandboxLimits | None = None
    ) -> LiveSandbox:
        return await self._pool.acquire_beside(template, limits)
