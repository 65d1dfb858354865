"""Times of an emulated sandbox, read in this host's pace."""

from __future__ import annotations

import pytest

from carrel.sandbox.pace import Pace

pytestmark = pytest.mark.quick


def test_without_emulation_nothing_changes() -> None:
    pace = Pace()
    assert pace.cpu_us(123_457) == 123_457
    assert pace.wall_s(1.5, 700_000) == 1.5


@pytest.mark.parametrize(
    ("passed_s", "used_us", "wall_s"),
    [
        (10.0, 10_000_000, 1.0),  # busy all the time
        (10.0, 0, 10.0),  # asleep: that takes as long anywhere
        (10.0, 5_000_000, 5.5),  # half and half
        (10.0, 20_000_000, 1.0),  # busy on two cores
    ],
)
def test_what_is_busy_is_divided_and_what_sleeps_is_not(
    passed_s: float, used_us: int, wall_s: float
) -> None:
    pace = Pace(10.0)
    assert pace.wall_s(passed_s, used_us) == pytest.approx(wall_s)
    assert pace.cpu_us(used_us) == used_us // 10
