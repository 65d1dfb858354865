"""The bytes of a program as text in UTF-8, whatever editor it was written with.

Compilers and interpreters disagree about a file that is not UTF-8: one fails, one shows
question marks, one does not care. So what can be decoded is decoded before any of them
sees it, and everybody who looks at a program (rules, linters, feedback) sees the same:

- A byte order mark says what the file is in: UTF-8, UTF-16 or UTF-32.
- A line that is not UTF-8 is taken for Windows' Western code page, else for Latin-1. Only
  that line: one old comment must not spoil the others.
- A Python file that names its encoding is Python's to read.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    # UTF-32's mark in little endian begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES_ITS_ENCODING = re.compile(rb"coding[:=]")
_LINES_WITH_A_NAME = 2


def utf8(data: bytes, *, may_name_encoding: bool = False) -> bytes:
    """Return a program in UTF-8 without a byte order mark; what is UTF-8 stays as it is.

    With `may_name_encoding` a file that seems to name its encoding, as Python's do in
    their first lines, stays as it is. What is marked as UTF-16 or UTF-32 and is not, too.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode()
            except UnicodeError:
                return data
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode()
    except UnicodeDecodeError:
        pass
    else:
        return data
    first = data[:4096].replace(b"\r", b"\n").split(b"\n")[: 2 * _LINES_WITH_A_NAME]
    if may_name_encoding and any(map(_NAMES_ITS_ENCODING.search, first)):
        return data
    return b"\n".join(map(_line, data.split(b"\n")))


def unix_lines(data: bytes) -> bytes:
    """Return a program whose lines end in a line feed only, for what takes a CR for code."""
    return data.replace(b"\r\n", b"\n")


def _line(line: bytes) -> bytes:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1").encode()
