"""Differences that show what cannot be seen, without relying on colour."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.grading.difference import Difference, Span, SpanKind, difference

pytestmark = pytest.mark.quick


def found(expected: str | bytes, actual: str | bytes) -> Difference:
    data = [text.encode() if isinstance(text, str) else text for text in (expected, actual)]
    result = difference(*data)
    assert result is not None
    return result


def lines(expected: str | bytes, actual: str | bytes) -> list[tuple[str, str]]:
    signs = {"both": " ", "expected": "-", "actual": "+"}
    return [(signs[line.side], line.text) for line in found(expected, actual).lines]


def test_the_lines_around_the_first_difference() -> None:
    text = [f"{n}\n" for n in range(1, 21)]
    wrong = [*text[:9], "x\n", *text[10:]]
    assert lines("".join(text), "".join(wrong)) == [
        (" ", "8"),
        (" ", "9"),
        ("-", "10"),
        ("+", "x"),
        *((" ", str(n)) for n in range(11, 18)),
    ]
    result = found("".join(text), "".join(wrong))
    assert result.more
    assert [line.number for line in result.lines][:4] == [8, 9, 10, 10]


def test_a_missing_and_a_further_line() -> None:
    assert lines("1\n2\n3\n", "1\n3\n") == [(" ", "1"), ("-", "2"), (" ", "3")]
    assert lines("1\n3\n", "1\n2\n3\n") == [(" ", "1"), ("+", "2"), (" ", "3")]
    assert lines("1\n2\n", "") == [("-", "1"), ("-", "2")]


def test_white_space_is_visible_where_it_is_the_difference() -> None:
    assert lines("a b c\n", "a  b c\n") == [("-", "a·b·c"), ("+", "a··b·c")]
    assert lines("a\tb", "a b") == [("-", "a→b"), ("+", "a·b")]
    assert lines("a b\nc", "a b\nc ") == [(" ", "a b"), ("-", "c"), ("+", "c·")]
    assert lines("a", "a \r") == [("-", "a"), ("+", "a·␍")]
    assert [str(note) for note in found("a", "a \r").notes] == [
        "· is a space",
        "␍ is a carriage return, as in Windows line ends",
    ]


def test_white_space_at_line_ends_is_no_noise_when_something_else_differs() -> None:
    assert lines("1 \n2\n", "1\n3\n") == [(" ", "1"), ("-", "2"), ("+", "3")]
    assert lines("1\n2\n", "\n\n1\n3\n") == [(" ", "1"), ("-", "2"), ("+", "3")]
    assert [line.number for line in found("1\n2\n", "\n\n1\n3\n").lines] == [3, 2, 4]


def test_a_missing_line_break_at_the_end_is_visible() -> None:
    assert lines("a\n", "a") == [("-", "a⏎"), ("+", "a")]
    assert lines("a", "a\n") == [("-", "a"), ("+", "a⏎")]
    assert lines("a\n", "a\n\n") == [(" ", "a"), ("+", "⏎")]
    assert "line break" in found("a\n", "a").notes[0]


def test_control_characters_and_bytes_that_are_no_text_are_visible_and_told_apart() -> None:
    result = found("hi", b"h\x1b\xffi\xe2\x80\x8b")
    assert result.lines[1].spans == (
        Span("h"),
        Span("\\x1b", SpanKind.ESCAPED, changed=True),
        Span("\\xff", SpanKind.BYTE, changed=True),
        Span("i"),
        Span("\\u200b", SpanKind.ESCAPED, changed=True),
    )
    assert [str(note) for note in result.notes] == [
        "\\x1b stands for a character that cannot be seen",
        "\\xff stands for a byte that is not UTF-8 text",
    ]


def test_characters_that_look_alike_are_named() -> None:
    result = found("name", "n\u0430me")
    assert result.lines[1].spans[1] == Span("\u0430", SpanKind.LOOK_ALIKE, changed=True)
    (note,) = result.notes
    assert "CYRILLIC SMALL LETTER A" in note
    assert "LATIN SMALL LETTER A" in note
    assert "nur gleich" in note.in_language("de")


def test_what_a_program_prints_does_not_pass_for_a_mark() -> None:
    assert lines("a", "a·→⏎") == [("-", "a"), ("+", "a\\xb7\\u2192\\u23ce")]


def test_a_long_line_is_cut_around_its_difference() -> None:
    one, other = "x" * 5000 + "y" + "z" * 5000, "x" * 5001 + "z" * 5000
    for line in found(one, other).lines:
        assert len(line.text) < 200
        assert line.text.startswith("…xxx")
        assert line.text.endswith("z…")
        assert any(span.changed for span in line.spans)


def test_the_known_line_is_shown_where_equal_lines_are_not_all_that_is_right() -> None:
    expected = "".join(f"{n}.0\n" for n in range(100))
    actual = expected.replace("\n", "0\n").replace("70.00", "71.00")
    result = difference(expected.encode(), actual.encode(), line=71)
    assert result is not None
    assert [line.number for line in result.lines if line.side == "actual"][2] == 71


def test_what_was_not_kept_is_not_called_missing() -> None:
    result = difference(b"1\n2\n3\n4\n", b"1\n2\n3", cut=True)
    assert result is not None
    assert result.lines == ()
    assert result.notes == ("the difference comes after the part of the output that is kept",)
    result = difference(b"1\n2\n3\n4\n", b"1\nx\n3", cut=True)
    assert result is not None
    assert [line.text for line in result.lines] == ["1", "2", "x"]


def test_equal_texts_have_no_difference() -> None:
    assert difference(b"a\n", b"a\n") is None


@given(st.binary(max_size=300), st.binary(max_size=300), st.booleans(), st.integers(1, 9))
def test_a_difference_is_short_and_printable_for_any_bytes(
    expected: bytes,
    actual: bytes,
    cut: bool,  # noqa: FBT001
    line: int,
) -> None:
    for result in (
        difference(expected, actual, cut=cut),
        difference(expected, actual, line=line),
    ):
        if result is None:
            assert expected == actual
            continue
        assert result.lines or cut
        assert len(result.lines) <= 20
        assert "".join(line.text for line in result.lines).isprintable()
        assert {line.side for line in result.lines} != {"both"} or cut


@given(st.text(" \t\nab", max_size=40), st.text(" \t\nab", max_size=40))
def test_two_different_texts_never_look_the_same(expected: str, actual: str) -> None:
    if expected == actual:
        return
    result = found(expected, actual)
    sides = [
        [line.text for line in result.lines if line.side != side] for side in ("expected", "actual")
    ]
    assert sides[0] != sides[1]


@pytest.mark.parametrize(
    "actual",
    [b"y\n" * 8_000_000, b"y" * 16_000_000, b"\xff" * 16_000_000, b"\n" * 16_000_000],
    ids=["lines", "line", "no text", "line breaks"],
)
def test_a_flood_costs_little(actual: bytes) -> None:
    start = time.process_time()
    result = difference(b"y\n" * 5_000_000 + b"x", actual)
    assert time.process_time() - start < 20
    assert result is not None
