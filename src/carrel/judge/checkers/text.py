r"""Compare text: leniently about white space nobody sees, word by word, or exactly.

All compare bytes and so are safe with any output. `Lenient` forgives white
space at the end of lines, empty lines at the end, Windows line ends, and white
space before the first and after the last character: two texts whose `strip()`
are equal are always equal. White space inside a line counts. `Tokens` forgives
any amount of white space between words. Case is folded as Unicode does it
(`ß` is `ss`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from carrel.judge.checkers.difference import reason
from carrel.judge.checkers.forms import (
    common_length_of_blocks,
    decode,
    spaced_blocks,
    trimmed_blocks,
)
from carrel.texts.message import Message


@dataclass(frozen=True)
class Exact:
    """Both must be the same, byte for byte, or character for character but for their case."""

    ignore_case: bool = False

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        if exact(actual, expected):
            return None
        if self.ignore_case and decode(actual).casefold() == decode(expected).casefold():
            return None
        return reason(actual, expected, ignore_case=self.ignore_case)

    def problem_with(self, expected: bytes, /) -> None:
        """Return None: any bytes can be compared with."""


@dataclass(frozen=True)
class Lenient:
    """Both must be the same but for white space that nobody sees."""

    ignore_case: bool = False

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        if _same(trimmed_blocks, actual, expected, ignore_case=self.ignore_case):
            return None
        return reason(actual, expected, ignore_case=self.ignore_case)

    def problem_with(self, expected: bytes, /) -> None:
        """Return None: any bytes can be compared with."""


@dataclass(frozen=True)
class Tokens:
    """Both must have the same words (what white space separates) in the same order."""

    ignore_case: bool = False

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        if _same(spaced_blocks, actual, expected, ignore_case=self.ignore_case):
            return None
        return reason(actual, expected, ignore_case=self.ignore_case, words=True)

    def problem_with(self, expected: bytes, /) -> None:
        """Return None: any bytes can be compared with."""


def _same(
    form: Callable[[str], Iterator[str]],
    actual: bytes,
    expected: bytes,
    *,
    ignore_case: bool = False,
) -> bool:
    if actual == expected:
        return True
    one, other = form(decode(actual)), form(decode(expected))
    if ignore_case:
        one, other = map(str.casefold, one), map(str.casefold, other)
    return common_length_of_blocks(one, other) is None


def exact(actual: bytes, expected: bytes) -> bool:
    """Return whether both are the same, byte for byte."""
    return actual == expected


def lenient(actual: bytes, expected: bytes) -> bool:
    """Return whether both are the same but for white space that nobody sees."""
    return _same(trimmed_blocks, actual, expected)
