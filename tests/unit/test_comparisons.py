from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from carrel.exercises.comparisons import CHECKERS, ComparisonField
from carrel.judge.checkers.comparison import Comparison
from carrel.judge.checkers.floats import Floats
from carrel.judge.checkers.json_values import JsonValues
from carrel.judge.checkers.pattern import Pattern
from carrel.judge.checkers.text import Exact, Lenient, Tokens
from carrel.judge.checkers.unordered import UnorderedLines
from carrel.texts.message import Message

pytestmark = pytest.mark.quick

FEWER = settings(max_examples=50)
FIELD: TypeAdapter[Any] = TypeAdapter(ComparisonField)
TEXTS: list[Comparison] = [
    Exact(),
    Lenient(),
    Lenient(ignore_case=True),
    Tokens(),
    Tokens(ignore_case=True),
    Floats(absolute=0.01, relative=0),
    Floats(inside_words=True, ignore_case=True, relative=0),
    UnorderedLines(),
    UnorderedLines(ignore_case=True, ignore_duplicates=True),
]
ALL: list[Comparison] = [*TEXTS, Pattern(), Pattern(search=True), JsonValues(), JsonValues(0.1)]
ALL.append(JsonValues(unordered=True))
BITS = ["a", "A", "b", " ", "\t", "\n", "\r\n", "\u00a0", "\x1c", "\u2028", "é", "ß", "İ", "-", "1"]
SPACED = st.lists(st.sampled_from([*BITS, "2.5", ".", "\x00", "\udcff"]), max_size=30).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogateescape")
)


def right(comparison: Comparison, actual: str | bytes, expected: str | bytes) -> bool:
    one = actual.encode() if isinstance(actual, str) else actual
    other = expected.encode() if isinstance(expected, str) else expected
    reason = comparison.compare(one, other)
    assert reason is None or isinstance(reason, Message)
    return reason is None


@pytest.mark.parametrize("comparison", TEXTS, ids=repr)
@FEWER
@given(data=SPACED | st.binary(max_size=60))
def test_every_output_is_the_same_as_itself(comparison: Comparison, data: bytes) -> None:
    assert right(comparison, data, data)
    assert comparison.problem_with(data) is None


@pytest.mark.parametrize("comparison", TEXTS, ids=repr)
@FEWER
@given(one=SPACED, other=SPACED)
def test_the_order_does_not_matter(comparison: Comparison, one: bytes, other: bytes) -> None:
    assert right(comparison, one, other) == right(comparison, other, one)


@FEWER
@given(one=SPACED, other=SPACED)
def test_each_comparison_accepts_what_a_stricter_one_accepts(one: bytes, other: bytes) -> None:
    stricter: list[tuple[Comparison, Comparison]] = [
        (Exact(), Lenient()),
        (Lenient(), Tokens()),
        (Lenient(), Lenient(ignore_case=True)),
        (Lenient(), UnorderedLines()),
        (Tokens(), Tokens(ignore_case=True)),
        (Lenient(ignore_case=True), Tokens(ignore_case=True)),
        (Tokens(), Floats(0, 0)),
        (Floats(0, 0), Floats()),
        (Floats(), Floats(inside_words=True)),
        (UnorderedLines(), UnorderedLines(ignore_duplicates=True)),
        (UnorderedLines(), UnorderedLines(ignore_case=True)),
    ]
    for strict, loose in stricter:
        if right(strict, one, other):
            assert right(loose, one, other), (strict, loose)


@pytest.mark.parametrize("comparison", ALL, ids=repr)
@FEWER
@given(actual=st.binary(max_size=80) | SPACED, expected=st.binary(max_size=40) | SPACED)
def test_no_bytes_are_too_odd_and_reasons_can_be_shown(
    comparison: Comparison, actual: bytes, expected: bytes
) -> None:
    problem = comparison.problem_with(expected)
    reason = comparison.compare(actual, expected)
    assert not (problem and reason is None)
    for text in (problem, reason, reason and reason.in_language("de")):
        assert text is None or (text.isprintable() and len(text) < 500)


@FEWER
@given(
    words=st.lists(st.text("abAB12.-", min_size=1), max_size=8),
    gaps=st.lists(st.sampled_from([" ", "  ", "\n", "\t", "\r\n\n"]), min_size=9, max_size=9),
)
def test_tokens_forgive_any_white_space(words: list[str], gaps: list[str]) -> None:
    spread = "".join(gap + word for gap, word in zip(gaps, words, strict=False)) + gaps[-1]
    assert right(Tokens(), spread, " ".join(words))
    assert right(Tokens(ignore_case=True), spread.upper(), " ".join(words))
    if words:
        assert not right(Tokens(), spread + " x", " ".join(words))


