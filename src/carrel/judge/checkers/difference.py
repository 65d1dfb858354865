"""Where and how an output first differs from the expected one, in words that help.

Pure. The first question is what is wrong with the whole: nothing printed, only white
space, only upper and lower case, a prompt before the right answer. If it is none of
these, it is what stands at the first difference. Lines and columns count from 1 and are
those of the program's own output, in characters; what is quoted is printable and short.

This never decides whether an answer is right: the comparisons do. Of outputs above
`_LARGE` characters only the first difference and what surrounds it is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from carrel.judge.checkers import places
from carrel.judge.checkers.forms import (
    common_length,
    common_length_of_blocks,
    decode,
    quoted,
    spaced_blocks,
    trimmed_blocks,
)
from carrel.judge.checkers.lookalikes import is_invisible
from carrel.judge.checkers.places import Place
from carrel.texts.message import Message

_LARGE = 1024 * 1024
_SHOWN = 200
_GLUE = frozenset("+-._,")
"""What joins with the character beside it to a number or a name, besides letters and digits."""


class Kind(StrEnum):
    """What sort of difference it is."""

    NOTHING_PRINTED = "nothing-printed"
    END_OF_FILE = "end-of-file"
    LINE_ENDS = "line-ends"
    BLANK_LINES = "blank-lines"
    WHITE_SPACE = "white-space"
    CASE = "case"
    NOT_TEXT = "not-text"
    INVISIBLE = "invisible"
    LOOK_ALIKE = "look-alike"
    ORDER = "order"
    EXTRA_BEFORE = "extra-before"
    EXTRA_AFTER = "extra-after"
    MISSING = "missing"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Difference:
    """The first difference: what kind, where in the actual output, and said in words."""

    kind: Kind
    line: int
    column: int
    message: Message


def find_difference(
    actual: bytes, expected: bytes, *, ignore_case: bool = False, words: bool = False
) -> Difference | None:
    """Return how the two differ at first, or None if they are the same, byte for byte.

    With `ignore_case`, upper and lower case are passed over; with `words`, the white
    space between words; None then says that nothing else differs.
    """
    if actual == expected:
        return None
    printed, wanted = decode(actual), decode(expected)
    sight = _Sight.of(printed, wanted, ignore_case=ignore_case, words=words)
    if sight is None:
        return None if words or ignore_case else _of_ends(printed, wanted)
    if not sight.printed:
        return Difference(Kind.NOTHING_PRINTED, 1, 1, Message("printed-nothing"))
    found = None
    if sight.whole:
        found = _of_white_space(sight) or _of_case(sight) or _of_the_order(sight)
    return found or _of_what_surrounds(sight) or difference_at(sight.place)


def reason(
    actual: bytes, expected: bytes, *, ignore_case: bool = False, words: bool = False
) -> Message:
    """Return why `actual` is not right, for a comparison that has found so."""
    found = find_difference(actual, expected, ignore_case=ignore_case, words=words)
    return Message("differs") if found is None else found.message


@dataclass(frozen=True)
class _Sight:
    """Both texts as far as the comparison looks at them, and their first difference.

    `gap` is what separates an answer from what stands around it. Large texts are cut a
    little after the difference, and then not `whole`.
    """

    printed: str
    wanted: str
    gap: str
    place: Place
    ignore_case: bool
    whole: bool

    @classmethod
    def of(cls, printed: str, wanted: str, *, ignore_case: bool, words: bool) -> Self | None:
        """Return None when nothing differs, seen like this."""
        form = spaced_blocks if words else trimmed_blocks
        fold = _without_case if ignore_case else str
        common = common_length_of_blocks(map(fold, form(printed)), map(fold, form(wanted)))
        if common is None:
            return None
        whole = max(len(printed), len(wanted)) <= _LARGE
        enough = _LARGE if whole else common + _SHOWN
        shown = _beginning(form(printed), enough), _beginning(form(wanted), enough)
        seen = fold(shown[0]), fold(shown[1])
        if words:
            place = places.place_by_words(printed, wanted, *seen)
        else:
            cut = printed[: len(printed) - len(printed.lstrip())]
            # A line too many is what differs, not the break before it.
            more = seen[0][common : common + 1] == "\n" and common == len(seen[1])
            place = Place.at(shown[0], common + more, shown[1], common, cut=cut)
        return cls(*seen, " " if words else "\n", place, ignore_case, whole)


def _beginning(blocks: Iterator[str], enough: int) -> str:
    """Return a text given in blocks, or at least its first `enough` characters."""
    taken, size = [], 0
    for block in blocks:
        taken.append(block)
        size += len(block)
        if size >= enough:
            break
    return "".join(taken)


def _without_case(text: str) -> str:
    # For pointing at places, so no character may become two as with casefold().
    return text.replace("İ", "I").lower()


def _of_ends(printed: str, wanted: str) -> Difference:
    """Return what differs in white space that nobody sees; both are the same without it."""
    common = common_length(printed, wanted)
    place = Place.at(printed, common, wanted, common)
    if wanted in (printed + "\n", printed + "\r\n"):
        return _at(place, Kind.END_OF_FILE, Message("newline-missing-at-end"))
    if printed.startswith(wanted):
        text = quoted(printed[len(wanted) :])
        return _at(place, Kind.END_OF_FILE, Message("white-space-at-end", text=text))
    if printed.replace("\r\n", "\n") == wanted.replace("\r\n", "\n"):
        return _at(place, Kind.LINE_ENDS, Message("line-ends-differ", line=place.line))
    return _white_space_at(place)


def _of_white_space(sight: _Sight) -> Difference | None:
    if "".join(sight.printed.split()) != "".join(sight.wanted.split()):
        return None
    place = sight.place
    if _visible_lines(sight.printed) != _visible_lines(sight.wanted):
        return _white_space_at(place)
    if not place.actual_line.text:
        return _at(place, Kind.BLANK_LINES, Message("blank-line-extra", line=place.line))
    return _at(place, Kind.BLANK_LINES, Message("blank-line-missing", line=place.line))


def _white_space_at(place: Place) -> Difference:
    message = Message(
        "white-space-differs-at",
        line=place.line,
        column=place.column,
        expected=places.named(place.expected),
        actual=places.named(place.actual),
    )
    return _at(place, Kind.WHITE_SPACE, message)


def _of_case(sight: _Sight) -> Difference | None:
    if sight.printed.casefold() != sight.wanted.casefold():
        return None
    place = sight.place
    message = Message(
        "case-differs-at",
        line=place.line,
        column=place.column,
        expected=quoted(place.expected_line.word),
        actual=quoted(place.actual_line.word),
    )
    return _at(place, Kind.CASE, message)


def _of_the_order(sight: _Sight) -> Difference | None:
    one, other = sight.printed.split(sight.gap), sight.wanted.split(sight.gap)
    if len(one) != len(other) or Counter(one) != Counter(other):
        return None
    place = sight.place
    name = "only-lines-order-differs" if sight.gap == "\n" else "only-words-order-differs"
    return _at(place, Kind.ORDER, Message(name, line=place.line))


def _of_what_surrounds(sight: _Sight) -> Difference | None:
    """Return what is too much or missing around an answer that is right otherwise."""
    printed, wanted, gap, place = sight.printed, sight.wanted, sight.gap, sight.place
    if not wanted:
        message = Message("nothing-expected", text=quoted(place.actual_line.text))
        return _at(place, Kind.EXTRA_AFTER, message)
    extra = _before_the_line(sight)
    ends_right = sight.whole and printed.endswith(wanted)
    if not extra and ends_right and _is_extra(printed[: -len(wanted)], wanted):
        extra = place.actual_line.text
    if extra:
        message = Message("printed-before-the-answer", line=place.line, text=quoted(extra))
        return _at(place, Kind.EXTRA_BEFORE, message)
    if printed.startswith(wanted + gap):
        text = quoted(_first_line(printed[len(wanted) :]))
        return _at(place, Kind.EXTRA_AFTER, Message("printed-after-the-answer", text=text))
    if wanted.startswith(printed + gap):
        text = quoted(_first_line(wanted[len(printed) :]))
        message = Message("output-ends-too-early", line=place.line, expected=text)
        return Difference(Kind.MISSING, place.line + 1, 1, message)
    return None


def _before_the_line(sight: _Sight) -> str:
    """Return what stands before the right answer in the first line that differs."""
    actual, expected = sight.place.actual_line, sight.place.expected_line
    if not actual.whole or not expected.whole:
        return ""
    line, answer = actual.text, expected.text.strip()
    if sight.ignore_case:
        line, answer = _without_case(line), _without_case(answer)
    if not answer or not line.endswith(answer):
        return ""
    extra = actual.text[: -len(answer)]
    return extra if _is_extra(extra, answer) else ""


def _is_extra(text: str, answer: str) -> bool:
    """Return whether `text` is something visible that is no part of the answer: not 1 of 15."""
    if _joins(text[-1:]) and _joins(answer[:1]):
        return False
    return not all(c.isspace() or is_invisible(c) for c in text[:_SHOWN])


def _joins(character: str) -> bool:
    return character.isalnum() or character in _GLUE


def difference_at(place: Place) -> Difference:
    """Return what differs at the first difference itself."""
    found = _of_the_characters(place)
    if found is not None:
        return found
    number = places.number_difference(place)
    if number is not None:
        return _at(place, Kind.NUMBER, number)
    line, column = place.line, place.column
    actual, expected = place.actual_line, place.expected_line
    if not actual.rest:
        kind, text = Kind.MISSING, quoted(expected.rest)
        message = Message("line-ends-too-early", line=line, column=column, expected=text)
    elif not expected.rest:
        kind, text = Kind.EXTRA_AFTER, quoted(actual.rest)
        message = Message("line-goes-on", line=line, column=column, actual=text)
    else:
        kind, texts = Kind.TEXT, {"actual": actual.shown, "expected": expected.shown}
        message = Message("differs-at", line=line, column=column, **texts)
    return _at(place, kind, message)


def _of_the_characters(place: Place) -> Difference | None:
    """Return what is odd about the first two characters that differ, if anything is."""
    line, column = place.line, place.column
    actual, expected = places.coded(place.actual), places.coded(place.expected)
    if places.is_undecodable(place.actual):
        message = Message("not-utf-8-at", line=line, column=column, actual=actual)
        return _at(place, Kind.NOT_TEXT, message)
    if places.hides_something(place):
        message = Message("invisible-at", line=line, column=column, actual=actual)
        return _at(place, Kind.INVISIBLE, message)
    if places.is_composed_otherwise(place):
        message = Message("accents-differ-at", line=line, column=column)
        return _at(place, Kind.LOOK_ALIKE, message)
    if places.looks_alike(place):
        message = Message(
            "look-alike-at", line=line, column=column, actual=actual, expected=expected
        )
        return _at(place, Kind.LOOK_ALIKE, message)
    return None


def _at(place: Place, kind: Kind, message: Message) -> Difference:
    return Difference(kind, place.line, place.column, message)


def _visible_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _first_line(text: str) -> str:
    return text.lstrip()[:_SHOWN].split("\n", 1)[0]
