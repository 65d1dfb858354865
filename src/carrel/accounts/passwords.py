"""Passwords: argon2id in a few threads.

A hash takes 64 MiB and a good part of a core for a tenth of a second, on purpose. So a
crowd that signs in at once must queue for a few threads, instead of taking the machine's
memory and holding up everything else.
"""

from __future__ import annotations

import anyio
from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_THREADS = 2


class Passwords:
    """Hashes and checks passwords; `hasher` says how dear that is."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._nobodys = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """Return a hash to store, with its salt and parameters in it."""
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._threads)

    async def check(self, stored: str | None, password: str) -> bool:
        """Return whether `password` is the one that was hashed.

        Without a hash, because there is no such user or one without a password, the answer
        is no and takes the same work: its time tells nobody who has an account.
        """
        right = await to_thread.run_sync(
            self._verify, stored or self._nobodys, password, limiter=self._threads
        )
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made with parameters that are not today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
