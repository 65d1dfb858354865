from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.judge.checkers.difference import Kind, find_difference
from carrel.judge.checkers.floats import Floats
from carrel.judge.checkers.lookalikes import look_alike

pytestmark = pytest.mark.quick

CASES = [
    ("5", "5\n", Kind.END_OF_FILE, 1, 2, "the line break at the end of the output is missing"),
    ("5\n\n", "5\n", Kind.END_OF_FILE, 2, 1, "more white space than expected"),
    ("1\r\n2\r\n", "1\n2\n", Kind.LINE_ENDS, 1, 2, "Windows line ends"),
    ("1 \n2\n", "1\n2\n", Kind.WHITE_SPACE, 1, 2, "there is a space and should be a line break"),
    ("a\tb", "a b", Kind.WHITE_SPACE, 1, 2, "there is a tab and should be a space"),
    ("x\na\u00a0b", "x\na b", Kind.WHITE_SPACE, 2, 2, "U+00A0 NO-BREAK SPACE"),
    ("1,2", "1, 2", Kind.WHITE_SPACE, 1, 3, "there is “2” and should be a space"),
    ("", "5", Kind.NOTHING_PRINTED, 1, 1, "printed nothing"),
    ("\n \n", "5", Kind.NOTHING_PRINTED, 1, 1, "printed nothing"),
    ("x\n\ny", "x\ny", Kind.BLANK_LINES, 2, 1, "line 2 is blank and should not be there"),
    ("x\ny", "x\n\ny", Kind.BLANK_LINES, 2, 1, "one is missing before line 2"),
    ("Hi Bob", "Hi bob", Kind.CASE, 1, 4, "has “Bob” instead of “bob”"),
    ("p\u0430th", "path", Kind.LOOK_ALIKE, 1, 2, "U+0430 CYRILLIC SMALL LETTER A"),
    ("\u22125", "-5", Kind.LOOK_ALIKE, 1, 1, "U+2212 MINUS SIGN"),
    ("\uff15", "5", Kind.LOOK_ALIKE, 1, 1, "U+FF15 FULLWIDTH DIGIT FIVE"),
    ("\u201chi\u201d", '"hi"', Kind.LOOK_ALIKE, 1, 1, "U+201C LEFT DOUBLE QUOTATION MARK"),
    ("cafe\u0301", "caf\u00e9", Kind.LOOK_ALIKE, 1, 4, "accents"),
    ("b\na\nc", "a\nb\nc", Kind.ORDER, 1, 1, "all lines are right, but in another order"),
    ("Enter a number: 5", "5", Kind.EXTRA_BEFORE, 1, 1, "“Enter a number: ” before the"),
    ("Enter a number:\n5", "5", Kind.EXTRA_BEFORE, 1, 1, "“Enter a number:” before the"),
    ("1\nNext: 2", "1\n2", Kind.EXTRA_BEFORE, 2, 1, "“Next: ” before the expected answer"),
    ("5\nBye!", "5", Kind.EXTRA_AFTER, 2, 1, "after the expected answer follows “Bye!”"),
    ("5", "5\n6", Kind.MISSING, 2, 1, "the output ends in line 1; “6” should follow"),
    ("oops", "", Kind.EXTRA_AFTER, 1, 1, "nothing should be printed"),
    ("3.14", "3.15", Kind.NUMBER, 1, 4, "3.14 instead of 3.15, which is 0.01 away"),
    ("-5", "5", Kind.NUMBER, 1, 1, "only the sign differs"),
    ("5.0", "5", Kind.NUMBER, 1, 2, "5.0 is the right number, but it should be written 5"),
    ("15", "5", Kind.NUMBER, 1, 1, "15 instead of 5, which is 10 away"),
    ("It is 12.", "It is 13.", Kind.NUMBER, 1, 8, "12 instead of 13"),
    ("\ufeff5", "5", Kind.INVISIBLE, 1, 1, "U+FEFF"),
    ("hi\x00", "hi", Kind.INVISIBLE, 1, 3, "U+0000"),
    ("abc", "abcd", Kind.MISSING, 1, 4, "line 1 ends at column 4; “d” should follow"),
    ("abcd", "abc", Kind.EXTRA_AFTER, 1, 4, "where “d” follows"),
    ("abc def", "abc dxf", Kind.TEXT, 1, 6, "“abc def” instead of “abc dxf”"),
    ("\n\n  ab\ncd", "ab\nxd", Kind.TEXT, 4, 1, "line 4 differs"),
    ("\n  ab", "ax", Kind.TEXT, 2, 4, "line 2 differs from column 4 on"),
]


@pytest.mark.parametrize(("actual", "expected", "kind", "line", "column", "says"), CASES)
def test_the_first_difference_is_found_and_named(  # noqa: PLR0917 - a row of the table
    actual: str, expected: str, kind: Kind, line: int, column: int, says: str
) -> None:
    found = find_difference(actual.encode(), expected.encode())
    assert found is not None
    assert (found.kind, found.line, found.column) == (kind, line, column)
    assert says in found.message
    assert found.message.in_language("de") != found.message


def test_bytes_that_are_no_text_are_named() -> None:
    found = find_difference(b"caf\xe9", "café".encode())
    assert found is not None
    assert found.kind is Kind.NOT_TEXT
    assert found.message == "line 1, column 4: the byte 0xE9 is not UTF-8 text"


def test_what_a_comparison_passes_over_is_not_named() -> None:
    found = find_difference(b"HELLO\n\n  wurld", b"hello world", ignore_case=True, words=True)
    assert found is not None
    assert (found.kind, found.line, found.column) == (Kind.TEXT, 3, 4)
    assert find_difference(b"A\nb", b"a b", ignore_case=True, words=True) is None


def test_a_tolerated_number_is_not_named() -> None:
    reason = Floats(absolute=0.1, relative=0).compare(b"1.01\n2.5", b"1\n2")
    assert reason == "line 2: 2.5 instead of 2, which is 0.5 away"


def test_a_difference_behind_megabytes_is_found_where_it_is() -> None:
    many = b"0123456789\n" * 300_000
    found = find_difference(many + b"x", many + b"y")
    assert found is not None
    assert (found.kind, found.line, found.column) == (Kind.TEXT, 300_001, 1)
    found = find_difference(b"Give n: " + many, many)
    assert found is not None
    assert found.kind is Kind.EXTRA_BEFORE


def test_look_alikes() -> None:
    assert look_alike("-", "\u2212")
    assert look_alike("\u043e", "o")
    assert look_alike("\u2019", "'")
    assert not look_alike("a", "a")
    assert not look_alike("a", "b")


TEXTS = st.text(st.sampled_from("abAB15.- \n\t\r\u00a0\u0430\u200b\x00"), max_size=25)


@given(
    TEXTS,
    TEXTS,
    st.fixed_dictionaries({"ignore_case": st.booleans(), "words": st.booleans()}),
)
def test_every_difference_has_a_place_in_the_output(
    actual: str, expected: str, options: dict[str, bool]
) -> None:
    found = find_difference(actual.encode(), expected.encode(), **options)
    if found is None:
        return
    assert found.message.isprintable()
    lines = actual.split("\n")
    assert 1 <= found.line <= len(lines) + 1
    if found.line <= len(lines):
        assert 1 <= found.column <= len(lines[found.line - 1]) + 1
