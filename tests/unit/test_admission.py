"""Who may run on a machine now: the rules, the queues, and what counts as idle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel import PlatformFaultError
from carrel.admission import admission as module
from carrel.admission.activity import Activity
from carrel.admission.admission import Admission, Ticket, cores
from carrel.admission.rules import (
    Kind,
    Load,
    Rules,
    Share,
    default_rules,
    estimate_s,
    may_begin,
    may_queue,
    next_kind,
)
from carrel.core.errors import BusyError
from carrel.sandbox.pool import Lender

pytestmark = pytest.mark.quick

RULES = default_rules(2, 20, queues={Kind.RUN: 3})


def loads(**given: Load) -> dict[Kind, Load]:
    return {kind: given.get(kind.value, Load()) for kind in Kind}


def test_as_much_is_busy_as_there_are_cores_and_idle_work_takes_none() -> None:
    assert may_begin(Kind.BATCH, RULES, loads(batch=Load(1)))
    assert not may_begin(Kind.BATCH, RULES, loads(batch=Load(2)))
    assert may_begin(Kind.BATCH, RULES, loads(batch=Load(2, idle=1)))
    assert may_begin(Kind.BATCH, RULES, loads(batch=Load(16, idle=15)))


def test_a_kind_has_its_place_though_others_have_filled_the_cores() -> None:
    full = loads(batch=Load(2, waiting=100))
    for kind in (Kind.RUN, Kind.GRADING, Kind.LIVE):
        assert may_begin(kind, RULES, full)
    more = loads(batch=Load(2), run=Load(1))
    assert not may_begin(Kind.RUN, RULES, more)
    assert may_begin(Kind.GRADING, RULES, more)


def test_places_in_flight_are_kept_for_the_other_kinds() -> None:
    assert may_begin(Kind.BATCH, RULES, loads(batch=Load(16, idle=16)))
    assert not may_begin(Kind.BATCH, RULES, loads(batch=Load(17, idle=17)))
    assert may_begin(Kind.RUN, RULES, loads(batch=Load(17, idle=17)))
    assert not may_begin(Kind.BATCH, RULES, loads(batch=Load(17, idle=17), run=Load(1)))


def test_live_sessions_take_half_of_the_places_at_most() -> None:
    assert may_begin(Kind.LIVE, RULES, loads(live=Load(9, idle=9)))
    assert not may_begin(Kind.LIVE, RULES, loads(live=Load(10, idle=10)))


def test_the_kind_with_the_least_busy_work_for_its_weight_begins_next() -> None:
    assert next_kind(RULES, loads()) is None
    assert next_kind(RULES, loads(batch=Load(1, waiting=9), run=Load(0, waiting=1))) is Kind.RUN
    busy = loads(batch=Load(0, waiting=9), run=Load(1, waiting=9))
    assert next_kind(RULES, busy) is Kind.BATCH
    both = loads(batch=Load(1, waiting=9), run=Load(2, waiting=9))
    assert next_kind(replace(RULES, busy=8), both) is Kind.RUN


def test_a_queue_is_bounded_where_the_rules_say_so() -> None:
    assert may_queue(Kind.RUN, RULES, loads(run=Load(waiting=2)))
    assert not may_queue(Kind.RUN, RULES, loads(run=Load(waiting=3)))
    assert may_queue(Kind.BATCH, RULES, loads(batch=Load(waiting=10**6)))


def test_an_estimate_counts_rounds_of_the_cores() -> None:
    assert [estimate_s(ahead, 3.0, RULES) for ahead in range(5)] == [3, 3, 6, 6, 9]


NUMBERS = st.integers(0, 30)
SHARES = st.builds(
    Share,
    kept=st.integers(0, 3),
    most=st.none() | st.integers(1, 9),
    queue=st.none() | st.integers(0, 9),
    weight=st.integers(1, 9),
)
SOME_RULES = st.one_of(
    st.builds(default_rules, st.integers(1, 64), st.integers(1, 500)),
    st.builds(
        Rules,
        busy=st.integers(1, 9),
        in_flight=st.integers(1, 40),
        shares=st.fixed_dictionaries(dict.fromkeys(Kind, SHARES)),
    ),
)
SOME_LOADS = st.fixed_dictionaries(
    dict.fromkeys(
        Kind,
        st.tuples(NUMBERS, NUMBERS, NUMBERS).map(lambda n: Load(n[0], min(n[0], n[1]), n[2])),
    )
)


@given(SOME_RULES, SOME_LOADS)
def test_whoever_begins_fits_and_waits(rules: Rules, now: Mapping[Kind, Load]) -> None:
    kind = next_kind(rules, now)
    if kind is None:
        return
    assert now[kind].waiting
    assert sum(load.in_flight for load in now.values()) < rules.in_flight
    share = rules.shares[kind]
    assert share.most is None or now[kind].in_flight < share.most
    assert sum(load.busy for load in now.values()) < rules.busy or now[kind].busy < share.kept


@given(st.integers(1, 64), st.integers(1, 500), st.sampled_from(Kind), st.integers(0, 200))
def test_no_kind_can_keep_another_out_for_ever(
    cores: int, places: int, hog: Kind, idle: int
) -> None:
    """However one kind fills the machine, each other one has a place, or gets the next one."""
    rules = default_rules(cores, places)
    now = dict.fromkeys(Kind, Load(waiting=1))
    held = 0
    while may_begin(hog, rules, now):
        held += 1
        now[hog] = Load(held, min(held, idle), 1)
        if held > places:
            raise AssertionError("more work than places")
    one_ends = dict(now)
    one_ends[hog] = Load(max(0, held - 1), min(max(0, held - 1), idle), 1)
    for kind in set(Kind) - {hog}:
        alone = {k: replace(v, waiting=int(k in (kind, hog))) for k, v in one_ends.items()}
        alone[hog] = replace(alone[hog], first=2)  # it asks again and again
        alone[kind] = replace(alone[kind], first=1)
        assert next_kind(rules, alone) is kind or may_begin(kind, rules, now)


def test_on_an_empty_machine_anything_may_begin() -> None:
    for places in range(1, 12):
        for kind in Kind:
            assert may_begin(kind, default_rules(1, places), loads())


# --- queues ---------------------------------------------------------------------


class Pool:
    """Lends nothing."""

    isolation = "fake"


def admission(rules: Rules = RULES) -> Admission:
    pool: Any = Pool()
    return Admission(pool, rules)


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)


def waiting(of: Admission, kind: Kind) -> int:
    return of.loads[kind].waiting


def test_work_begins_in_the_order_of_asking_and_knows_its_place() -> None:
    async def main() -> None:
        places = admission(default_rules(1, 4))
        order: list[int] = []
        tickets = [places.ask(Kind.RUN) for _ in range(4)]
        go = asyncio.Event()

        async def work(number: int, ticket: Ticket) -> None:
            async with ticket as lender:
                assert lender.isolation == "fake"
                order.append(number)
                await go.wait()

        assert places.estimate_s(Kind.RUN) == 0
        tasks = [asyncio.ensure_future(work(*pair)) for pair in enumerate(tickets)]
        await until(lambda: waiting(places, Kind.RUN) == 3)
        assert [ticket.place for ticket in tickets] == [0, 1, 2, 3]
        estimates = [ticket.estimate_s for ticket in tickets]
        assert estimates == sorted(estimates)
        assert estimates[0] == 0 < estimates[1]
        assert places.estimate_s(Kind.RUN) > estimates[3]
        go.set()
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3]
        assert all(load == Load() for load in places.loads.values())

    anyio.run(main)


def test_a_full_queue_and_the_end_of_patience_are_told_at_once() -> None:
    async def main() -> None:
        places = admission(default_rules(1, 4, queues={Kind.RUN: 1}))
        async with places.ask(Kind.RUN):
            patient = asyncio.ensure_future(places.ask(Kind.RUN).__aenter__())
            await until(lambda: waiting(places, Kind.RUN) == 1)
            with pytest.raises(BusyError, match="1 programs are running and 1 are waiting"):
                await places.ask(Kind.RUN).__aenter__()
            patient.cancel()
            await asyncio.wait([patient])
            with pytest.raises(BusyError):
                await places.ask(Kind.RUN, patience_s=0.01).__aenter__()
            assert waiting(places, Kind.RUN) == 0
        async with places.ask(Kind.RUN):
            pass

    anyio.run(main)


def test_a_place_that_was_given_to_somebody_who_gave_up_goes_to_the_next() -> None:
    async def main() -> None:
        places = admission(default_rules(1, 4))
        first = places.ask(Kind.RUN)
        await first.__aenter__()
        gone = asyncio.ensure_future(places.ask(Kind.RUN).__aenter__())
        last = asyncio.ensure_future(places.ask(Kind.BATCH).__aenter__())
        await until(lambda: waiting(places, Kind.RUN) + waiting(places, Kind.BATCH) == 2)
        await first.__aexit__(None, None, None)
        gone.cancel()  # its turn has come, and it has not seen it yet
        with anyio.fail_after(30):
            await last
        assert places.loads[Kind.RUN] == Load()

    anyio.run(main)


class Sandbox:
    """A sandbox as an activity sees it."""

    is_alive = True
    used_us = 0

    def usage(self) -> Any:
        if self.used_us < 0:
            raise PlatformFaultError("the group is gone")
        return self

    @property
    def cpu_us(self) -> int:
        return self.used_us


def watched(activity: Activity) -> Sandbox:
    box: Any = Sandbox()
    activity.watch(box)
    return box  # type: ignore[no-any-return]


def test_work_is_idle_while_its_sandboxes_use_next_to_nothing() -> None:
    activity = Activity()
    activity.look()
    assert not activity.idle, "it has no sandbox yet, and is about to start one"
    box = watched(activity)
    activity.look()
    assert not activity.idle, "one look says nothing"
    activity.look()
    assert activity.idle
    box.used_us += 10_000_000
    activity.look()
    assert not activity.idle
    activity.look()
    assert activity.idle
    box.used_us = -1
    activity.look()
    assert not activity.idle
    box.used_us = 0
    examiner = watched(activity)
    activity.look()
    activity.look()
    assert activity.idle, "both of its sandboxes do nothing"
    examiner.used_us += 10_000_000
    activity.look()
    assert not activity.idle, "one of them computes"
    examiner.is_alive = False
    activity.look()
    assert not activity.idle
    box.is_alive = False
    activity.look()
    activity.look()
    assert not activity.idle
    assert cores() >= 1


class Sleepers:
    """A pool whose sandboxes do nothing."""

    isolation = "fake"

    async def acquire(self, *_: Any) -> Any:
        return Sandbox()

    acquire_beside = acquire


async def most_at_once(
    items: Iterable[int] | AsyncIterator[int], idle: int, at_most: int
) -> tuple[int, list[int]]:
    """Return how many were in flight at a time, and the order, when the first `idle` sleep."""
    now = most = 0
    order: list[int] = []
    over = asyncio.Event()

    async def work(lender: Lender, item: int) -> None:
        nonlocal now, most
        order.append(item)
        now, most = now + 1, max(most, now + 1)
        if item < idle:
            await lender.acquire("base")
            await over.wait()
        else:
            await until(lambda: places.loads[Kind.BATCH].idle == idle)
            for _ in range(50):  # long enough for the others to begin
                await asyncio.sleep(0)
            if item == 19:
                over.set()
        now -= 1

    pool: Any = Sleepers()
    places = Admission(pool, default_rules(2, 100))
    with anyio.fail_after(60):
        await places.work_through(Kind.BATCH, items, work, at_most=at_most)
    assert all(load == Load() for load in places.loads.values())
    return most, order


@pytest.mark.parametrize(
    ("idle", "at_most", "expected"), [(0, 10, 2), (0, 1, 1), (4, 6, 6), (9, 30, 11)]
)
def test_cores_and_the_maximum_bound_what_is_in_flight(
    monkeypatch: pytest.MonkeyPatch, idle: int, at_most: int, expected: int
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    most, order = anyio.run(most_at_once, range(20), idle, at_most)
    assert (most, order) == (expected, list(range(20)))


def test_a_stream_of_work_may_have_no_end() -> None:
    async def main() -> None:
        done: list[int] = []
        places = admission()

        async def endless() -> AsyncIterator[int]:
            number = 0
            while True:
                yield number
                number += 1
                await asyncio.sleep(0)

        async def work(_: Lender, item: int) -> None:
            done.append(item)
            if len(done) == 50:
                raise StopWorkError

        with pytest.raises(BaseExceptionGroup) as caught:
            await places.work_through(Kind.GRADING, endless(), work, at_most=3)
        assert caught.group_contains(StopWorkError)
        assert done[:50] == list(range(50))
        assert all(load == Load() for load in places.loads.values())

    anyio.run(main)


class StopWorkError(Exception):
    """Ends a stream in a test."""


def test_an_empty_batch_starts_nothing() -> None:
    assert anyio.run(most_at_once, [], 0, 4) == (0, [])


def test_a_run_begins_while_a_batch_keeps_the_machine_busy() -> None:
    async def main() -> None:
        places = admission()
        go = asyncio.Event()

        async def work(_: Lender, __: int) -> None:
            await go.wait()

        batch = asyncio.ensure_future(places.work_through(Kind.BATCH, range(100), work, at_most=50))
        await until(lambda: places.loads[Kind.BATCH].in_flight == 2)
        with anyio.fail_after(30):
            async with places.ask(Kind.RUN), places.ask(Kind.LIVE):
                assert places.loads[Kind.BATCH].in_flight == 2
        go.set()
        await batch

    anyio.run(main)
