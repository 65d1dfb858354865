"""Compare lines in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from carrel.judge.checkers.forms import decode, quoted
from carrel.texts.message import Message


@dataclass(frozen=True)
class UnorderedLines:
    """Both must have the same lines, each as often, in whatever order.

    White space at both ends of a line and blank lines do not count: there is no first
    and no last line for which they could be forgiven. With `ignore_duplicates` it does
    not matter how often a line stands there, as long as it does.
    """

    ignore_case: bool = False
    ignore_duplicates: bool = False

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None, or why `actual` is not right."""
        if actual == expected:
            return None
        # Only the teacher's lines are kept; the program's pass by one by one, so that a
        # flood of different lines fills no memory.
        missing = Counter(line for _, line in self._lines(decode(expected)))
        if self.ignore_duplicates:
            missing = Counter(missing.keys())
        number = 0
        for number, line in self._lines(decode(actual)):
            left = missing.get(line)
            if left is None:
                return Message("line-not-expected", line=number, text=quoted(line))
            if left:
                missing[line] = left - 1
            elif not self.ignore_duplicates:
                return Message("line-too-often", line=number, text=quoted(line))
        count = missing.total()
        if not count:
            return None
        if not number:
            return Message("printed-nothing")
        first = next(line for line, left in missing.items() if left)
        return Message("lines-missing", count=count, text=quoted(first))

    def problem_with(self, expected: bytes, /) -> None:
        """Return None: any bytes can be compared with."""

    def _lines(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield each line that is not blank with its number, as it is compared."""
        start, number = 0, 1
        while start <= len(text):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            line = text[start:end].strip()
            if line:
                yield number, line.casefold() if self.ignore_case else line
            start, number = end + 1, number + 1
