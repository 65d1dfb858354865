"""Numbers as programs print them, and when one is near enough to another.

Numbers are taken as they are written, in base ten: 1.01 is within 0.01 of 1.00, which
binary arithmetic denies. Decimal's C library converts and compares in time linear in the
digits; what is computed is rounded to `_DIGITS`, so a flood of digits costs nothing more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

_DIGITS = 60
_ARITHMETIC = Context(prec=_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
# Possessive, because a word of 16 MB must not be tried again from each of its digits.
_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?|inf(?:inity)?|nan)",
    re.ASCII | re.IGNORECASE,
)

Tolerance = int | float


def parse_number(word: str) -> Decimal | None:
    """Return the number that the whole word is; None for anything else.

    A number is what C and Python print: `12`, `-0.5`, `.5`, `1e-9`, `inf`, `nan`. Not
    numbers are `1,000`, `0x1F`, `1_000`, `١٢` and an exponent beyond all reason.
    """
    if _NUMBER.fullmatch(word) is None:
        return None
    try:
        return Decimal(word)
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Near:
    """How far a number may be from the expected one: either rule is enough.

    `absolute`: |actual - expected| is at most this. `relative`: it is at most this part
    of |expected|. NaN is only near NaN, and an infinite number near itself.
    """

    absolute: Tolerance = 0
    relative: Tolerance = 0

    def accepts(self, actual: Decimal, expected: Decimal) -> bool:
        """Return whether `actual` is near enough to `expected`."""
        if actual.is_nan() or expected.is_nan():
            return actual.is_nan() and expected.is_nan()
        if actual == expected:
            return True
        if actual.is_infinite() or expected.is_infinite():
            return False
        far = distance(actual, expected)
        if far <= _decimal(self.absolute):
            return True
        return far <= _ARITHMETIC.multiply(_decimal(self.relative), expected.copy_abs())


def distance(one: Decimal, other: Decimal) -> Decimal:
    """Return how far two numbers are from each other, to 60 digits."""
    return _ARITHMETIC.subtract(one, other).copy_abs()


def _decimal(tolerance: Tolerance) -> Decimal:
    # By way of its text: 0.1 means one tenth, not the binary number next to it.
    return Decimal(str(tolerance))
