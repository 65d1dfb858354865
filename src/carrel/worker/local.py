"""A worker in this process: what `carrel.link` asks for, done with a pool of sandboxes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from carrel.core.errors import InvalidValueError
from carrel.link.messages import RunRequest, RunResponse, WorkerHealth
from carrel.link.types import Session
from carrel.worker.health import Health
from carrel.worker.runs import RunService

OpenSession = Callable[[Mapping[str, str]], Awaitable[Session]]
"""Opens a live session with these options; raises InvalidValueError, BusyError."""


class LocalWorker:
    """Runs programs in this process; implements `carrel.link.types.Worker`.

    `sessions` are the kinds of live sessions that there are; `on_poke` is called when there
    are new jobs.
    """

    def __init__(
        self,
        runs: RunService,
        health: Health,
        *,
        sessions: Mapping[str, OpenSession] | None = None,
        on_poke: Callable[[], None] = lambda: None,
    ) -> None:
        self._runs = runs
        self._health = health
        self._sessions = dict(sessions or {})
        self._on_poke = on_poke

    async def run(self, program: RunRequest) -> RunResponse:
        """Run a program, when it is its turn."""
        return await self._runs.run(program)

    async def health(self) -> WorkerHealth:
        """Return what is ready now."""
        return self._health.report()

    async def poke(self) -> None:
        """Say that there are new jobs."""
        self._on_poke()

    async def open_session(self, kind: str, options: Mapping[str, str]) -> Session:
        """Open a live session, which its caller closes."""
        open_session = self._sessions.get(kind)
        if open_session is None:
            known = ", ".join(sorted(self._sessions)) or "nothing: there are no live sessions here"
            raise InvalidValueError("kind", kind, f"give one of {known}")
        return await open_session(options)
