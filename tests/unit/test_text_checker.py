from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.judge.checkers.text import exact, lenient

pytestmark = pytest.mark.quick

SPACED = st.lists(
    st.sampled_from(["a", "b", " ", "\t", "\n", "\r\n", "\u00a0", "\x1c", "\u2028", "é"]),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (b"5\n", b"5"),
        (b"5", b"5\n\n"),
        (b"1 \n2\t\n", b"1\n2\n"),
        (b"1\r\n2\r\n", b"1\n2"),
        (b"\n\n  5", b"5"),
        ("x\u00a0\n".encode(), b"x"),
    ],
)
def test_invisible_white_space_is_forgiven(actual: bytes, expected: bytes) -> None:
    assert lenient(actual, expected)
    assert not exact(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (b"", b"0"),
        (b"0", b""),
        (b"1  2", b"1 2"),
        (b"1\n\n2", b"1\n2"),
        (b"1\n 2", b"1\n2"),
        (b"-5", b"5"),
        (b"5\x00", b"5"),
        (b"\xff", b"\xfe"),
        (b"\xff", "\ufffd".encode()),
        (b"5", b"5.0"),
    ],
)
def test_everything_else_counts(actual: bytes, expected: bytes) -> None:
    assert not lenient(actual, expected)


@given(st.binary(max_size=100))
def test_any_bytes_are_the_same_as_themselves(data: bytes) -> None:
    assert lenient(data, data)
    assert exact(data, data)


@given(SPACED, SPACED)
def test_what_strip_makes_equal_is_equal(actual: str, expected: str) -> None:
    if actual.strip() == expected.strip():
        assert lenient(actual.encode(), expected.encode())


@given(SPACED, SPACED)
def test_what_differs_in_visible_characters_differs(actual: str, expected: str) -> None:
    if actual.split() != expected.split():
        assert not lenient(actual.encode(), expected.encode())


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_the_order_does_not_matter(one: bytes, other: bytes) -> None:
    assert lenient(one, other) == lenient(other, one)


def test_a_flood_is_compared_without_being_kept_as_lines() -> None:
    assert not lenient(b"y\n" * 8_000_000, b"y\ny\n")
    assert not lenient(b" " * 16_000_000, b"y")
