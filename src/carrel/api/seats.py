"""How many live sessions one user holds.

The attack: live sessions have so many places, and one student opens them all. Then nobody
else in the course can have one for as long as that student likes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from carrel.accounts.types import User, UserId
from carrel.core.errors import BusyError

MOST_SESSIONS = 6
_RETRY_AFTER_S = 30


class Seats:
    """Counts them; `most` are how many a user may hold at a time."""

    def __init__(self, most: int = MOST_SESSIONS) -> None:
        self._most = most
        self._taken: Counter[UserId] = Counter()

    @contextmanager
    def taken(self, user: User | None) -> Iterator[None]:
        """Hold one seat for a block; BusyError for a user who has no more.

        None, on a playground, holds none: that cannot tell people apart.
        """
        if user is None:
            yield
            return
        if self._taken[user.id] >= self._most:
            raise BusyError(
                f"You have {self._most} live sessions already: close one, then try again.",
                _RETRY_AFTER_S,
            )
        self._taken[user.id] += 1
        try:
            yield
        finally:
            self._taken[user.id] -= 1
            if not self._taken[user.id]:
                del self._taken[user.id]
