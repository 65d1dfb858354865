"""When a result is the right value."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.judge.kinds.call_compare import Rules
from carrel.judge.kinds.call_values import Other
from carrel.languages.harness.types import parse_type

pytestmark = pytest.mark.quick


def compare(kind: str, actual: Any, expected: Any, **rules: Any) -> str | None:
    return Rules(**rules).compare(actual, expected, parse_type(kind))


@pytest.mark.parametrize(
    ("kind", "actual", "expected"),
    [
        ("int", 3, 3),
        ("float", 3, 3.0),
        ("float", 0.1 + 0.2, 0.3),
        ("float", 1e300 * (1 + 1e-12), 1e300),
        ("float", math.nan, math.nan),
        ("float", math.inf, math.inf),
        ("bool", True, True),
        ("string", "é", "é"),
        ("list<int>", [1, 2], (1, 2)),
        ("list<float>", [1, 2.0], (1.0, 2.0)),
        ("map<string, int>", {"b": 2, "a": 1}, {"a": 1, "b": 2}),
        ("optional<int>", None, None),
        ("optional<int>", 0, 0),
        ("void", None, None),
    ],
)
def test_the_right_value_is_right(kind: str, actual: Any, expected: Any) -> None:
    assert compare(kind, actual, expected) is None


@pytest.mark.parametrize(
    ("kind", "actual", "expected", "words"),
    [
        ("int", 4, 3, "expected 3, got 4"),
        ("int", 3.0, 3, "there is a number where a whole number should be"),
        ("int", "3", 3, 'got "3": there is a text where a whole number should be'),
        ("int", True, 1, "there is true or false where a whole number should be"),
        ("int", None, 0, "there is nothing where a whole number should be"),
        ("bool", 1, True, "there is a whole number where true or false should be"),
        ("float", True, 1.0, "true or false"),
        ("float", 1.001, 1.0, "expected 1.0, got 1.001"),
        ("float", -0.5, 0.5, "got -0.5"),
        ("float", math.nan, 1.0, "got nan"),
        ("float", 1e308, math.inf, "expected infinity"),
        ("string", 3, "3", "a whole number where a text should be"),
        ("string", "e\u0301", "é", "expected"),
        ("string", "\udcff", "ÿ", "expected"),
        ("list<int>", [1], (1, 2), r"got \[1\]"),
        ("list<int>", [2, 1], (1, 2), r"got \[2, 1\]"),
        ("list<int>", [1, "2"], (1, 2), "there is a text where a whole number should be"),
        ("list<int>", {"0": 1}, (1,), "there is a map where a list should be"),
        ("list<string>", "ab", ("a", "b"), "there is a text where a list should be"),
        ("map<string, int>", {"a": 1, "b": 2}, {"a": 1}, "expected"),
        ("map<string, int>", {"a": 1.5}, {"a": 1}, "a number where a whole number"),
        ("map<string, int>", [], {}, "a list where a map"),
        ("optional<int>", None, 1, "got none"),
        ("optional<int>", 0, None, "expected none, got 0"),
        ("optional<string>", "", None, 'got ""'),
        ("int", Other("a value of type Foo"), 3, r"got \(a value of type Foo\)"),
        ("list<int>", [1, Other("a set")], (1, 2), "a set"),
    ],
)
def test_another_value_is_wrong_and_the_reason_says_why(
    kind: str, actual: Any, expected: Any, words: str
) -> None:
    reason = compare(kind, actual, expected)
    assert reason is not None
    assert re.search(words, reason), reason


def test_a_reason_is_bounded_and_printable() -> None:
    reason = compare("string", "\x1b[2J" * 10**5, "x" * 10**5)
    assert reason is not None
    assert len(reason) < 500
    assert reason.isprintable()


def test_the_tolerance_is_the_teachers() -> None:
    assert compare("float", 1.009, 1.0, tolerance=0.01) is None
    assert compare("float", 1009.0, 1000.0, tolerance=0.01) is None
    assert compare("float", 1.02, 1.0, tolerance=0.01) is not None
    assert compare("float", 0.1 + 0.2, 0.3, tolerance=0.0) is not None


@given(st.lists(st.integers() | st.floats(allow_nan=True)), st.randoms())
def test_any_order_takes_every_order(items: list[float], random: Any) -> None:
    expected = tuple(map(float, items)) if all(abs(item) < 1e300 for item in items) else ()
    shuffled = list(expected)
    random.shuffle(shuffled)
    assert compare("list<float>", shuffled, expected, any_order=True) is None


def test_any_order_counts_what_is_there_twice() -> None:
    kind = "list<list<string>>"
    assert compare(kind, [["b"], ["a"], ["a"]], (("a",), ("b",), ("a",)), any_order=True) is None
    assert compare(kind, [["b"], ["b"], ["a"]], (("a",), ("b",), ("a",)), any_order=True)
    assert compare(kind, [["b", "a"]], (("a", "b"),), any_order=True)
    assert compare("list<int>", [1, 2, 2], (1, 2), any_order=True)
    assert compare("list<int>", "12", (1, 2), any_order=True)
    assert compare("list<int>", [1, "2", None, [], {}], (1, 2, 3, 4, 5), any_order=True)


def test_any_order_is_quick_for_many() -> None:
    many = list(range(200_000))
    assert compare("list<int>", many[::-1], tuple(many), any_order=True) is None
