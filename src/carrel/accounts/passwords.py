"""Passwords: argon2id in a few threads.

A hash takes 64 MiB and a good part of a core for a tenth of a second, on purpose. So a
crowd that signs in at once must queue for a few threads, instead of taking the machine's
memory and holding up everything else. The queue is bounded, since whoever asks and goes
away leaves their hash in it.
"""

from __future__ import annotations

import anyio
from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from carrel.core.errors import BusyError

_THREADS = 2
_MOST_WAITING = 256
_RETRY_AFTER_S = 10


class Passwords:
    """Hashes and checks passwords; `hasher` says how dear that is.

    `most_waiting` are how many may queue for it.
    """

    def __init__(
        self, hasher: PasswordHasher | None = None, *, most_waiting: int = _MOST_WAITING
    ) -> None:
        self._most_waiting = most_waiting
        self._hasher = hasher or PasswordHasher()
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._nobodys = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """Return a hash to store, with its salt and parameters in it; BusyError as `check`."""
        self._check_queue()
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._threads)

    async def check(self, stored: str | None, password: str) -> bool:
        """Return whether `password` is the one that was hashed.

        Without a hash, because there is no such user or one without a password, the answer
        is no and takes the same work: its time tells nobody who has an account. Raises
        BusyError when very many wait already.
        """
        self._check_queue()
        right = await to_thread.run_sync(
            self._verify, stored or self._nobodys, password, limiter=self._threads
        )
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made with parameters that are not today's."""
        return self._hasher.check_needs_rehash(stored)

    def _check_queue(self) -> None:
        if self._threads.statistics().tasks_waiting >= self._most_waiting:
            raise BusyError(
                f"Very many people sign in at this moment. Try again in {_RETRY_AFTER_S} s.",
                _RETRY_AFTER_S,
            )

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
