"""Characters that look alike: Cyrillic and Latin `a`, full-width digits, typographic quotes.

The data is Unicode's own (UTS 39, "confusables"), from the package confusable-homoglyphs,
and what Unicode calls compatible (NFKC). A few pairs that programs mix up in practice are
missing there.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_SINGLE_QUOTES = frozenset("'`\u00b4\u2018\u2019\u201a\u201b\u2032")
_DOUBLE_QUOTES = frozenset('"\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033')
_GROUPS = (_DASHES, _SINGLE_QUOTES, _DOUBLE_QUOTES)


def look_alike(one: str, other: str) -> bool:
    """Return whether two different characters look alike to people."""
    if one == other:
        return False
    if any(one in group and other in group for group in _GROUPS):
        return True
    if unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other):
        return True
    table = _table()
    ones, others = table.get(one, frozenset()), table.get(other, frozenset())
    # The data is a star around each prototype: alike are those that meet in one.
    return one in others or other in ones or not ones.isdisjoint(others)


def is_invisible(character: str) -> bool:
    """Return whether the character leaves no trace on the screen, white space excepted."""
    return unicodedata.category(character) in ("Cf", "Cc") and not character.isspace()


@cache
def _table() -> dict[str, frozenset[str]]:
    # Reading the data takes a tenth of a second: only who asks pays for it.
    from confusable_homoglyphs.confusables import (  # type: ignore[import-untyped] # noqa: PLC0415
        confusables_data,
    )

    # Right-to-left characters stand between marks in the data.
    return {
        character: frozenset(entry["c"].strip("\u200e\u200f") for entry in entries)
        for character, entries in confusables_data.items()
    }
