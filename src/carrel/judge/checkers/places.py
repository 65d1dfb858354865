"""The place of a first difference: its line and column, and what stands there on each side."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from itertools import islice
from typing import Self

from carrel.judge.checkers.forms import common_length, quoted, undecoded
from carrel.judge.checkers.lookalikes import is_invisible, look_alike
from carrel.judge.checkers.numbers import distance, parse_number
from carrel.texts.message import Message

_WORD = re.compile(r"\S+")
_AROUND = 1000
_BEFORE = 15
_PLAIN_ZEROS = 6
_PUNCTUATION = ".,;:!?)]"
_WHITE_SPACE = {
    "\n": "a-line-break",
    "\r": "a-carriage-return",
    " ": "a-space",
    "\t": "a-tab",
}
_FEW_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


@dataclass(frozen=True)
class Line:
    """One line of a text and a position in it; long ones are cut around the position."""

    text: str
    at: int
    whole: bool

    @classmethod
    def around(cls, text: str, position: int) -> Self:
        """Return the line of `text` that holds `position`."""
        start = text.rfind("\n", 0, position) + 1
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        first, last = max(start, position - _AROUND), min(end, position + _AROUND)
        whole = (first, last) == (start, end)
        return cls(text[first:last].rstrip(), position - first, whole)

    @property
    def rest(self) -> str:
        """The line from the position on."""
        return self.text[self.at :]

    @property
    def word(self) -> str:
        """The word that the position is in, or at the end of."""
        start = self.text[: self.at]
        before = start.split()[-1] if start and not start[-1].isspace() else ""
        after = _WORD.match(self.text, self.at)
        return before + (after[0] if after else "")

    @property
    def shown(self) -> str:
        """The line for showing: from its beginning, or from a little before the position."""
        if self.whole and self.at <= 2 * _BEFORE:
            return quoted(self.text)
        return "…" + quoted(self.text[self.at - _BEFORE :])


@dataclass(frozen=True)
class Place:
    """Where two texts first differ.

    `line` and `column` count from 1, in the output as it was printed. `actual` and
    `expected` are the characters there, empty at the end of a text.
    """

    line: int
    column: int
    actual: str
    expected: str
    actual_line: Line
    expected_line: Line

    @classmethod
    def at(cls, actual: str, position: int, expected: str, other: int, *, cut: str = "") -> Self:
        """Return the place at a position of each text; `cut` was before `actual` in the output."""
        start = actual.rfind("\n", 0, position) + 1
        indent = len(cut) - cut.rfind("\n") - 1 if start == 0 else 0
        return cls(
            line=cut.count("\n") + actual.count("\n", 0, position) + 1,
            column=position - start + indent + 1,
            actual=actual[position : position + 1],
            expected=expected[other : other + 1],
            actual_line=Line.around(actual, position),
            expected_line=Line.around(expected, other),
        )


def _nth_word(text: str, number: int) -> int:
    """Return where the word `number` (from 0) begins, or the text's end without white space."""
    found = next(islice(_WORD.finditer(text), number, None), None)
    return len(text.rstrip()) if found is None else found.start()


def place_by_words(printed: str, wanted: str, seen_printed: str, seen_wanted: str) -> Place:
    """Return the first difference of two texts whose words, one space apart, are given too."""
    common = common_length(seen_printed, seen_wanted)
    number = seen_printed.count(" ", 0, common)
    offset = common - (seen_printed.rfind(" ", 0, common) + 1)
    if {seen_printed[common : common + 1], seen_wanted[common : common + 1]} == {"", " "}:
        number, offset = number + 1, 0  # one has a further word and the other ends
    position, other = _nth_word(printed, number), _nth_word(wanted, number)
    return Place.at(printed, position + offset, wanted, other + offset)


def named(character: str) -> Message:
    """Return what a character is called; the empty string is the end of the text."""
    if character == "":
        return Message("the-end")
    if character in _WHITE_SPACE:
        return Message(_WHITE_SPACE[character])
    if character.isascii() and character.isprintable():
        return Message("a-character", character=character)
    return coded(character)


def coded(character: str) -> Message:
    """Return a character with its code and Unicode's name for it: look-alikes show the same."""
    if character == "":
        return Message("the-end")
    byte = undecoded(character)
    if byte is not None:
        return Message("a-byte", code=f"0x{byte:02X}")
    code = f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
    if character.isprintable() and not character.isspace():
        return Message("a-character-with-code", character=character, code=code)
    return Message("a-code", code=code)


def is_undecodable(character: str) -> bool:
    """Return whether the character stands for a byte that is not UTF-8."""
    return character != "" and undecoded(character) is not None


def hides_something(place: Place) -> bool:
    """Return whether an invisible character stands at the place."""
    return place.actual != "" and is_invisible(place.actual)


def looks_alike(place: Place) -> bool:
    """Return whether the characters at the place look alike."""
    return bool(place.actual and place.expected) and look_alike(place.actual, place.expected)


def is_composed_otherwise(place: Place) -> bool:
    """Return whether the lines are the same letters with accents written in another way."""
    one, other = place.actual_line.text, place.expected_line.text
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def number_difference(place: Place) -> Message | None:
    """Return how two numbers at the place differ, or None if they are not two numbers."""
    # A number at the end of a sentence has its full stop.
    word = place.actual_line.word.rstrip(_PUNCTUATION)
    wanted = place.expected_line.word.rstrip(_PUNCTUATION)
    actual, expected = parse_number(word), parse_number(wanted)
    if actual is None or expected is None:
        return None
    line, shown, right = place.line, quoted(word), quoted(wanted)
    if actual == expected:
        return Message("number-written-differently", line=line, actual=shown, expected=right)
    if not actual.is_finite() or not expected.is_finite():
        return None
    if actual == expected.copy_negate():
        return Message("sign-differs", line=line, actual=shown, expected=right)
    off = short(distance(actual, expected))
    return Message("number-differs", line=line, actual=shown, expected=right, off=off)


def short(number: Decimal) -> str:
    """Return the number with three digits, as people write it."""
    rounded = _FEW_DIGITS.create_decimal(number).normalize(_FEW_DIGITS)
    plain = -_PLAIN_ZEROS <= rounded.adjusted() <= _PLAIN_ZEROS
    return f"{rounded:f}" if plain else f"{rounded:e}"
