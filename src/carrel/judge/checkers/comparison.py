"""What all comparisons have in common."""

from __future__ import annotations

from typing import Protocol

from carrel.texts.message import Message


class Comparison(Protocol):
    """Says whether what a program printed is the expected answer. A frozen value.

    Both methods take any bytes, need time and memory linear in them, and raise nothing.
    """

    def compare(self, actual: bytes, expected: bytes, /) -> Message | None:
        """Return None for the right answer, else why it is not right.

        The reason may quote a little of both, printable and bounded, so it belongs to
        visible tests only. When `problem_with(expected)` names a problem, no answer is
        right, and the reason says that.
        """
        ...

    def problem_with(self, expected: bytes, /) -> str | None:
        """Return why nothing can be compared with `expected`: a sentence for its teacher.

        None if it is fine. An exercise is checked with it before a program is.
        """
        ...
