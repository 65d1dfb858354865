r"""Compare text: leniently about white space nobody sees, or exactly.

Both compare bytes and so are safe with any output. `lenient` forgives white
space at the end of lines, empty lines at the end, Windows line ends, and white
space before the first and after the last character: two texts whose `strip()`
are equal are always equal. White space inside a line counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from types import MappingProxyType
from typing import AnyStr

Checker = Callable[[bytes, bytes], bool]
"""Takes the actual and the expected output; says whether it is the right answer."""


def exact(actual: bytes, expected: bytes) -> bool:
    """Return whether both are the same, byte for byte."""
    return actual == expected


def lenient(actual: bytes, expected: bytes) -> bool:
    """Return whether both are the same but for white space that nobody sees."""
    if actual == expected or _same(actual, expected, b"\n"):
        return True
    # Only text knows other white space than ASCII's. Surrogate escapes keep
    # different invalid bytes different, so this still compares bytes.
    if _has_ascii_spaces_only(actual) and _has_ascii_spaces_only(expected):
        return False
    return _same(_decode(actual), _decode(expected), "\n")


CHECKERS: Mapping[str, Checker] = MappingProxyType({"lenient": lenient, "exact": exact})
"""The checkers an exercise can name."""


def first_difference(actual: bytes, expected: bytes) -> int:
    """Return the number (from 1) of the first line that differs, as `lenient` sees it."""
    pairs = zip_longest(_lines(actual, b"\n"), _lines(expected, b"\n"))
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), 1)


def _same(actual: AnyStr, expected: AnyStr, newline: AnyStr) -> bool:
    return all(a == b for a, b in zip_longest(_lines(actual, newline), _lines(expected, newline)))


def _lines(text: AnyStr, newline: AnyStr) -> Iterator[AnyStr]:
    """Yield the lines one by one: a flood of output must not become a list of lines."""
    text = text.strip()
    start = 0
    while (end := text.find(newline, start)) >= 0:
        yield text[start:end].rstrip()
        start = end + 1
    yield text[start:].rstrip()


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _has_ascii_spaces_only(data: bytes) -> bool:
    # `str.strip` also strips these four control characters.
    return data.isascii() and not any(byte in data for byte in b"\x1c\x1d\x1e\x1f")
