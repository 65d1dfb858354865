"""The states of a submission: one table of what may follow what; pure.

    hand in               CLAIM                  RESULT
       --------> QUEUED ----------> RUNNING ----------------> GRADED
                   ^                  |  |
                   |  RETRY, RELEASE, |  |  GIVE_UP
                   +------------------+  +------------------> PLATFORM_FAULT
                      LOSE                                         |
                   ^                                     AGAIN     |
                   +-----------------------------------------------+

A worker that claims a submission gets a *lease*: a number, greater than all before, that
is good until a moment which the worker keeps moving on. Everything that a worker reports
names its lease, and counts only while the submission is RUNNING under that number. So a
worker that was thought dead and comes back reports to nobody, and there is one result.

RETRY: the platform failed while it graded. LOSE: the worker died. RELEASE: the worker
was told to stop, and gives back what it has begun. After MAX_FAULTS of the first, or
MAX_LOSSES of the second, the submission is given up: PLATFORM_FAULT, which everybody
concerned sees, and which uses no attempt. An operator may queue it AGAIN.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, StrEnum
from types import MappingProxyType

from carrel.core.errors import CarrelError

MAX_FAULTS = 3
MAX_LOSSES = 20
"""So many that it takes a submission which kills workers, and not a bad day of the machine."""

_FIRST_WAIT = timedelta(seconds=1)


class Status(StrEnum):
    """Where a submission is."""

    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    PLATFORM_FAULT = "platform-fault"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (Status.GRADED, Status.PLATFORM_FAULT)


class Event(Enum):
    """What happens to a submission."""

    CLAIM = "claim"
    RESULT = "result"
    RETRY = "retry"
    LOSE = "lose"
    RELEASE = "release"
    GIVE_UP = "give up"
    AGAIN = "again"


TABLE: Mapping[tuple[Status, Event], Status] = MappingProxyType(
    {
        (Status.QUEUED, Event.CLAIM): Status.RUNNING,
        (Status.RUNNING, Event.RESULT): Status.GRADED,
        (Status.RUNNING, Event.RETRY): Status.QUEUED,
        (Status.RUNNING, Event.LOSE): Status.QUEUED,
        (Status.RUNNING, Event.RELEASE): Status.QUEUED,
        (Status.RUNNING, Event.GIVE_UP): Status.PLATFORM_FAULT,
        (Status.PLATFORM_FAULT, Event.AGAIN): Status.QUEUED,
    }
)


class ImpossibleEventError(CarrelError):
    """An event that cannot happen in this state: a mistake of ours."""


def after(status: Status, event: Event) -> Status:
    """Return the state after an event; ImpossibleEventError if it cannot happen."""
    try:
        return TABLE[status, event]
    except KeyError:
        raise ImpossibleEventError(f"a submission that is {status} cannot {event.value}") from None


def after_fault(faults: int, *, is_worth_a_retry: bool = True) -> Event:
    """Return what a fault of the platform leads to; `faults` counts this one."""
    return Event.RETRY if is_worth_a_retry and faults < MAX_FAULTS else Event.GIVE_UP


def after_loss(losses: int) -> Event:
    """Return what the death of a worker leads to; `losses` counts this one."""
    return Event.LOSE if losses < MAX_LOSSES else Event.GIVE_UP


def wait_after(faults: int) -> timedelta:
    """Return how long to wait after so many faults: four times longer after each."""
    return _FIRST_WAIT * int(4 ** (max(faults, 1) - 1))
