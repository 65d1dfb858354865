"""Values on their way into a sandbox, and what comes back from there."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.judge.kinds.call_types import convert
from carrel.judge.kinds.call_values import MalformedError, Other, decode, encode, parts
from carrel.languages.harness.types import Kind, Type, parse_type

pytestmark = pytest.mark.quick

_VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.INT: st.integers(-(2**31), 2**31 - 1),
    Kind.LONG: st.integers(-(2**63), 2**63 - 1),
    Kind.FLOAT: st.floats(allow_nan=False),
    Kind.BOOL: st.booleans(),
    Kind.STRING: st.text(),
}


def values(kind: Type) -> st.SearchStrategy[Any]:
    if kind.kind is Kind.LIST:
        return st.lists(values(kind.of), max_size=5)
    if kind.kind is Kind.MAP:
        return st.dictionaries(st.text(), values(kind.of), max_size=5)
    if kind.kind is Kind.OPTIONAL:
        return st.none() | values(kind.of)
    return _VALUES[kind.kind]


TYPES = [
    *("int", "long", "float", "bool", "string", "list<int>", "list<list<string>>"),
    *("map<string, float>", "optional<long>", "map<string, list<optional<bool>>>"),
]


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_what_goes_in_comes_back_the_same(name: str, data: st.DataObject) -> None:
    kind = parse_type(name)
    value = data.draw(values(kind))
    converted = convert(value, kind, "x")
    assert decode(encode(converted, kind), max_parts=parts(converted)) == value


def test_nan_and_the_infinities_come_back() -> None:
    kind = parse_type("list<float>")
    back = decode(encode((math.nan, math.inf, -math.inf, -0.0), kind), max_parts=9)
    assert isinstance(back, list)
    assert math.isnan(back[0])
    assert back[1:3] == [math.inf, -math.inf]
    assert math.copysign(1, back[3]) == -1


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    try:
        decode(data, max_parts=50)
    except MalformedError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"i\0\0",
        b"s\0\0\0\x05abc",
        b"l\0\0\0\x02n",
        b"nn",
        b"m\0\0\0\x01\0\0\0\x01",
        b"I\0\0\0\x041e99",
        b"I\0\0\0\x02--",
        b"I\0\0\0\0",
    ],
)
def test_what_is_not_in_the_format_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(data, max_parts=50)


def u32(number: int) -> bytes:
    return struct.pack(">I", number)


def test_a_flood_of_parts_is_not_read() -> None:
    flood = b"l" + u32(10**6) + b"n" * 10**6
    assert isinstance(decode(flood, max_parts=100), Other)
    announced = b"l" + u32(2**32 - 1)
    with pytest.raises(MalformedError):
        decode(announced, max_parts=100)


def test_a_deep_value_is_not_read() -> None:
    deep = (b"l" + u32(1)) * 100_000 + b"n"
    assert isinstance(decode(deep, max_parts=10**6), Other)


def test_a_key_twice_is_no_map() -> None:
    pair = u32(1) + b"a" + b"t"
    assert isinstance(decode(b"m" + u32(2) + pair + pair, max_parts=9), Other)


def test_a_long_number_is_read_and_an_endless_one_is_not() -> None:
    assert decode(b"I" + u32(20) + b"-9223372036854775809", max_parts=1) == -(2**63) - 1
    assert isinstance(decode(b"I" + u32(5000) + b"9" * 5000, max_parts=1), Other)


def test_a_text_that_is_not_utf8_stays_apart_from_every_text() -> None:
    back = decode(b"s" + u32(2) + b"\xff\xfe", max_parts=1)
    assert back == "\udcff\udcfe"
