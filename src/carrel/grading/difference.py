"""The lines around the first difference of two outputs, with what cannot be seen made visible.

Values, so that a terminal and a web page show the same: each line is cut into spans, and a
span says what sort of thing it holds and whether it is what differs. Nobody needs colour
to see it. Only the lines that are shown are looked at closely: an output of megabytes
costs what it costs to find its first difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Literal

from carrel.judge.checkers.forms import common_length, decode, printable, trimmed
from carrel.judge.checkers.lookalikes import look_alike
from carrel.judge.checkers.places import coded
from carrel.texts.message import Message

_LINES_BEFORE = 2
_LINES_FROM_DIFFERENCE = 8
_MOST_BYTES = 256 * 1024
_BEYOND = 64 * 1024
_WIDTH = 160
_LEAD = 40
"""How many characters of a long line stand before its first difference."""

_MARKS = {" ": "·", "\t": "→", "\r": "␍"}
_LINE_END = "⏎"
_CUT = "…"
_MARK_NOTES = {
    "·": "mark-space",
    "→": "mark-tab",
    "␍": "mark-carriage-return",
    _LINE_END: "mark-line-end",
}
_DRAWN = frozenset((*_MARKS.values(), _LINE_END))

Side = Literal["both", "expected", "actual"]


class SpanKind(StrEnum):
    """What a piece of a line holds."""

    TEXT = "text"
    WHITE_SPACE = "white-space"
    """Marks that stand for spaces, tabs and carriage returns."""
    LINE_END = "line-end"
    """A mark for the line break at the end of a line, where the other side has none."""
    ESCAPED = "escaped"
    r"""Escapes such as `\x1b`, `\u200b`: characters that cannot be seen, or drive a terminal."""
    BYTE = "byte"
    r"""Escapes such as `\xff`: bytes that are not UTF-8."""
    LOOK_ALIKE = "look-alike"
    """Characters that look like the other side's and are others; `Difference.notes` names them."""
    CUT = "cut"
    """Stands for the rest of a long line."""


_ESCAPE_NOTES = {SpanKind.ESCAPED: "mark-escaped", SpanKind.BYTE: "mark-byte"}
_ESCAPE = re.compile(r"\\\w+")


@dataclass(frozen=True)
class Span:
    """A piece of a line; `changed` says that the other side has something else there."""

    text: str
    kind: SpanKind = SpanKind.TEXT
    changed: bool = False


