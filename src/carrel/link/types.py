"""What a worker can be asked, wherever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from carrel.link.messages import RunRequest, RunResponse, WorkerHealth


class Session(Protocol):
    """A live session; see `carrel.live.session`."""

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take a message of the client's."""
        ...

    def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        """Return what is for the client, up to the session's end. To be read once."""
        ...

    async def close(self) -> None:
        """End the session; idempotent."""
        ...


class Worker(Protocol):
    """Runs programs for others. A call that is cancelled ends what it asked for.

    Every method raises PlatformFaultError when our side failed, the worker's end included.
    """

    async def run(self, program: RunRequest) -> RunResponse:
        """Run a program. Raises InvalidValueError, BusyError, TemplateError."""
        ...

    async def health(self) -> WorkerHealth:
        """Return what is ready now."""
        ...

    async def poke(self) -> None:
        """Say that there are new jobs in the database."""
        ...

    async def open_session(self, kind: str, options: Mapping[str, str]) -> Session:
        """Open a live session, which its caller closes.

        Raises InvalidValueError for an unknown kind or an impossible option, BusyError
        when there are too many.
        """
        ...
