"""Types, names and values of calls, as a teacher writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.judge.kinds.call_types import convert, refused_by, show, show_call
from carrel.judge.kinds.call_values import Other
from carrel.languages.harness.signature import (
    RESERVED,
    function_name,
    parse_name,
    parse_parameter,
)
from carrel.languages.harness.types import MAX_DEPTH, Kind, Type, parse_type
from carrel.languages.registry import Language
from carrel.testing.calls import signature

pytestmark = pytest.mark.quick

PLAIN = [Type(kind) for kind in (Kind.INT, Kind.LONG, Kind.FLOAT, Kind.BOOL, Kind.STRING)]


def types(depth: int = 3) -> st.SearchStrategy[Type]:
    plain = st.sampled_from(PLAIN)
    if not depth:
        return plain
    inner = types(depth - 1)
    optional = inner.filter(lambda kind: kind.kind is not Kind.OPTIONAL)
    return st.one_of(
        plain,
        inner.map(lambda kind: Type(Kind.LIST, kind)),
        inner.map(lambda kind: Type(Kind.MAP, kind)),
        optional.map(lambda kind: Type(Kind.OPTIONAL, kind)),
    )


@given(types())
def test_a_type_is_read_as_it_is_written(kind: Type) -> None:
    assert parse_type(str(kind)) == kind
    assert parse_type(f"  {str(kind).replace(' ', '')} ") == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("integer", "'integer' is no type"),
        ("list", "'list' is no type"),
        ("list<>", "'' is no type"),
        ("list<int", "is no type"),
        ("list<int>>", "is no type"),
        ("map<int,string>", "is no type"),
        ("list<void>", "cannot be a part"),
        ("optional<optional<int>>", "no more than one"),
        ("list<" * 6 + "int" + ">" * 6, f"at most {MAX_DEPTH}"),
        ("", "is no type"),
        ("List<int>", "is no type"),
    ],
)
def test_what_is_no_type_is_refused_with_what_is(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_type(text)


@pytest.mark.parametrize("text", ["int", "list<int>", "void x", "int 2x", "int class", "int X", ""])
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"no parameter|cannot be void|no name|reserved|is no type"
    ):
        parse_parameter(text)


def test_names_follow_each_languages_habit_unless_told_otherwise() -> None:
    function = signature("longest_word_in_2", names={Language.JAVA: "find"})
    assert function_name(function, Language.PYTHON) == "longest_word_in_2"
    assert function_name(function, Language.JAVASCRIPT) == "longestWordIn2"
    assert function_name(function, Language.GO) == "longestWordIn2"
    assert function_name(function, Language.JAVA) == "find"


def test_a_reserved_word_of_any_language_is_no_name() -> None:
    for word in ("class", "def", "func", "fn", "int", "var", "yield"):
        assert word in RESERVED
        with pytest.raises(ValueError, match="reserved"):
            parse_name(word)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("int", -(2**31), -(2**31)),
        ("long", 2**63 - 1, 2**63 - 1),
        ("float", 3, 3.0),
        ("list<float>", [1, 2.5], (1.0, 2.5)),
        ("list<list<int>>", [[1], []], ((1,), ())),
        ("map<string, int>", {"a": 1}, {"a": 1}),
        ("optional<int>", {"none": True}, None),
        ("optional<int>", None, None),
        ("optional<int>", 0, 0),
        ("list<optional<string>>", ["a", {"none": True}], ("a", None)),
    ],
)
def test_a_value_becomes_one_of_its_type(kind: str, value: object, expected: object) -> None:
    converted = convert(value, parse_type(kind), "expected")
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int", 2**31, r"does not fit int \(32 bits\); write `long`"),
        ("long", 2**63, r"does not fit long \(64 bits\)$"),
        ("int", True, "= True is no int"),
        ("int", 1.0, "= 1.0 is no int"),
        ("int", "1", "= '1' is no int"),
        ("bool", 1, "is no bool"),
        ("string", 1, "is no string"),
        ("string", "\ud800", "not Unicode"),
        ("float", "x", "is no float"),
        ("float", 10**400, "too large"),
        ("list<int>", [1, "x"], r"expected\[2\] = 'x' is no int"),
        ("list<list<int>>", [[1], [2, None]], r"expected\[2\]\[2\] = None is no int"),
        ("map<string, int>", {"a": "b"}, r"expected\.a = 'b' is no int"),
        ("map<string, int>", [1], "is no map"),
        ("int", {"none": True}, "is no int"),
        ("list<int>", "x" * 500, "…"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(
    kind: str, value: object, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        convert(value, parse_type(kind), "expected")


def test_what_a_language_cannot_hold_is_refused() -> None:
    assert "NUL" in (refused_by(Language.C, ("a", "b\0"), "arguments[1]") or "")
    assert "arguments[1][2]" in (refused_by(Language.C, ("a", "b\0"), "arguments[1]") or "")
    assert "2**53" in (refused_by(Language.JAVASCRIPT, {"a": 2**53}, "x") or "")
    assert refused_by(Language.JAVASCRIPT, 2**53 - 1, "x") is None
    assert refused_by(Language.PYTHON, ("b\0", 2**60), "x") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_what_is_shown_is_printable_and_bounded(value: object) -> None:
    shown = show(value, 80)
    assert len(shown) <= 80
    assert shown.isprintable()


def test_a_value_is_shown_alike_for_every_language() -> None:
    assert show(["a\n\x1b", 1.0, 1, True, None]) == '["a\\n\\u001b", 1.0, 1, true, none]'
    assert show({"k": (float("nan"), float("-inf"))}) == '{"k": [nan, -infinity]}'
    assert show(Other("a value of type Foo")) == "(a value of type Foo)"
    assert show("\udcff") == '"\\\\xff"'
    assert len(show("x" * 10**6)) == 200
    function = signature("f", ["list<int> a", "int n"])
    assert show_call(function, ((1, 2), 3)) == "f([1, 2], 3)"
    assert len(show_call(function, (tuple(range(10**5)), 3))) < 130