@dataclass(frozen=True)
class DiffLine:
    """One line: on both sides, only expected, or only printed.

    `number` counts from 1, on its own side (the printed one's for both).
    """

    side: Side
    number: int
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """What to print for the line."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Difference:
    """The lines around the first difference; `more` says that there are lines after them.

    `notes` explain the marks that were used, and name characters that look alike.
    """

    lines: tuple[DiffLine, ...]
    notes: tuple[Message, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    ended: bool


def difference(
    expected: bytes, actual: bytes, *, cut: bool = False, line: int | None = None
) -> Difference | None:
    """Return the lines around the first difference, or None if there is none to see.

    White space at line ends and at both ends of the text is looked at only where nothing
    else differs. `cut` says that `actual` is only the beginning of what was printed.
    `line` is the printed line, from 1, that is known to be wrong when lines may differ and
    be right all the same, as with floats.
    """
    cut = cut or len(actual) > _MOST_BYTES
    printed = _beginning(actual, len(actual), cut=cut)
    wanted = _beginning(expected, len(actual) + _BEYOND, cut=False)
    trimmed_wanted, trimmed_printed = trimmed(wanted), trimmed(printed)
    exactly = (
        trimmed_wanted.startswith(trimmed_printed) if cut else trimmed_wanted == trimmed_printed
    )
    skipped = 0
    if not exactly:
        skipped = printed[: len(printed) - len(printed.lstrip())].count("\n")
        wanted, printed = trimmed_wanted, trimmed_printed
    common = common_length(wanted, printed)
    if common == len(printed) and (cut or common == len(wanted)):
        return Difference((), (Message("difference-not-kept"),)) if cut else None
    known = 0 if line is None else line - skipped
    ours, more = _window(printed, common, known, exactly=exactly)
    theirs, more_expected = _window(wanted, common, known, exactly=exactly)
    if cut:  # the lines missing at the end were not kept
        theirs = theirs[: len(ours)]
    lines = tuple(
        replace(shown, number=shown.number + skipped) if shown.side != "expected" else shown
        for shown in _compared(theirs, ours, exactly=exactly)
    )
    return Difference(lines, tuple(_notes(lines)), more or more_expected or cut)


def _beginning(data: bytes, size: int, *, cut: bool) -> str:
    """Return the text of the first bytes, whole lines of it if it is not all there is."""
    size = min(size, _MOST_BYTES + _BEYOND)
    text = decode(data[:size])
    if cut or len(data) > size:
        return text.rpartition("\n")[0] or text
    return text


def _window(text: str, common: int, known: int, *, exactly: bool) -> tuple[list[_Line], bool]:
    """Return lines of a text, and whether there are more behind them.

    They are those around the character at `common`, or around line `known` (from 1) if
    that comes later. Up to `common` both texts are the same, so their windows match.
    """
    start = text.rfind("\n", 0, common) + 1
    number = text.count("\n", 0, start) + 1
    for _ in range(known - number):
        if (end := text.find("\n", start)) < 0:
            break
        start, number = end + 1, number + 1
    for _ in range(_LINES_BEFORE):
        if start > 0:
            start, number = text.rfind("\n", 0, start - 1) + 1, number - 1
    lines: list[_Line] = []
    for _ in range(_LINES_BEFORE + _LINES_FROM_DIFFERENCE):
        end = text.find("\n", start)
        if end < 0:
            rest = text[start:]
            # Text that ends with a line break has no further line behind it.
            return [*lines, *([_Line(number, rest, not exactly)] if rest else [])], False
        lines.append(_Line(number, text[start:end], ended=True))
        start, number = end + 1, number + 1
    return lines, start < len(text)


def _compared(
    wanted: Sequence[_Line], printed: Sequence[_Line], *, exactly: bool
) -> Iterator[DiffLine]:
    matcher = SequenceMatcher(
        a=[(line.text, line.ended) for line in wanted],
        b=[(line.text, line.ended) for line in printed],
        autojunk=False,
    )
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            for line in printed[b1:b2]:
                yield DiffLine("both", line.number, tuple(_plain(line.text)))
            continue
        pairs = [
            _pair(one, other, mark=exactly)
            for one, other in zip(wanted[a1:a2], printed[b1:b2], strict=False)
        ]
        for i, line in enumerate(wanted[a1:a2]):
            yield pairs[i][0] if i < len(pairs) else _alone("expected", line, mark=exactly)
        for i, line in enumerate(printed[b1:b2]):
            yield pairs[i][1] if i < len(pairs) else _alone("actual", line, mark=exactly)


def _plain(text: str) -> Iterator[Span]:
    yield from _spans(text[:_WIDTH], changed=False, mark=False)
    if len(text) > _WIDTH:
        yield Span(_CUT, SpanKind.CUT)


def _alone(side: Side, line: _Line, *, mark: bool) -> DiffLine:
    spans = list(_spans(line.text[:_WIDTH], changed=True, mark=mark or not line.text.strip()))
    if len(line.text) > _WIDTH:
        spans.append(Span(_CUT, SpanKind.CUT))
    if not line.text and line.ended:
        spans.append(Span(_LINE_END, SpanKind.LINE_END, changed=True))
    return DiffLine(side, line.number, tuple(spans))


def _pair(wanted: _Line, printed: _Line, *, mark: bool) -> tuple[DiffLine, DiffLine]:
    """Return both lines of a pair, what differs between them marked."""
    # A space more can only be seen where the others are visible too.
    mark = mark or wanted.text.split() == printed.text.split()
    start = max(0, common_length(wanted.text, printed.text) - _LEAD)
    start = 0 if max(len(wanted.text), len(printed.text)) <= _WIDTH else start
    one, other = wanted.text[start : start + _WIDTH], printed.text[start : start + _WIDTH]
    spans: tuple[list[Span], list[Span]] = ([], [])
    if start:
        for side in spans:
            side.append(Span(_CUT, SpanKind.CUT))
    matcher = SequenceMatcher(a=one, b=other, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        changed = tag != "equal"
        was, became = one[a1:a2], other[b1:b2]
        if changed and _look_alike(was, became):
            spans[0].append(Span(was, SpanKind.LOOK_ALIKE, changed=True))
            spans[1].append(Span(became, SpanKind.LOOK_ALIKE, changed=True))
            continue
        spans[0].extend(_spans(was, changed=changed, mark=changed or mark))
        spans[1].extend(_spans(became, changed=changed, mark=changed or mark))
    for side, line in zip(spans, (wanted, printed), strict=True):
        if len(line.text) > start + _WIDTH:
            side.append(Span(_CUT, SpanKind.CUT))
        elif line.ended and wanted.ended != printed.ended:
            side.append(Span(_LINE_END, SpanKind.LINE_END, changed=True))
    return (
        DiffLine("expected", wanted.number, tuple(spans[0])),
        DiffLine("actual", printed.number, tuple(spans[1])),
    )


def _look_alike(was: str, became: str) -> bool:
    return len(was) == len(became) > 0 and all(
        one.isprintable() and other.isprintable() and look_alike(one, other)
        for one, other in zip(was, became, strict=True)
    )


def _spans(text: str, *, changed: bool, mark: bool) -> Iterator[Span]:
    """Yield the text in pieces of one kind each; white space becomes visible with `mark`."""
    kind, piece = SpanKind.TEXT, ""
    for character in text:
        of, shown = _shown(character, mark=mark)
        if of is not kind and piece:
            yield Span(piece, kind, changed)
            piece = ""
        kind, piece = of, piece + shown
    if piece:
        yield Span(piece, kind, changed)


def _shown(character: str, *, mark: bool) -> tuple[SpanKind, str]:
    if character in _MARKS and (mark or character != " "):
        return SpanKind.WHITE_SPACE, _MARKS[character]
    if character in _DRAWN:  # what the program printed must not pass for a mark
        return SpanKind.ESCAPED, character.encode("unicode_escape").decode("ascii")
    if character.isprintable():
        return SpanKind.TEXT, character
    byte = 0xDC80 <= ord(character) <= 0xDCFF  # noqa: PLR2004 - see forms.decode
    return (SpanKind.BYTE if byte else SpanKind.ESCAPED), printable(character)


def _notes(lines: Sequence[DiffLine]) -> Iterator[Message]:
    spans = [span for line in lines for span in line.spans]
    drawn = (SpanKind.WHITE_SPACE, SpanKind.LINE_END)
    marks = "".join(span.text for span in spans if span.kind in drawn)
    for mark, message_id in _MARK_NOTES.items():
        if mark in marks:
            yield Message(message_id, mark=mark)
    for kind, message_id in _ESCAPE_NOTES.items():
        first = next((span.text for span in spans if span.kind is kind), "")
        if escape := _ESCAPE.match(first):
            yield Message(message_id, mark=escape[0])
    yield from _named(lines)


def _named(lines: Sequence[DiffLine]) -> Iterator[Message]:
    """Name the characters of the first two spans that look alike."""
    alike = {
        side: next(
            (
                span.text
                for line in lines
                if line.side == side
                for span in line.spans
                if span.kind is SpanKind.LOOK_ALIKE
            ),
            "",
        )
        for side in ("expected", "actual")
    }
    if alike["actual"] and alike["expected"]:
        one, other = coded(alike["actual"][0]), coded(alike["expected"][0])
        yield Message("mark-look-alike", actual=one, expected=other)
