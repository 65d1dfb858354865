"""A graded submission on a terminal: the first failure, the table of tests, the score.

Nothing is said by colour alone: what differs in a line is pointed at from below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from carrel.core.sizes import format_measured
from carrel.grading.difference import Difference, DiffLine
from carrel.grading.feedback import Feedback, describe_trace, feedback, verdict_words
from carrel.grading.student import StudentView, TestDetails
from carrel.judge.checkers.forms import quoted
from carrel.texts.message import Message, translated

_SHOWN_LINES = 20
_LINE_LENGTH = 160
_SIDES = {
    "both": ("  ", ""),
    "expected": ("- ", "green"),
    "actual": ("+ ", "red"),
}


def render(view: StudentView, language: str, hints: Sequence[str] = ()) -> list[RenderableType]:
    """Return what to print, in this language (`en`, `de`), with these hints."""
    return list(_Page(view, language, hints).parts())


class _Page:
    def __init__(self, view: StudentView, language: str, hints: Sequence[str]) -> None:
        self._view = view
        self._hints = hints
        self._language = language

    def parts(self) -> Iterator[RenderableType]:
        view, told = self._view, feedback(self._view)
        if view.compile_message is not None:
            yield from self._refusal(told, view.compile_message)
        if told.first is not None:
            for number, sentence in enumerate(told.explanation):
                yield self._say(sentence, "bold" if number == 0 else "")
            if told.first.details is not None:
                yield from self._details(told.first.details)
        for sentence in (*told.others, *told.texts):
            yield self._say(sentence)
        if view.compile_message is None or any(test.passed for test in view.tests):
            yield self._table()
            for group in view.groups:
                yield self._say(
                    Message(
                        "group-points",
                        name=quoted(group.name, _LINE_LENGTH),
                        earned=group.earned,
                        total=group.total,
                        scoring=group.scoring.value,
                    )
                )
            yield self._say(told.summary)
            if told.hidden_failed:
                yield self._say(Message("hidden-data-is-not-shown"), "dim")
        for hint in self._hints:
            lines = (quoted(line, _LINE_LENGTH) for line in hint.split("\n"))
            yield self._say(Message("hint", text="\n".join(lines)))
        score = Message(
            "score",
            earned=view.earned,
            total=view.total,
            percentage=round(view.percentage),
            verdict=verdict_words(view.verdict),
        )
        yield self._say(score, "bold green" if view.passed else "bold red")

    def _say(self, sentence: str, style: str = "") -> Text:
        return Text(str(translated(sentence, self._language)), style=style)

    def _refusal(self, told: Feedback, message: str) -> Iterator[RenderableType]:
        for number, sentence in enumerate(told.refusal):
            yield self._say(sentence, "bold" if number == 0 else "")
        if self._view.diagnostics:
            yield self._say(Message("heading-compiler"), "dim")
            yield self._output(str(translated(message, self._language)))

    def _details(self, details: TestDetails) -> Iterator[RenderableType]:
        if details.input:
            yield self._say(Message("heading-input"), "dim")
            yield self._output(details.input)
        if details.difference is not None:
            yield from self._difference(details.difference)
        if details.trace is not None:
            yield self._say(Message("heading-trace"), "dim")
            lines = (translated(line, self._language) for line in describe_trace(details.trace))
            yield self._output("\n".join(map(str, lines)))
        elif details.stderr:
            yield self._say(Message("heading-stderr"), "dim")
            yield self._output(details.stderr)

    def _difference(self, found: Difference) -> Iterator[RenderableType]:
        if found.lines:
            yield self._say(Message("heading-difference"), "dim")
        for line in found.lines:
            yield from _diff_line(line)
        if found.more:
            yield Text("  …")
        for note in found.notes:
            yield self._say(note, "dim")

    def _output(self, text: str) -> Text:
        lines = text.rstrip("\n").split("\n")
        kept = Text("\n".join(f"  {quoted(line, _LINE_LENGTH)}" for line in lines[:_SHOWN_LINES]))
        if len(lines) > _SHOWN_LINES:
            more = Message("more-lines", count=len(lines) - _SHOWN_LINES)
            kept.append(f"\n  {translated(more, self._language)}")
        return kept

    def _table(self) -> Table:
        table = Table()
        for name in ("test", "verdict", "points", "cpu", "memory"):
            table.add_column(self._say(Message("column", name=name)))
        for column in table.columns[2:]:
            column.justify = "right"
        for test in self._view.tests:
            name = str(translated(test.name, self._language))
            if test.hidden and not isinstance(test.name, Message):
                name = Message("named-hidden-test", name=name).in_language(self._language)
            verdict = verdict_words(test.verdict).in_language(self._language)
            table.add_row(
                Text(quoted(name, _LINE_LENGTH)),
                Text(verdict, style="green" if test.passed else "red"),
                f"{test.earned:g}/{test.points}",
                *_measures(test.details),
            )
        return table


def _diff_line(line: DiffLine) -> Iterator[Text]:
    """Yield the line, and below it what points at the changed part of it."""
    prefix, style = _SIDES[line.side]
    text = Text(prefix, style=style)
    for span in line.spans:
        text.append(span.text, style=f"{style} bold underline" if span.changed else style)
    yield text
    if any(span.changed for span in line.spans) and not all(span.changed for span in line.spans):
        below = "".join(("^" if span.changed else " ") * cell_len(span.text) for span in line.spans)
        yield Text(" " * len(prefix) + below.rstrip(), style=style)


def _measures(details: TestDetails | None) -> tuple[str, str]:
    if details is None:
        return "", ""
    return f"{details.cpu_ms} ms", format_measured(details.memory_bytes)