def test_case_is_unicodes() -> None:
    assert right(Lenient(ignore_case=True), "STRASSE\n", "straße")
    assert not right(Lenient(), "Yes", "yes")
    assert not right(Tokens(ignore_case=True), "Yes sir", "yes,sir")


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("3.1400001", "3.14"),
        ("1e3", "1000"),
        ("+5", "5"),
        ("-0", "0"),
        ("-0.0", "0.0"),
        ("00012", "12"),
        ("5.", "5"),
        (".5", "0.5"),
        ("nan", "NaN"),
        ("-inf", "-Infinity"),
        ("1000001", "1000000"),
        ("x 1.0", "x 1"),
        ("1e999999999", "1e999999999"),
        ("9" * 5000, "9" * 5000 + ".0"),
    ],
)
def test_numbers_that_are_near_enough(actual: str, expected: str) -> None:
    assert right(Floats(), actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("-5", "5"),
        ("5", "-5"),
        ("- 5", "-5"),
        ("--5", "5"),
        ("\u22125", "-5"),
        ("-inf", "inf"),
        ("1e400", "inf"),
        ("nan", "0"),
        ("0", "nan"),
        ("1,000", "1000"),
        ("1_000", "1000"),
        ("0x10", "16"),
        ("٣", "3"),
        ("3.15", "3.14"),
        ("five", "5"),
        ("5", "five"),
        ("5 5", "5"),
        ("", "0"),
        ("1e99999999999999999999999", "1"),
        ("[1.0]", "[1]"),
    ],
)
def test_numbers_that_are_not(actual: str, expected: str) -> None:
    assert not right(Floats(), actual, expected)


@FEWER
@given(st.floats(min_value=1e-3, max_value=1e12), st.sampled_from(["{}", "x={};", "[{},", "({})"]))
def test_a_minus_sign_is_never_lost(number: float, form: str) -> None:
    plus, minus = form.format(repr(number)), form.format(repr(-number))
    for comparison in (Floats(), Floats(inside_words=True), JsonValues(1e-9, 1e-9)):
        assert not right(comparison, minus, plus)
        assert not right(comparison, plus, minus)


@FEWER
@given(
    st.decimals(-1000, 1000, places=4),
    st.decimals(-1000, 1000, places=4),
    st.sampled_from([0.0, 0.0001, 0.01, 1.0, 500.0]),
)
def test_the_absolute_tolerance_is_as_written(one: Any, other: Any, allowed: float) -> None:
    near = abs(one - other) <= type(one)(str(allowed))
    assert right(Floats(allowed, 0), str(one), str(other)) == near
    assert right(Floats(allowed, 0), str(other), str(one)) == near


def test_either_tolerance_is_enough_and_the_relative_is_the_expected_ones_part() -> None:
    assert right(Floats(absolute=0.01, relative=0), "1.01", "1.00")  # not so in binary
    assert right(Floats(absolute=0, relative=0.01), "101", "100")
    assert not right(Floats(absolute=0, relative=0.01), "100", "98.9")
    assert right(Floats(absolute=5, relative=0), "4.9", "0")
    assert not right(Floats(absolute=0, relative=0.5), "0.0001", "0")


def test_numbers_inside_words() -> None:
    inside = Floats(absolute=0.001, relative=0, inside_words=True)
    assert right(inside, "[1.0004, -2]", "[1, -2.0]")
    assert right(inside, "x=2.0001;", "x=2;")
    assert right(inside, "3.5kg", "3.50kg")
    assert not right(inside, "[1, 2]", "[1, -2]")
    assert not right(inside, "a-5", "a5")
    assert not right(inside, "[1,2", "[1,2]")
    assert not right(inside, "x10", "x10.0"), "part of a name"
    assert not right(inside, "1.2.3", "1.2.30")


def test_lines_in_any_order() -> None:
    assert right(UnorderedLines(), "b\n\n a \nb", "a\nb\nb\n")
    assert not right(UnorderedLines(), "a\nb", "a\nb\nb")
    assert not right(UnorderedLines(), "a\na\nb", "a\nb")
    assert right(UnorderedLines(ignore_duplicates=True), "b\na\nb\na", "a\nb\n")
    assert not right(UnorderedLines(ignore_duplicates=True), "b", "a\nb")
    reason = UnorderedLines().compare(b"b\n\nc\nc", b"a\nb")
    assert reason == "line 3, “c”, is not among the expected lines"
    assert UnorderedLines().compare(b"", b"a") == "printed nothing"
    assert UnorderedLines().compare(b"a", b"a\nb") == "the line “b” is missing"


