"""What a crashed program's last words say: the exception, and the student's own frames.

A runtime ends a failed program with a stack of calls, most of them its own. Here each
runtime's way of writing is read; frames in files that the student did not hand in are
left out. stderr is the program's to write, so a trace can be made up: it explains, and
decides nothing. All text that comes out is printable and short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from carrel.grading.source import SourceFile
from carrel.judge.checkers.forms import quoted

_TAIL_CHARACTERS = 64 * 1024
_LONGEST_LINE = 1000
_LONGEST_TEXT = 300
_MOST_FRAMES = 8


@dataclass(frozen=True)
class Frame:
    """A call in the student's file; `line` counts from 1, `excerpt` is what stands there."""

    file: str
    line: int
    function: str = ""
    excerpt: str = ""


@dataclass(frozen=True)
class Trace:
    """How a program failed: `error` names the exception, `frames` lead to it, innermost first.

    `more` counts further frames of the student's (deep recursion). `causes` are the
    exceptions that `error` wraps; the frames are then those of the last cause.
    """

    error: str
    frames: tuple[Frame, ...] = ()
    more: int = 0
    causes: tuple[str, ...] = ()


def trace(stderr: str, source: SourceFile) -> Trace | None:
    """Return what stderr says about a crash, or None where it says nothing that is known."""
    reader = _READERS.get(source.language)
    if reader is None:
        return None
    lines = [line[:_LONGEST_LINE].rstrip() for line in stderr[-_TAIL_CHARACTERS:].split("\n")]
    return reader(lines, source)


_PYTHON_START = "Traceback (most recent call last):"
_PYTHON_FRAME = re.compile(r'  File "([^"]{1,300})", line (\d{1,9})(?:, in (.+))?')
_PYTHON_REPEATED = re.compile(r"  \[Previous line repeated (\d{1,9}) more times?\]")


