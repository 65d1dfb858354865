r"""A student's file as the text that the compiler or interpreter reads.

Python lets a file name its encoding in a comment, and some encodings turn what looks like
a comment into statements: `\u000a` in `raw_unicode_escape`, `+AAo-` in `utf-7`. So a Python
file is decoded as Python does, and only encodings are accepted that keep ASCII as it is.
Whatever looks at a program that was handed in as bytes begins here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from carrel.languages.registry import Language
from carrel.languages.rules import java, native
from carrel.texts.message import Message

ENCODINGS = frozenset(
    {
        *("utf-8", "utf-8-sig", "ascii", "koi8-r", "koi8-u", "mac-roman"),
        *(f"iso8859-{number}" for number in (*range(1, 12), *range(13, 17))),
        *(f"cp{number}" for number in range(1250, 1259)),
        *("cp437", "cp850", "cp852", "cp858", "cp866", "cp932", "cp949", "cp950"),
        *("gbk", "gb2312", "gb18030", "big5", "euc_jp", "euc_kr", "shift_jis"),
    }
)
"""Encodings, by Python's own names, in which every ASCII byte outside of a character of
several bytes is itself, and in which nothing else becomes ASCII."""

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_NO_CODE = re.compile(rb"[ \t\f]*(#.*)?")
_REWRITE: Mapping[Language, Callable[[str], str]] = MappingProxyType(
    {
        Language.JAVA: java.plain_escapes,
        Language.C: native.plain_signs,
        Language.CPP: native.plain_signs,
    }
)
_BOM = codecs.BOM_UTF8
_LATIN = ("latin-1", "iso-8859-1", "iso-latin-1")
_LONGEST_NAME = 40


class UnreadableSourceError(Exception):
    """The text cannot be told from the bytes; `reason` is for the student."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


def source_text(data: bytes, language: Language, name: str = "") -> bytes:
    """Return a Python file as UTF-8, each line where it was; any other as it is.

    `name` is said in the reason of an error; empty for the program itself.

    Other languages have one encoding, and bytes that are none of it are no code there.

    Raises UnreadableSourceError for a Python file in an encoding that is not one of
    `ENCODINGS`, with bytes that are none of its encoding, or with a null byte: older
    interpreters leave out the rest of such a line, and take some such files for compiled
    ones or for archives.
    """
    if language is not Language.PYTHON:
        return data
    try:
        return _decoded(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    except UnreadableSourceError as error:
        if not name:
            raise
        reason = Message("source-in-file", file=name, text=error.reason)
        raise UnreadableSourceError(reason) from None


def _decoded(data: bytes) -> bytes:
    line, name = _declared(data)
    data = data.removeprefix(_BOM)
    if b"\0" in data:
        raise UnreadableSourceError(Message("source-null", line=_line(data, data.index(b"\0"))))
    if (codec := _codec(name)) is None:
        shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        raise UnreadableSourceError(Message("source-encoding", line=line, name=shown))
    try:
        return data.decode(codec).encode()
    except UnicodeDecodeError as error:
        at = _line(data, error.start)
        raise UnreadableSourceError(Message("source-bytes", line=at, name=codec)) from None


def linted_text(data: bytes, language: Language, name: str = "") -> bytes:
    """Return a file as a linter gets it, that does not know every way to write a sign.

    As `source_text`, and with Java's escapes and C's digraphs as the signs they stand for.
    """
    rewrite = _REWRITE.get(language)
    if rewrite is None:
        return source_text(data, language, name)
    text = data.decode("utf-8", "surrogateescape")
    return rewrite(text).encode("utf-8", "surrogateescape")


def _declared(data: bytes) -> tuple[int, str]:
    """Return the line that names an encoding, and the name; UTF-8 when there is none."""
    for number, line in enumerate(data.removeprefix(_BOM).split(b"\n", 2)[:2], 1):
        if match := _COOKIE.match(line):
            return number, match[1].decode("ascii")
        if not _NO_CODE.fullmatch(line):
            break
    return 1, "utf-8"


def _codec(name: str) -> str | None:
    """Return Python's own name of a harmless encoding, or None."""
    known = name[:12].lower().replace("_", "-")  # as the tokenizer does it
    if known == "utf-8" or known.startswith("utf-8-"):
        return "utf-8"
    if known in _LATIN or known.startswith(tuple(f"{latin}-" for latin in _LATIN)):
        return "iso8859-1"
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return found if found in ENCODINGS else None


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