@FEWER
@given(st.lists(st.sampled_from(["a", "b", "c d", "e"]), max_size=8), st.randoms())
def test_shuffled_lines_are_the_same(lines: list[str], random: Any) -> None:
    shuffled = random.sample(lines, len(lines))
    assert right(UnorderedLines(), "\n".join(shuffled), "\n".join(lines))
    assert not right(UnorderedLines(), "\n".join([*shuffled, "a"]), "\n".join(lines))


def test_patterns() -> None:
    assert right(Pattern(), "Hello, Ada!  \r\n\n", "Hello, \\w+!\n")
    assert not right(Pattern(), "So: Hello, Ada!", r"Hello, \w+!")
    assert right(Pattern(search=True), "So: Hello, Ada!", r"Hello, \w+!")
    assert right(Pattern(ignore_case=True), "HELLO", "hello")
    assert not right(Pattern(), "a\nb", "a.b")
    assert right(Pattern(), "a\nb", "(?s)a.b")
    assert right(Pattern(), "größe", "gr..e")
    assert not right(Pattern(), b"gr\xff\xfee", b"gr..e"), "invalid UTF-8 is no character"
    assert Pattern().compare(b"", b"a+") == "printed nothing"


@pytest.mark.parametrize(
    "pattern",
    [b"(", b"a{3,1}", rb"(a)\1", rb"(?=a)b", b"\xff", b"a" * 70_000, b"((a{90}){90}){90}"],
)
def test_patterns_that_cannot_be_used_are_refused_before_anything_runs(pattern: bytes) -> None:
    assert Pattern().problem_with(pattern)
    assert Pattern().compare(b"a", pattern) is not None


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ('{"a": 1, "b": [1, 2.0]}', '{"b":[1.0,2],"a":1e0}'),
        ("\ufeff[]", " [ ] "),
        ('"\\u00e9"', '"é"'),
        ("-0", "0.0"),
        ("1" * 6000, "1" * 6000),
        ("null", "null"),
    ],
)
def test_the_same_json(actual: str, expected: str) -> None:
    assert right(JsonValues(), actual, expected)
    assert right(JsonValues(unordered=True), actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "reason"),
    [
        ("[1, 2]", "[2, 1]", "$[0] is the number 1 instead of the number 2"),
        ("true", "1", "$ is true instead of the number 1"),
        ('"1"', "1", "$ is the string “1” instead of the number 1"),
        ('{"a": {"b": 3}}', '{"a": {"b": 4}}', "$.a.b is the number 3 instead of the number 4"),
        ("{}", '{"a": 1}', "$ lacks the key “a”"),
        ('{"a": 1}', "{}", "$ has the key “a”, which is not expected"),
        ("[1]", "[1, 2]", "$ has 1 elements instead of 2"),
        ('{"a": 1, "a": 1}', '{"a": 1}', "an object has the key “a” twice"),
        ("NaN", "null", "NaN is not JSON"),
        ("[1", "[1]", "not JSON: see line 1, column 3"),
        ("1e99999999999999999999", "1", "the number 1e99999999999999999999 is too large"),
        ("[" * 200 + "]" * 200, "[]", "arrays and objects stand in each other more than 100 deep"),
        (" ", "1", "printed nothing"),
    ],
)
def test_what_differs_in_json_is_said(actual: str, expected: str, reason: str) -> None:
    assert JsonValues().compare(actual.encode(), expected.encode()) == reason


def test_json_with_options() -> None:
    assert right(JsonValues(absolute=0.01), "[1.009]", "[1]")
    assert not right(JsonValues(absolute=0.01), "[-1]", "[1]")
    unordered = JsonValues(unordered=True)
    assert right(unordered, '{"a": [[2, 1], [], {"x": 1}]}', '{"a": [{"x": 1.0}, [1, 2], []]}')
    assert not right(unordered, "[1, 1, 2]", "[1, 2, 2]")
    assert not right(unordered, "[1]", '["1"]')
    assert not right(unordered, "[true]", '["True"]')
    with pytest.raises(ValueError, match="tolerance"):
        JsonValues(absolute=1, unordered=True)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@FEWER