def _python(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = _last(lines, lambda line: line == _PYTHON_START)
    if start is None:  # its beginning was not kept, perhaps
        start = next((i - 1 for i, line in enumerate(lines) if _PYTHON_FRAME.match(line)), None)
    if start is None:
        return None
    frames: list[Frame] = []
    more = 0
    for line in lines[start + 1 :]:
        if match := _PYTHON_FRAME.match(line):
            frames += _own(source, match[1], match[2], match[3] or "")
        elif match := _PYTHON_REPEATED.match(line):
            more += int(match[1])
        elif line and not line.startswith(" "):
            return _trace(line, frames[::-1], source, more=more)
    return None


_JAVA_START = re.compile(r'Exception in thread "[^"]{0,200}" (.+)')
_JAVA_LAUNCHER = re.compile(r"Error: (.+)")
# Not `java.base/java.util.Scanner.…(Scanner.java:5)`: a student may have a Scanner.java too.
_JAVA_FRAME = re.compile(r"\s+at ([\w.$<>-]{1,300})\(([\w$.-]{1,200}\.java):(\d{1,9})\)")
_JAVA_CAUSE = re.compile(r"Caused by: (.+)")


def _java(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = _last(lines, lambda line: _JAVA_START.match(line) is not None)
    if start is None:
        launcher = next(filter(None, map(_JAVA_LAUNCHER.match, lines)), None)
        return None if launcher is None else _trace(launcher[1], [], source)
    error = _matched(_JAVA_START, lines[start])
    stacks: list[list[Frame]] = [[]]
    causes = []
    for line in lines[start + 1 :]:
        if match := _JAVA_CAUSE.match(line):
            causes.append(match[1])
            stacks.append([])
        elif match := _JAVA_FRAME.match(line):
            stacks[-1] += _own(source, match[2], match[3], match[1])
    frames = next((stack for stack in reversed(stacks) if stack), [])
    return _trace(error, frames, source, causes=causes)


_NODE_PLACE = re.compile(r"((?:/|file:|node:)[^\s]{1,300}):(\d{1,9})$")
_NODE_CARET = re.compile(r"\s*\^+$")
_NODE_FRAME = re.compile(
    r"\s+at (?:([^()]{1,300}) \()?((?:/|file:)[^():]{1,300}):(\d{1,9}):\d{1,9}\)?$"
)


def _node(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = _last(lines, lambda line: _NODE_PLACE.match(line) is not None)
    if start is None:
        return None
    caret = next(
        (i for i, line in enumerate(lines[start:], start) if _NODE_CARET.match(line)), start
    )
    error = next((line for line in lines[caret + 1 :] if line), "")
    frames: list[Frame] = []
    for match in filter(None, map(_NODE_FRAME.match, lines[caret:])):
        function = (match[1] or "").removeprefix("async ").removeprefix("Object.<anonymous>")
        frames += _own(source, match[2], match[3], function)
    place = _NODE_PLACE.match(lines[start])
    if not frames and place is not None:
        frames = _own(source, place[1], place[2])
    return _trace(error, frames, source) if error else None


_TERMINATE = re.compile(r"terminate called after throwing an instance of '(.+)'")
_WHAT = re.compile(r"\s*what\(\): +(.*)")
_ASSERTION = re.compile(
    r"[^:]{1,300}: ([^:]{1,300}):(\d{1,9}): (.{1,300}?): (Assertion .+ failed\.)$"
)
_LIBC = re.compile(
    r"(\*\*\* .+ \*\*\*: terminated|(?:free|malloc|realloc|calloc|munmap_chunk)\(.{0,40}\): .+"
    r"|double free or corruption.*|corrupted .+|terminate called .+)"
)


def _native(lines: Sequence[str], source: SourceFile) -> Trace | None:
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if match := _ASSERTION.match(line):
            return _trace(match[4], _own(source, match[1], match[2], match[3]), source)
        if match := _TERMINATE.match(line):
            what = _WHAT.match(lines[index + 1]) if index + 1 < len(lines) else None
            return _trace(f"{match[1]}: {what[1]}" if what else match[1], [], source)
        if match := _LIBC.match(line):
            return _trace(match[1], [], source)
    return None


_GO_PANIC = re.compile(r"(?:panic|fatal error): (.+)")
_GO_PLACE = re.compile(r"\t(\S{1,300}):(\d{1,9})")


def _go(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = next((i for i, line in enumerate(lines) if _GO_PANIC.match(line)), None)
    if start is None:
        return None
    frames: list[Frame] = []
    goroutines = 0
    for before, line in zip(lines[start:], lines[start + 1 :], strict=False):
        goroutines += line.startswith("goroutine ")
        if goroutines > 1:
            break
        if match := _GO_PLACE.match(line):
            frames += _own(source, match[1], match[2], before.partition("(")[0])
    return _trace(_matched(_GO_PANIC, lines[start]), frames, source)


_RUST_PANIC = re.compile(r"thread '.{0,100}' (?:\(\d+\) )?panicked at ([^:]{1,300}):(\d{1,9}):\d+:")


def _rust(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = _last(lines, lambda line: _RUST_PANIC.match(line) is not None)
    match = _RUST_PANIC.match(lines[start]) if start is not None else None
    if start is None or match is None or start + 1 >= len(lines):
        return None
    return _trace(lines[start + 1], _own(source, match[1], match[2]), source)


_R_ERROR = re.compile(r"(Error(?: in .+)?: ?.*)")


def _r(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = _last(lines, lambda line: _R_ERROR.match(line) is not None)
    if start is None:
        return None
    error = lines[start]
    if error.endswith(":") and start + 1 < len(lines):  # the words are on the next line
        error += " " + lines[start + 1].strip()
    return _trace(error, [], source)


_SHELL_PLACE = re.compile(r"([^:]{1,300}): line (\d{1,9}): (.+)")


def _shell(lines: Sequence[str], source: SourceFile) -> Trace | None:
    start = _last(lines, lambda line: _SHELL_PLACE.match(line) is not None)
    match = _SHELL_PLACE.match(lines[start]) if start is not None else None
    if match is None:
        return None
    return _trace(match[3], _own(source, match[1], match[2]), source)


_SQL_PLACE = re.compile(r"[\w ]{0,20}\berror near line (\d{1,9}): (.+)", re.IGNORECASE)


def _sql(lines: Sequence[str], source: SourceFile) -> Trace | None:
    match = next(filter(None, map(_SQL_PLACE.match, lines)), None)  # it stops at the first
    if match is None:
        return None
    return _trace(match[2], _own(source, source.installed, match[1]), source)


_Reader = Callable[[Sequence[str], SourceFile], Trace | None]

_READERS: Mapping[str, _Reader] = MappingProxyType(
    {
        "python": _python,
        "java": _java,
        "javascript": _node,
        "typescript": _node,
        "c": _native,
        "cpp": _native,
        "go": _go,
        "rust": _rust,
        "r": _r,
        "bash": _shell,
        "sql": _sql,
    }
)


def _own(source: SourceFile, path: str, line: str, function: str = "") -> list[Frame]:
    """Return the frame if it is in a file of the student's, as a list of none or one."""
    file = source.own(path)
    if file is None:
        return []
    number = int(line)
    excerpt = source.excerpt(number) if file == source.name else ""
    return [Frame(quoted(file, _LONGEST_TEXT), number, quoted(function, _LONGEST_TEXT), excerpt)]


def _trace(
    error: str,
    frames: Sequence[Frame],
    source: SourceFile,
    *,
    more: int = 0,
    causes: Iterable[str] = (),
) -> Trace:
    return Trace(
        error=quoted(source.renamed(error), _LONGEST_TEXT),
        frames=tuple(frames[:_MOST_FRAMES]),
        more=more + len(frames[_MOST_FRAMES:]),
        causes=tuple(quoted(cause, _LONGEST_TEXT) for cause in list(causes)[:_MOST_FRAMES]),
    )


def _last(lines: Sequence[str], fits: Callable[[str], bool]) -> int | None:
    return next((i for i in range(len(lines) - 1, -1, -1) if fits(lines[i])), None)


def _matched(form: re.Pattern[str], line: str) -> str:
    match = form.match(line)
    return match[1] if match else line
