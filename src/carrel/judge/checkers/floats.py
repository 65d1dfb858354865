"""Compare words, and those that are numbers by how far they are from the expected ones.

The field's rule (Kattis, ICPC): a number is right if its absolute or its relative error
is within the tolerance; everything else must be the same word. The expected output says
where a number stands. A minus sign is part of its number, so it can never be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from carrel.judge.checkers.difference import difference_at, reason
from carrel.judge.checkers.forms import common_length, decode
from carrel.judge.checkers.numbers import Near, Tolerance, parse_number
from carrel.judge.checkers.places import Place, number_difference
from carrel.texts.message import Message

DEFAULT_TOLERANCE = 1e-6

_WORD = re.compile(r"\S+")
# A number that is part of a word; a digit after a letter belongs to a name, as in `x1`.
_PART = re.compile(
    r"(?:(?<![\w.)\]])[+-])?(?<![\w.])(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Floats:
    """Words must be the same, numbers near enough.

    `absolute` and `relative` are the greatest error allowed, the relative one as a part
    of the expected number; either is enough, and 0 allows none. With `inside_words`,
    numbers that are parts of words, as in `[1.5,` or `x=2.0;`, count as numbers too.
    """

    absolute: Tolerance = DEFAULT_TOLERANCE
    relative: Tolerance = DEFAULT_TOLERANCE
    ignore_case: bool = False
    inside_words: bool = False

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        if actual == expected:
            return None
        printed, wanted = decode(actual), decode(expected)
        for found, right in zip_longest(_WORD.finditer(printed), _WORD.finditer(wanted)):
            if found is None or right is None:
                return reason(actual, expected, ignore_case=self.ignore_case, words=True)
            if found[0] == right[0]:
                continue
            if not self._same(found[0], right[0]):
                return _reason(found, right)
        return None

    def problem_with(self, expected: bytes, /) -> None:
        """Return None: any bytes can be compared with."""

    def _same(self, found: str, right: str) -> bool:
        expected = parse_number(right)
        if expected is not None:
            actual = parse_number(found)
            return actual is not None and self._near.accepts(actual, expected)
        if not self.inside_words:
            return self._same_text(found, right)
        return all(
            one is not None
            and other is not None
            and self._same_text(one.text, other.text)
            and self._same_number(one.number, other.number)
            for one, other in zip_longest(_parts(found), _parts(right))
        )

    def _same_text(self, found: str, right: str) -> bool:
        return found == right or (self.ignore_case and found.casefold() == right.casefold())

    def _same_number(self, found: str, right: str) -> bool:
        if found == right:
            return True
        actual, expected = parse_number(found), parse_number(right)
        if actual is None or expected is None:
            return False
        return self._near.accepts(actual, expected)

    @property
    def _near(self) -> Near:
        return Near(self.absolute, self.relative)


class _Part(NamedTuple):
    """A piece of a word: text, and the number after it; empty at the word's end."""

    text: str
    number: str


def _parts(word: str) -> Iterator[_Part]:
    end = 0
    for number in _PART.finditer(word):
        yield _Part(word[end : number.start()], number[0])
        end = number.end()
    yield _Part(word[end:], "")


def _reason(found: re.Match[str], right: re.Match[str]) -> Message:
    place = Place.at(found.string, found.start(), right.string, right.start())
    actual, expected = parse_number(found[0]), parse_number(right[0])
    if actual is not None and expected is not None:
        different = number_difference(place)
        if different is not None:
            return different
    common = common_length(found[0], right[0])
    at, other = found.start() + common, right.start() + common
    return difference_at(Place.at(found.string, at, right.string, other)).message
