"""Sizes as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, KIB, MIB, format_measured, format_size, parse_size

pytestmark = pytest.mark.quick


def parse(value: object) -> int:
    return parse_size(value, field="limit", minimum=1, maximum=1 << 50)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("256M", 256 * MIB),
        ("1G", GIB),
        ("512K", 512 * KIB),
        ("4096", 4096),
        (4096, 4096),
        (" 5 m ", 5 * MIB),
        ("5MiB", 5 * MIB),
        ("5mb", 5 * MIB),
        ("7B", 7),
    ],
)
def test_common_spellings_are_understood(text: object, size: int) -> None:
    assert parse(text) == size


@pytest.mark.parametrize(
    "value",
    [
        *("", "M", "12X", "1.5G", "-1", "+1", "1e3", "0x10", "١٢", "1 2", "1TB", "9" * 16),
        *("0", 0, -1, None, True, False, 1.0, [], b"1M", "1M\n2M", "∞"),
    ],
)
def test_what_is_no_size_is_refused_and_named(value: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse(value)
    assert caught.value.field == "limit"
    assert repr(value) in str(caught.value)
    assert "give a size from" in str(caught.value)


@given(st.integers(1, 10**15 - 1))
def test_a_number_of_bytes_is_itself(size: int) -> None:
    assert parse(size) == parse(str(size)) == size


@given(st.integers(1, 1023), st.sampled_from([1, KIB, MIB, GIB]))
def test_what_is_formatted_can_be_parsed_where_it_is_exact(count: int, unit: int) -> None:
    assert parse(format_size(count * unit)) == count * unit


@given(st.text(max_size=12))
def test_any_text_is_a_size_within_bounds_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidValueError):
        assert 1 <= parse(text) <= 1 << 50


def test_both_bounds_are_allowed_and_their_neighbours_are_not() -> None:
    for value in (16, 32):
        assert parse_size(value, field="f", minimum=16, maximum=32) == value
    for value in (15, 33):
        with pytest.raises(InvalidValueError):
            parse_size(value, field="f", minimum=16, maximum=32)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 KB"), (340 * KIB, "340 KB"), (12_900_000, "12.3 MB"), (3 * GIB // 2, "1.5 GB")],
)
def test_a_measured_size_is_rounded(size: int, words: str) -> None:
    assert format_measured(size) == words
