"""The places of one machine: who asks for one waits in its turn, and gives it back.

    async with admission.ask(Kind.RUN, patience_s=30) as lender:
        ...  # work with sandboxes of `lender`

Everything that runs programs on a machine shares one `Admission`, on the event loop of
its pool. `rules` decides who begins; here are only the queues and the clock.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import TypeVar

import anyio

from carrel.admission.activity import Activity, WatchedPool
from carrel.admission.rules import (
    Kind,
    Load,
    Rules,
    default_rules,
    estimate_s,
    may_begin,
    may_queue,
    next_kind,
)
from carrel.core.errors import BusyError
from carrel.sandbox.pool import Lender

T = TypeVar("T")

LOOK_S = 0.5
_FIRST_MEAN_S = 2.0
_NEWEST_WEIGHT = 0.2
"""Of the last work's time in the mean."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


class Ticket:
    """One work: waiting for a place, in flight, over. Use it as `async with`, once.

    `place` is 1 for who begins next of its kind, 0 once the work has begun; `estimate_s`
    is about how many seconds it will wait.
    """

    def __init__(self, admission: Admission, kind: Kind, patience_s: float | None) -> None:
        self.kind = kind
        self.activity = Activity()
        self.number = 0
        self._admission = admission
        self._patience_s = patience_s
        self._turn: asyncio.Future[None] | None = None
        self._since = 0.0

    @property
    def place(self) -> int:
        """Its place in the queue of its kind, from 1; 0 if it does not wait."""
        return self._admission.place_of(self)

    @property
    def estimate_s(self) -> float:
        """About how many seconds it will wait for its place; 0 if it does not wait."""
        place = self.place
        return self._admission.estimate_s(self.kind, place - 1) if place else 0.0

    async def __aenter__(self) -> Lender:
        """Wait for a place. BusyError when the queue is full, or when patience ends."""
        self._turn = asyncio.get_running_loop().create_future()
        self._admission.enqueue(self)
        try:
            async with asyncio.timeout(self._patience_s):
                await self._turn
        except TimeoutError:
            self._admission.leave(self)
            raise self._admission.busy() from None
        except BaseException:
            self._admission.leave(self)
            raise
        self._since = time.monotonic()
        return self._admission.lender(self)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the place back."""
        self._admission.ended(self, time.monotonic() - self._since)

    def begin(self) -> None:
        """Let it begin; the admission calls it in its turn."""
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)


class Admission:
    """Gives places of a machine to work of all kinds, with sandboxes from one pool."""

    def __init__(self, pool: Lender, rules: Rules | None = None) -> None:
        """Without `rules`: as many busy works as cores, and no bound on what is in flight."""
        self.pool = pool
        self._rules = rules or default_rules(cores(), 10**6)
        self._queues: dict[Kind, deque[Ticket]] = {kind: deque() for kind in Kind}
        self._flying: dict[Kind, set[Ticket]] = {kind: set() for kind in Kind}
        self._mean_s = dict.fromkeys(Kind, _FIRST_MEAN_S)
        self._asked = 0
        self._next_look: asyncio.TimerHandle | None = None

    def ask(self, kind: Kind, *, patience_s: float | None = None) -> Ticket:
        """Return a ticket for one work; entering it waits, at most `patience_s`."""
        return Ticket(self, kind, patience_s)

    @property
    def loads(self) -> dict[Kind, Load]:
        """How much work of each kind there is at this moment."""
        return {kind: self._load(kind) for kind in Kind}

    def _load(self, kind: Kind) -> Load:
        queue, flying = self._queues[kind], self._flying[kind]
        idle = sum(ticket.activity.idle for ticket in flying)
        return Load(len(flying), idle, len(queue), queue[0].number if queue else 0)

    def estimate_s(self, kind: Kind, ahead: int | None = None) -> float:
        """Return about how long somebody would wait with `ahead` before (None: all there are)."""
        loads = self.loads
        before = loads[kind].waiting if ahead is None else ahead
        if ahead is None and not before and may_begin(kind, self._rules, loads):
            return 0.0
        return estimate_s(before, self._mean_s[kind], self._rules)

    async def work_through(
        self,
        kind: Kind,
        items: Iterable[T] | AsyncIterable[T],
        work: Callable[[Lender, T], Awaitable[None]],
        *,
        at_most: int,
    ) -> None:
        """Do the work on every item, begun in this order, at most `at_most` in flight.

        `items` may have no end. One item is taken ahead, and waits for its place. What
        `work` raises ends all, as an exception group.
        """
        room = anyio.Semaphore(at_most)
        held: set[Ticket] = set()

        async def one(item: T, ticket: Ticket, lender: Lender) -> None:
            try:
                await work(lender, item)
            finally:
                await ticket.__aexit__(None, None, None)
                held.discard(ticket)
                room.release()

        try:
            async with anyio.create_task_group() as group:
                async for item in _each(items):
                    await room.acquire()
                    ticket = self.ask(kind)
                    lender = await ticket.__aenter__()
                    held.add(ticket)
                    group.start_soon(one, item, ticket, lender)
        finally:
            for ticket in held:  # of tasks that were cancelled before they began
                self.leave(ticket)

    # --- what tickets ask -------------------------------------------------------

    def enqueue(self, ticket: Ticket) -> None:
        """Take a ticket into its queue, and let it begin if it may; BusyError if that is full."""
        kind, loads = ticket.kind, self.loads
        if not may_begin(kind, self._rules, loads) and not may_queue(kind, self._rules, loads):
            raise self.busy()
        self._asked += 1
        ticket.number = self._asked
        self._queues[kind].append(ticket)
        self._admit()
        self._look_later()

    def place_of(self, ticket: Ticket) -> int:
        """Return a ticket's place in its queue, from 1; 0 if it is not there."""
        queue = self._queues[ticket.kind]
        return queue.index(ticket) + 1 if ticket in queue else 0

    def lender(self, ticket: Ticket) -> Lender:
        """Return the pool for a ticket's work."""
        return WatchedPool(self.pool, ticket.activity)

    def leave(self, ticket: Ticket) -> None:
        """Take a ticket out whose owner gave up, also when its turn came just then."""
        if ticket in self._queues[ticket.kind]:
            self._queues[ticket.kind].remove(ticket)
        self._flying[ticket.kind].discard(ticket)
        self._admit()

    def ended(self, ticket: Ticket, seconds: float) -> None:
        """Give a ticket's place to the next."""
        mean = self._mean_s[ticket.kind]
        self._mean_s[ticket.kind] = mean + _NEWEST_WEIGHT * (seconds - mean)
        self._flying[ticket.kind].discard(ticket)
        self._admit()

    def busy(self) -> BusyError:
        """Return the error for whoever has to come again."""
        loads = self.loads.values()
        running = sum(load.in_flight for load in loads)
        waiting = sum(load.waiting for load in loads)
        return BusyError(
            f"{running} programs are running and {waiting} are waiting: try again in a few seconds"
        )

    # --- turns --------------------------------------------------------------------

    def _admit(self) -> None:
        while (kind := next_kind(self._rules, self.loads)) is not None:
            ticket = self._queues[kind].popleft()
            self._flying[kind].add(ticket)
            ticket.begin()

    def _look_later(self) -> None:
        if self._next_look is None and any(self._queues.values()):
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        """See what is idle, which may let others begin; as long as anybody waits."""
        self._next_look = None
        for flying in self._flying.values():
            for ticket in flying:
                ticket.activity.look()
        self._admit()
        self._look_later()


async def _each(items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
