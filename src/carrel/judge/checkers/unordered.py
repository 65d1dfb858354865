"""Compare lines in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from carrel.judge.checkers.forms import decode, quoted
from carrel.texts.message import Message

_BLOCK = 64 * 1024


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
        # Only the teacher's lines are kept; the program's pass in blocks, so that a flood
        # of different lines fills no memory.
        left: Counter[str] = Counter()
        for _, line, count in self._lines(decode(expected)):
            left[line] = 1 if self.ignore_duplicates else left[line] + count
        empty = True
        for number, line, count in self._lines(decode(actual)):
            empty = False
            if line not in left:
                return Message("line-not-expected", line=number, text=quoted(line))
            if left[line] < count and not self.ignore_duplicates:
                return Message("line-too-often", text=quoted(line))
            left[line] = max(0, left[line] - count)
        missing = left.total()
        if not missing:
            return None
        if empty:
            return Message("printed-nothing")
        example = next(line for line, count in left.items() if count)
        return Message("lines-missing", count=missing, text=quoted(example))

    def problem_with(self, expected: bytes, /) -> None:
        """Return None: any bytes can be compared with."""

    def _lines(self, text: str) -> Iterator[tuple[int, str, int]]:
        """Yield lines as they are compared: the first one's number, the line, how often.

        Blank lines are left out. A line comes once for each block that holds it.
        """
        start, first = 0, 1
        while start <= len(text):
            end = text.find("\n", start + _BLOCK)
            end = len(text) if end < 0 else end
            lines = text[start:end].split("\n")
            counts = Counter(lines)
            # Backwards, so that the first of equal lines gives the number.
            numbers = dict(zip(reversed(lines), range(first + len(lines) - 1, 0, -1), strict=False))
            for raw, count in counts.items():
                line = raw.strip()
                if line:
                    yield numbers[raw], line.casefold() if self.ignore_case else line, count
            start, first = end + 1, first + len(lines)
