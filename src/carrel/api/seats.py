"""How many live sessions, and runs of programs, one user holds at a time.

The attack: live sessions have so many places, and so has the queue of programs, and one
student takes them all. Then nobody else in the course can have one for as long as that
student likes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from carrel.accounts.types import User, UserId
from carrel.core.errors import BusyError

MOST_SESSIONS = 6
MOST_RUNS = 4
_SESSIONS_RETRY_AFTER_S = 30
_RUNS_RETRY_AFTER_S = 5


class Seats:
    """Counts them; `most` are how many a user may hold, `refusal` is what the next one hears."""

    def __init__(self, most: int, refusal: str, retry_after_s: int) -> None:
        self._most = most
        self._refusal = refusal
        self._retry_after_s = retry_after_s
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
            raise BusyError(self._refusal, self._retry_after_s)
        self._taken[user.id] += 1
        try:
            yield
        finally:
            self._taken[user.id] -= 1
            if not self._taken[user.id]:
                del self._taken[user.id]


def seats_of_sessions() -> Seats:
    """Return what counts live sessions."""
    refusal = f"You have {MOST_SESSIONS} live sessions already: close one, then try again."
    return Seats(MOST_SESSIONS, refusal, _SESSIONS_RETRY_AFTER_S)


def seats_of_runs() -> Seats:
    """Return what counts programs that run or are queued."""
    refusal = f"{MOST_RUNS} programs of yours are running or queued: wait until one has ended."
    return Seats(MOST_RUNS, refusal, _RUNS_RETRY_AFTER_S)
