"""How many values a JSON body may hold, counted before it is parsed.

The attack: a megabyte of `1,1,1,…` or of unknown keys is small, but each of its values
becomes an object of Python's and a mistake to report of a kilobyte or more. A few seconds'
upload would hold everybody else up for minutes and fill the memory. Nothing that anybody
asks for has more than a few hundred values, however long its texts are.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus

from carrel.api.problems import Problem

MAX_VALUES = 1000
_MOST_TEXTS = 2 * MAX_VALUES + 2  # each value may have a key

# It matches whatever follows a quotation mark, also a text without an end, and never goes
# back (possessive): its time grows with the body's length and no faster.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)


def check_structure(body: bytes) -> None:
    """Raise Problem (422) for JSON of more than `MAX_VALUES` values, or not in UTF-8."""
    if json.detect_encoding(body) not in ("utf-8", "utf-8-sig"):
        raise _refused("write the JSON in UTF-8")  # in others the quotation marks would lie
    rest, texts = _TEXT.subn(b"", body, count=_MOST_TEXTS)
    if texts == _MOST_TEXTS or sum(map(rest.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise _refused(f"the JSON has more than {MAX_VALUES:,} values")


def _refused(reason: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", f"body: {reason}.")
