"""The rules of progress and of a class, as values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.classroom.overview import STRUGGLING_BELOW, Standing, overview
from carrel.progress.statistics import Attempt, statistics

pytestmark = pytest.mark.quick

STANDINGS = st.dictionaries(
    st.text(max_size=5), st.builds(Standing, st.floats(0, 100), st.booleans())
)


def test_who_did_nothing_has_no_rates() -> None:
    found = statistics([])
    assert (found.submissions, found.success_rate, found.attempts_per_exercise) == (0, 0, 0)
    assert overview({}) is None


def test_attempts_are_counted_by_exercise() -> None:
    made = [("a", False), ("a", True), ("a", True), ("b", False), ("c", True)]
    found = statistics(Attempt(*attempt) for attempt in made)
    assert (found.submissions, found.passed, found.completed) == (5, 3, 2)
    assert (found.success_rate, found.attempts_per_exercise) == (0.6, 2.5)


@given(STANDINGS)
def test_a_class_adds_up(standings: dict[str, Standing]) -> None:
    found = overview(standings)
    if found is None:
        assert not standings
        return
    assert found.completion_rate * found.participants == pytest.approx(100 * found.completed)
    assert 0 <= found.average_score <= 100.000001
    assert set(found.struggling) == {
        who for who, one in standings.items() if one.score < STRUGGLING_BELOW
    }
