"""Compare with a regular expression, in time linear in the output.

The engine is RE2: it has no backtracking, so no output can make a pattern take
exponential time, which Python's own engine allows (`(a+)+b`). What RE2 can take at worst
is the pattern's size times the output's, and that product has a bound here. In exchange
there are no back references and no look-around.
"""

from __future__ import annotations

from dataclasses import dataclass

import re2  # type: ignore[import-untyped]

from carrel.judge.checkers.forms import decode, quoted, trimmed
from carrel.texts.message import Message

MAX_PATTERN = 64 * 1024
"""How long a pattern may be, in bytes."""
MAX_PROGRAM = 10_000
"""How large a pattern may be as RE2 compiles it, in instructions."""
_SHOWN = 1000
_WORK = 1_000_000_000
"""Instructions times bytes of output: about two seconds where RE2 is slowest."""


@dataclass(frozen=True)
class Pattern:
    """The expected output is a regular expression that the whole output must match.

    With `search`, any part of the output may match. Output is matched without the white
    space that nobody sees, at the ends of lines and of the output. `.` stands for any
    character but a line break unless the pattern begins with `(?s)`.
    """

    ignore_case: bool = False
    search: bool = False

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        try:
            pattern = self._compile(expected)
        except ValueError:
            return Message("expected-is-unusable")
        text = trimmed(decode(actual)).encode("utf-8", "surrogateescape")
        if len(text) * pattern.programsize > _WORK:
            return Message("too-long-for-the-pattern")
        match = pattern.search(text) if self.search else pattern.fullmatch(text)
        if match is not None:
            return None
        if not text:
            return Message("printed-nothing")
        shown = quoted(decode(text[:_SHOWN]))
        part = None if self.search else pattern.search(text)
        if part is not None and part.start() < part.end():
            return Message("only-a-part-matches", text=shown)
        return Message("matches-no-pattern", text=shown)

    def problem_with(self, expected: bytes, /) -> str | None:
        """Return why `expected` is no regular expression to match with, or None."""
        try:
            self._compile(expected)
        except ValueError as error:
            return str(error)
        return None

    def _compile(self, expected: bytes) -> re2._Regexp:
        """Return the compiled pattern (RE2 keeps some). ValueError if it is unusable."""
        if len(expected) > MAX_PATTERN:
            raise ValueError(f"{len(expected):,} bytes; a pattern may have {MAX_PATTERN:,}")
        try:
            # A pattern in a file ends with a line break that nobody means.
            text = expected.decode("utf-8").replace("\r\n", "\n").removesuffix("\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"not UTF-8 (byte {error.start})") from None
        options = re2.Options()
        options.case_sensitive = not self.ignore_case
        options.log_errors = False
        options.never_capture = True
        try:
            pattern = re2.compile(text.encode(), options)
        except re2.error as error:
            why = error.args[0].decode("utf-8", "backslashreplace") if error.args else "?"
            raise ValueError(
                f"not a regular expression that RE2 knows: {quoted(why, 200)}"
            ) from None
        if pattern.programsize > MAX_PROGRAM:
            raise ValueError("too large a regular expression; repeat less in it")
        return pattern