@given(JSON_VALUES, JSON_VALUES)
def test_json_is_compared_by_its_value(one: Any, other: Any) -> None:
    compact, wide = json.dumps(one), json.dumps(one, indent=3, ensure_ascii=False, sort_keys=True)
    different = json.dumps(other)
    for comparison in (JsonValues(), JsonValues(unordered=True)):
        wide_bytes = wide.encode("utf-8", "surrogatepass")
        if comparison.problem_with(wide_bytes) is None:
            assert right(comparison, compact, wide_bytes)
        assert right(comparison, compact, different) == right(comparison, different, compact)
    if right(JsonValues(), compact, different):
        assert one == other
        assert right(JsonValues(unordered=True), compact, different)


MB = 250_000  # what takes time by the square of its length takes hours with 4 MB already
FLOODS = {
    "line breaks": b"a" + b"\n" * 16 * MB + b"b",
    "white space": b"a" + b" \t" * 8 * MB + b"b",
    "one line": b"x" * 16 * MB,
    "short lines": b"y\n" * 8 * MB,
    "a number and no number": b"1" * 16 * MB + b"x",
    "numbers": b"1 " * 8 * MB,
    "exponents": b"1e" * 8 * MB,
    "brackets": b"[" * 16 * MB,
    "empty objects": b"[" + b"{}," * 5 * MB + b"{}]",
    "invalid": b"\xff\xc3" * 8 * MB,
    "zeros": bytes(16 * MB),
    "sharp s": "ß".encode() * 8 * MB,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("flood", FLOODS)
def test_floods_end_soon(flood: str) -> None:
    for comparison in ALL:
        expected = rb"(a|aa)+(b|bb)+c" if isinstance(comparison, Pattern) else b"5\n"
        assert comparison.compare(FLOODS[flood], expected) is not None


@pytest.mark.timeout(60)
def test_a_pattern_cannot_be_made_slow() -> None:
    evil = b"a" * 16 * MB + b"!"
    for pattern in (rb"(a+)+b", rb"(a|a)*b", rb"(.*a){25}b", rb"(?s).*x.{1000}y"):
        assert Pattern().compare(evil, pattern) is not None
        assert Pattern(search=True).compare(evil, pattern) is not None


@pytest.mark.timeout(60)
def test_numbers_made_to_collide_cost_no_more_than_others() -> None:
    # Python hashes numbers modulo this prime, so all of these would share one place.
    same_hash = "[" + ",".join(str(7 + n * (2**61 - 1)) for n in range(40_000)) + "]"
    assert not right(JsonValues(unordered=True), same_hash, "[1]")
    assert len({hash(7 + n * (2**61 - 1)) for n in range(100)}) == 1


def test_a_plain_name_or_a_table_names_a_comparison() -> None:
    assert {name: FIELD.validate_python(name).comparison() for name in CHECKERS} == {
        "lenient": Lenient(),
        "exact": Exact(),
        "tokens": Tokens(),
        "floats": Floats(1e-6, 1e-6),
        "lines": UnorderedLines(),
        "regex": Pattern(),
        "json": JsonValues(),
    }
    for table, comparison in [
        ({"kind": "floats", "absolute": 0.1}, Floats(0.1, 0)),
        ({"kind": "floats", "relative": 1e-9}, Floats(0, 1e-9)),
        ({"kind": "floats", "absolute": 0, "inside_words": True}, Floats(0, 0, inside_words=True)),
        ({"kind": "lenient", "ignore_case": True}, Lenient(ignore_case=True)),
        ({"kind": "json", "unordered": True}, JsonValues(unordered=True)),
        ({"kind": "regex", "search": True, "ignore_case": True}, Pattern(True, True)),
    ]:
        assert FIELD.validate_python(table).comparison() == comparison


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("loose", 'give one of "lenient", "exact"'),
        ({"kind": "loose"}, 'give one of "lenient", "exact"'),
        ({"absolute": 1}, 'give one of "lenient", "exact"'),
        (3, 'give one of "lenient", "exact"'),
        ({"kind": "exact", "trim": True}, "Extra inputs"),
        ({"kind": "floats", "absolute": -1}, "greater than or equal to 0"),
        ({"kind": "floats", "absolute": math.nan}, "finite"),
        ({"kind": "floats", "relative": 1}, "less than 1"),
        ({"kind": "floats", "absolute": "1e-6"}, "valid number"),
        ({"kind": "json", "unordered": True, "absolute": 0.1}, "unordered"),
        ({"kind": "tokens", "ignore_case": 1}, "valid boolean"),
    ],
)
def test_what_names_no_comparison_is_refused(value: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        FIELD.validate_python(value)
