from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.submissions.queueing import place
from carrel.submissions.standings import with_another
from carrel.submissions.states import (
    MAX_FAULTS,
    MAX_LOSSES,
    TABLE,
    Event,
    ImpossibleEventError,
    Status,
    after,
    after_fault,
    after_loss,
    wait_after,
)
from carrel.submissions.types import Points, Standing

pytestmark = pytest.mark.quick

EVENTS = st.lists(st.sampled_from(Event))


@given(EVENTS)
def test_whatever_happens_there_is_at_most_one_result_and_nothing_after_it(
    events: list[Event],
) -> None:
    status, way = Status.QUEUED, []
    for event in events:
        try:
            status = after(status, event)
        except ImpossibleEventError:
            continue
        way.append(event)
    assert way.count(Event.RESULT) <= 1
    assert Event.RESULT not in way[:-1]
    assert (status is Status.GRADED) == (way[-1:] == [Event.RESULT])


@given(EVENTS)
def test_only_a_claimed_submission_gets_a_result(events: list[Event]) -> None:
    status, way = Status.QUEUED, []
    for event in events:
        if (status, event) in TABLE:
            status = after(status, event)
            way.append(event)
    assert all(before is Event.CLAIM for before, event in pairwise(way) if event is Event.RESULT)
    assert way[:1] in ([], [Event.CLAIM])


def test_every_state_can_come_to_an_end() -> None:
    ends = {Status.GRADED}
    while True:
        more = {status for (status, _), then in TABLE.items() if then in ends} - ends
        if not more:
            break
        ends |= more
    assert ends == set(Status)
    assert all(status is not Status.GRADED for status, _ in TABLE)


def test_an_impossible_event_is_named() -> None:
    with pytest.raises(ImpossibleEventError, match="a submission that is graded cannot claim"):
        after(Status.GRADED, Event.CLAIM)


def test_faults_and_losses_are_bounded() -> None:
    assert [after_fault(n) for n in range(1, MAX_FAULTS + 1)] == [
        *[Event.RETRY] * (MAX_FAULTS - 1),
        Event.GIVE_UP,
    ]
    assert after_fault(1, is_worth_a_retry=False) is Event.GIVE_UP
    assert {after_loss(n) for n in range(1, MAX_LOSSES)} == {Event.LOSE}
    assert after_loss(MAX_LOSSES) is Event.GIVE_UP


def test_each_wait_is_longer_than_the_one_before() -> None:
    assert [wait_after(n) / timedelta(seconds=1) for n in (1, 2, 3)] == [1, 4, 16]


def test_the_estimate_grows_with_the_place_and_is_none_when_nobody_can_tell() -> None:
    estimates = [place(n, running=2, workers=2, mean_s=4.0).estimate_s for n in range(1, 8)]
    assert all(one is not None for one in estimates)
    assert estimates == sorted(estimates, key=lambda one: one or 0)
    assert place(1, running=0, workers=2, mean_s=4.0).estimate_s == 4
    assert place(9, running=2, workers=0, mean_s=4.0).estimate_s is None
    assert place(9, running=2, workers=2, mean_s=None).estimate_s is None
    assert place(1, running=0, workers=8, mean_s=0.01).estimate_s == 1


def test_a_standing_counts_no_platform_fault_and_keeps_the_best() -> None:
    standing = Standing()
    for status, points in (
        (Status.GRADED, Points(2, 4)),
        (Status.PLATFORM_FAULT, None),
        (Status.GRADED, Points(4, 4)),
        (Status.GRADED, Points(0, 0)),
        (Status.GRADED, Points(1, 4)),
        (Status.QUEUED, None),
    ):
        standing = with_another(standing, status, points)
    assert standing == Standing(5, Status.QUEUED, Points(4, 4), failed=2)
