"""What the launcher of JUnit's tests reports, read as hostile.

One JSON object a line: the `plan`, then `start` and `done` of each test method, then `end`;
or `died` with what the JVM cannot go on after. Only the launcher can write there (the
guard lets no class of the student's), so a line that is none of these is a mistake of ours,
and is treated like a report that ends too early: the test at hand has failed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from carrel.judge.checkers.forms import printable_text

_MAX_LINE = 64 * 1024
_MAX_PLAN = 1024 * 1024
_MAX_TESTS = 2000
_MAX_TEXT = 8000


@dataclass(frozen=True)
class Planned:
    """A test method: JUnit's id for it, `Class.method`, and what people call it."""

    id: str
    key: str
    name: str


@dataclass(frozen=True)
class Done:
    """The end of a test method.

    `kind` is passed, failed (an assertion), error (another exception), refused (the guard
    said no), aborted (an assumption), skipped, or empty (no case was run). `at` are the
    student's own frames of the stack, one a line.
    """

    kind: str
    message: str = ""
    at: str = ""


@dataclass
class Report:
    """Takes the launcher's words as they come. `on_turn` hears of each test's start and end."""

    on_turn: Callable[[str, bool], None]
    plan: tuple[Planned, ...] | None = None
    done: dict[str, Done] = field(default_factory=dict)
    current: str | None = None
    ended: bool = False
    died: str | None = None
    broken: bool = False
    _buffer: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> None:
        """Read what came; the last line may be half."""
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        for line in lines:
            if not self.broken and not self.ended:
                self._line(bytes(line))
        if len(rest) > _MAX_PLAN:
            self.broken = True
            self._buffer.clear()

    def _line(self, line: bytes) -> None:
        try:
            if len(line) > (_MAX_PLAN if self.plan is None else _MAX_LINE):
                raise ValueError("too long")  # noqa: TRY301
            self._understand(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError):
            self.broken = True

    def _understand(self, value: Any) -> None:
        match value:
            case {"plan": list(entries)} if self.plan is None and len(entries) <= _MAX_TESTS:
                self.plan = tuple(
                    Planned(_id(one["id"]), _id(one["key"]), _text(one["name"])) for one in entries
                )
            case {"start": str(unit)} if self._expects(unit) and self.current is None:
                self.current = unit
                self.on_turn(unit, True)
            case {"done": str(unit)} if self._expects(unit) and self.current in (unit, None):
                self.current = None
                self.done[unit] = Done(
                    _text(value["kind"]), _text(value["message"]), _text(value["at"])
                )
                self.on_turn(unit, False)
            case {"end": True} if self.plan is not None:
                self.ended = True
            case {"died": str(why)}:
                self.died = _text(why)
            case _:
                raise ValueError("unknown")

    def _expects(self, unit: str) -> bool:
        known = self.plan is not None and any(unit == one.id for one in self.plan)
        return known and unit not in self.done


def _id(value: object) -> str:
    """Return a name by which the launcher knows something, as it gave it."""
    if not isinstance(value, str):
        raise TypeError("text")
    return value[:_MAX_TEXT]


def _text(value: object) -> str:
    """Return a text to show: students' programs make up what an exception says."""
    return printable_text(_id(value), _MAX_TEXT)
