"""Limits as callers give them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB
from carrel.sandbox.limits import (
    MAX_CPU,
    MAX_LIFETIME_S,
    MIN_CPU,
    MIN_DISK,
    MIN_MEMORY,
    SandboxLimits,
    parse_timeout,
)

pytestmark = pytest.mark.quick


def test_what_is_written_is_what_is_meant() -> None:
    limits = SandboxLimits.parse(memory_limit="64M", cpu_limit=0.5, disk_limit="10M", lifetime=60)
    assert limits == SandboxLimits(
        memory_bytes=64 * MIB, cpu=0.5, disk_bytes=10 * MIB, lifetime_s=60.0
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory_limit", "0"),
        ("memory_limit", MIN_MEMORY - 1),
        ("memory_limit", "12X"),
        ("disk_limit", MIN_DISK - 1),
        ("disk_limit", "-5M"),
        ("cpu_limit", -1),
        ("cpu_limit", 0),
        ("cpu_limit", MIN_CPU / 2),
        ("cpu_limit", MAX_CPU + 1),
        ("cpu_limit", math.nan),
        ("cpu_limit", math.inf),
        ("cpu_limit", True),
        ("cpu_limit", "1"),
        ("cpu_limit", 10**400),
        ("lifetime", 0),
        ("lifetime", math.nan),
        ("lifetime", MAX_LIFETIME_S + 1),
    ],
)
def test_an_impossible_limit_names_itself_its_value_and_what_is_allowed(
    field: str, value: Any
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        SandboxLimits.parse(**{field: value})
    words = str(caught.value)
    assert words.startswith(f"{field}={value!r} is not possible: give a ")
    assert " from " in words
    assert " to " in words


@given(st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans()))
def test_a_timeout_is_whole_milliseconds_within_bounds_or_refused(value: Any) -> None:
    try:
        milliseconds = parse_timeout(value)
    except InvalidValueError:
        return
    assert isinstance(milliseconds, int)
    assert 10 <= milliseconds <= 3_600_000
