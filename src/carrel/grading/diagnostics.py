"""What a compiler said, as values: where, how bad, and in which words.

Compilers write for people, each in its own way. All of them name the place at the
beginning of a line, so lines are tried against a table of such beginnings, whatever the
language is; a form that no line has costs nothing. Words that no form matches are not
lost: whoever shows diagnostics can show the message as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from carrel.grading.source import SourceFile
from carrel.judge.checkers.forms import quoted

Severity = Literal["error", "warning", "note"]

_MOST = 50
_MOST_LINES = 4000
_LONGEST_LINE = 1000
_LONGEST_TEXT = 300
_PYTHON_INDENT = 4


@dataclass(frozen=True)
class Diagnostic:
    """One thing a compiler said; all text is printable and short.

    `file` is the student's name of the file, `line` and `column` count from 1; they are
    None where the compiler named no place in the student's files. `excerpt` is that
    line of the program without its indentation.
    """

    text: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    severity: Severity = "error"
    excerpt: str = ""


_FILE = r"(?P<file>[^\s:()\"'][^:()\"']{0,300}?)"
_SEVERITY = r"(?:(?P<severity>fatal error|error|warning|note)(?:\[\w+\])?: ?)"
_PLACED = (
    # gcc, clang, go, rustfmt: `a.c:5:17: error: …`; also `a.cpp:6:29:   required from here`
    re.compile(rf"{_FILE}:(?P<line>\d{{1,7}}):(?P<column>\d{{1,7}}): {_SEVERITY}?(?P<text>.+)"),
    # javac, ruby: `A.java:5: error: …`
    re.compile(rf"{_FILE}:(?P<line>\d{{1,7}}): {_SEVERITY}?(?P<text>.+)"),
    # tsc: `a.ts(3,5): error TS2322: …`
    re.compile(
        rf"{_FILE}\((?P<line>\d{{1,7}}),(?P<column>\d{{1,7}})\): "
        r"(?P<severity>error|warning) (?P<text>.+)"
    ),
    # R: `Error in parse(…) : /app/a.R:2:3: unexpected symbol`, or the place on the next line
    re.compile(
        r"(?:Error in .{0,200}? : +| +)(?P<file>/[^\s:]{1,300}):(?P<line>\d{1,7}):"
        r"(?P<column>\d{1,7}): (?P<text>.+)"
    ),
    # bash: `a.sh: line 3: …`
    re.compile(rf"{_FILE}: line (?P<line>\d{{1,7}}): (?P<text>.+)"),
    # the linker: `a.cpp:(.text+0x5): undefined reference to …`, the file not always
    re.compile(rf"(?:{_FILE}:)?\(\.text[^)]{{0,40}}\): (?P<text>.+)"),
)
_PLACE_FIRST = (
    # python: `  File "a.py", line 3`
    re.compile(r"\s*File \"(?P<file>[^\"]{1,300})\", line (?P<line>\d{1,7})"),
    # node: `/app/a.js:3`
    re.compile(r"(?P<file>/[^\s:]{1,300}):(?P<line>\d{1,7})$"),
)
_TEXT_AFTER_PLACE = re.compile(r"(?P<text>[A-Z]\w{0,40}(?:Error|Exception|Warning): ?.*)")
# rustc: `error[E0425]: …`, then ` --> a.rs:3:5`
_TEXT_FIRST = re.compile(rf"{_SEVERITY}(?P<text>.+)")
_PLACE_AFTER_TEXT = re.compile(
    r"\s*--> (?P<file>[^:]{1,300}):(?P<line>\d{1,7}):(?P<column>\d{1,7})$"
)
# sqlite: `Parse error near line 3: …`
_NEAR = re.compile(r"[\w ]{0,20}\berror near line (?P<line>\d{1,7}): (?P<text>.+)", re.IGNORECASE)
_REQUIRED = re.compile(r"\s*(?:required|inlined|instantiated|recursively required)\b")
_CARET = re.compile(r"[\s|]*\^[\^~]*\s*$")


def diagnostics(message: str, source: SourceFile) -> tuple[Diagnostic, ...]:
    """Return what a compiler's `message` says, in its order, at most `_MOST` of it.

    Notes are left out when there is an error or a warning: they explain one of those. An
    error in a system header is placed where the student's file asked for it.
    """
    found = list(_read(message, source))
    grave = [one for one in found if one.severity != "note"]
    if any(one.severity == "error" and one.line is not None for one in grave):
        # The rest is such as `error: aborting due to 1 previous error`.
        grave = [one for one in grave if one.file is not None or one.severity != "error"]
    return tuple(dict.fromkeys(grave or found))[:_MOST]


def _read(message: str, source: SourceFile) -> Iterator[Diagnostic]:
    pending: Diagnostic | None = None  # the text of one may follow its place, or precede it
    asked_from: Diagnostic | None = None
    for full in message.split("\n")[:_MOST_LINES]:
        line = full[:_LONGEST_LINE].rstrip()
        if pending is not None and (more := _continued(pending, line, source)) is not None:
            pending = more
            continue
        said = _said(line, source)
        if said is None:
            continue
        if _REQUIRED.match(said.text):
            asked_from = said
            continue
        if said.line is None and asked_from is not None:
            said = replace(asked_from, text=said.text, severity=said.severity)
        if said.severity == "error":
            asked_from = None
        if pending is not None and pending.text:
            yield pending
        pending = said
    if pending is not None and pending.text:
        yield pending


def _continued(said: Diagnostic, line: str, source: SourceFile) -> Diagnostic | None:
    """Return a diagnostic with what this line adds to it, or None if it adds nothing."""
    if caret := _CARET.match(line):
        return _at_caret(said, caret.group().index("^"), source)
    if not said.text and (match := _TEXT_AFTER_PLACE.match(line)):
        return replace(said, text=_text(match["text"], source))
    if said.line is None and (match := _PLACE_AFTER_TEXT.match(line)):
        return _placed(match, source, text=said.text, severity=said.severity)
    return None


def _said(line: str, source: SourceFile) -> Diagnostic | None:
    """Return the diagnostic that begins with this line; without text if that is still to come."""
    for form in _PLACED:
        if match := form.match(line):
            return _placed(match, source)
    for form in _PLACE_FIRST:
        if (match := form.match(line)) and source.own(match["file"]) is not None:
            return _placed(match, source, text="")
    if match := _NEAR.match(line):
        number = int(match["line"])
        excerpt = source.excerpt(number)
        return Diagnostic(_text(match["text"], source), source.name, number, None, "error", excerpt)
    if match := _TEXT_FIRST.match(line):
        return Diagnostic(_text(match["text"], source), severity=_severity(match["severity"]))
    if match := _TEXT_AFTER_PLACE.match(line):
        return Diagnostic(_text(match["text"], source))
    return None


def _placed(
    match: re.Match[str],
    source: SourceFile,
    *,
    text: str | None = None,
    severity: Severity | None = None,
) -> Diagnostic:
    groups = match.groupdict()
    said = _text(groups["text"], source) if text is None else text
    grade = severity or _severity(groups.get("severity"))
    file = source.own(groups["file"] or "")
    if file is None:
        return Diagnostic(said, severity=grade)
    number = int(groups["line"]) if groups.get("line") else None
    column = int(groups["column"]) if groups.get("column") else None
    excerpt = source.excerpt(number) if file == source.name else ""
    return Diagnostic(said, file, number, column, grade, excerpt)


def _at_caret(said: Diagnostic, offset: int, source: SourceFile) -> Diagnostic:
    """Return the diagnostic with the column that a `^` below the quoted line points at."""
    if said.column is not None or said.line is None:
        return said
    if not said.text and source.installed.endswith(".py"):
        # Python quotes a line without its indentation, behind spaces of its own.
        line = source.line(said.line)
        offset += len(line) - len(line.lstrip()) - _PYTHON_INDENT
    return replace(said, column=max(offset, 0) + 1)


def _text(words: str, source: SourceFile) -> str:
    return quoted(source.renamed(words), _LONGEST_TEXT)


def _severity(word: str | None) -> Severity:
    if word == "warning":
        return "warning"
    return "note" if word == "note" else "error"
