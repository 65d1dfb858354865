"""How often somebody may guess: failures are counted per key, in memory.

A key is a login or a network address. The keys that are remembered are bounded; when
there are too many, the one that was not heard of for the longest time is forgotten.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import datetime, timedelta

from carrel.core.clock import Clock, utc_now
from carrel.core.errors import TooManyRequestsError

_MOST_KEYS = 100_000


class Throttle:
    """Allows `failures` per key in `period`; who has more must wait until the oldest is over."""

    def __init__(
        self,
        failures: int,
        period: timedelta = timedelta(minutes=15),
        *,
        clock: Clock = utc_now,
        most_keys: int = _MOST_KEYS,
    ) -> None:
        self._failures = failures
        self._period = period
        self._clock = clock
        self._most_keys = most_keys
        self._seen: OrderedDict[str, list[datetime]] = OrderedDict()

    def check(self, key: str) -> None:
        """Raise TooManyRequestsError while a key has no attempt left."""
        recent = self._recent(key)
        if len(recent) >= self._failures:
            wait = (recent[-self._failures] + self._period - self._clock()).total_seconds()
            seconds = max(1, math.ceil(wait))
            raise TooManyRequestsError(
                f"There were too many failed attempts. Try again in {seconds} s.", seconds
            )

    def failed(self, key: str) -> None:
        """Count a failure.

        Count it before the check is begun, and `forget` it after a success: otherwise many
        guesses at the same time would all be the first.
        """
        self._seen[key] = [*self._recent(key), self._clock()]
        self._seen.move_to_end(key)
        while len(self._seen) > self._most_keys:
            self._seen.popitem(last=False)

    def forget(self, key: str) -> None:
        """Forget the last failure of a key: it was none."""
        recent = self._recent(key)[:-1]
        if recent:
            self._seen[key] = recent
        else:
            self._seen.pop(key, None)

    def _recent(self, key: str) -> list[datetime]:
        since = self._clock() - self._period
        return [moment for moment in self._seen.get(key, ()) if moment > since]
