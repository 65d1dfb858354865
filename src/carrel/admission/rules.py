"""Who may begin now: pure rules over how much work of each kind is in flight.

Theory of operation. Two programs that compute on two cores finish no later than four
would, and none is pushed towards its limits by the others. So there is as much *busy*
work as there are cores. Work that only waits (a program that sleeps, a session whose user
reads) is *idle*: it takes memory and no core, so it counts against the places in flight
and not against the cores.

No kind of work starves another:

- Each kind has a few places *kept* for it: so many of its works may be busy even when
  the others have filled the cores, and the others leave as many places in flight free.
  A class that is graded as a batch takes all cores, and a student who presses Run begins
  at once all the same.
- Where several kinds queue for the cores, the kind begins next that has the least busy
  work for its weight, and of equals the one whose first waits longest. A batch weighs
  least: nobody watches it.
- Within a kind, the order is that of asking.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What somebody wants to run."""

    RUN = "run"
    """A program once, for somebody who looks at the page."""
    GRADING = "grading"
    """A submission of a student who waits for the result."""
    LIVE = "live"
    """A session that a person talks to, for minutes or hours, mostly idle."""
    BATCH = "batch"
    """One of many submissions, for nobody in particular."""


@dataclass(frozen=True)
class Share:
    """A kind's part of the machine.

    `kept` places are its own, busy and in flight. `most` bounds its work in flight, `queue`
    how many may wait for a place; None: no bound of its own. `weight` is how much busy
    work it may have beside that of the others.
    """

    kept: int = 1
    most: int | None = None
    queue: int | None = None
    weight: int = 1


@dataclass(frozen=True)
class Rules:
    """How many works may be busy, how many may be in flight, and each kind's share."""

    busy: int
    in_flight: int
    shares: Mapping[Kind, Share]


@dataclass(frozen=True)
class Load:
    """How much work of one kind there is: in flight, of it idle, and waiting for a place.

    `first` numbers whoever waits longest, in the order of asking of all kinds.
    """

    in_flight: int = 0
    idle: int = 0
    waiting: int = 0
    first: int = 0

    @property
    def busy(self) -> int:
        """How many of those in flight are not idle."""
        return self.in_flight - self.idle


_WEIGHTS = {Kind.RUN: 4, Kind.GRADING: 4, Kind.LIVE: 4, Kind.BATCH: 1}
_FEWEST_TO_KEEP = 8


def default_rules(cores: int, places: int, *, queues: Mapping[Kind, int] | None = None) -> Rules:
    """Return the rules for a machine of so many cores and places for sandboxes.

    One place is kept for each kind unless there are too few of them, and live sessions
    take half of the places at most. `queues` bounds the queues of kinds.
    """
    kept = 1 if places >= _FEWEST_TO_KEEP else 0
    return Rules(
        busy=max(1, cores),
        in_flight=max(1, places),
        shares={
            kind: Share(
                kept=kept,
                most=max(1, places // 2) if kind is Kind.LIVE else None,
                queue=(queues or {}).get(kind),
                weight=weight,
            )
            for kind, weight in _WEIGHTS.items()
        },
    )


Loads = Mapping[Kind, Load]


def may_begin(kind: Kind, rules: Rules, loads: Loads) -> bool:
    """Return whether one more work of this kind may begin now."""
    own, share = loads[kind], rules.shares[kind]
    if share.most is not None and own.in_flight >= share.most:
        return False
    kept_for_others = sum(
        max(0, rules.shares[other].kept - load.in_flight)
        for other, load in loads.items()
        if other is not kind
    )
    if sum(load.in_flight for load in loads.values()) + kept_for_others >= rules.in_flight:
        return False
    return sum(load.busy for load in loads.values()) < rules.busy or own.busy < share.kept


def may_queue(kind: Kind, rules: Rules, loads: Loads) -> bool:
    """Return whether one more may wait for a place of this kind."""
    queue = rules.shares[kind].queue
    return queue is None or loads[kind].waiting < queue


def next_kind(rules: Rules, loads: Loads) -> Kind | None:
    """Return the kind whose first in the queue begins now; None while nobody may."""
    able = [kind for kind in loads if loads[kind].waiting and may_begin(kind, rules, loads)]
    return min(
        able,
        key=lambda kind: (loads[kind].busy / rules.shares[kind].weight, loads[kind].first),
        default=None,
    )


def estimate_s(ahead: int, mean_s: float, rules: Rules) -> float:
    """Return about how many seconds it takes until somebody begins who has `ahead` before.

    `mean_s` is how long works of that kind took lately.
    """
    return math.ceil((ahead + 1) / rules.busy) * mean_s
