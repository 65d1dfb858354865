"""What linters report, read as hostile: a program can be made to confuse its reader.

Each function takes the end of a run and returns a report, or raises ValueError when the
run left none: the tool crashed, its settings are wrong, or something else came out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from carrel.sandbox.program import Execution

MAX_FINDINGS = 1000
"""Findings that are kept of one run; more are counted."""

_LONGEST = 500
_SAID = 2000
_CHECKSTYLE_CRASHED = 254
_RUFF_BROKEN = (None, "invalid-syntax", "E902", "E999")
_CPPCHECK_BROKEN = frozenset(
    {
        *("syntaxError", "unknownMacro", "internalError", "internalAstError", "cppcheckError"),
        *("unhandledChar", "preprocessorErrorDirective"),
    }
)
_UNREADABLE = b"Exception was thrown while processing"


@dataclass(frozen=True)
class LintFinding:
    """What a linter found: by which rule, where (line and column from 1, 0: unknown), what."""

    file: str
    line: int
    column: int
    rule: str
    message: str


@dataclass(frozen=True)
class Report:
    """All that a linter found; `unreadable` when it could not make sense of the program."""

    findings: tuple[LintFinding, ...] = ()
    count: int = 0
    unreadable: str = ""


def ruff(execution: Execution) -> Report:
    """Read `ruff check --output-format=json`."""
    found = _json(execution, (0, 1))

    def findings() -> Iterator[LintFinding]:
        for one in found:
            place = one["location"]
            yield _finding(
                one["filename"], place["row"], place["column"], one["code"], one["message"]
            )

    broken = [one for one in found if one["code"] in _RUFF_BROKEN]
    return _report(findings, str(broken[0]["message"]) if broken else "")


def eslint(execution: Execution) -> Report:
    """Read `eslint -f json`."""
    found = _json(execution, (0, 1))

    def findings() -> Iterator[LintFinding]:
        for file in found:
            for one in file["messages"]:
                yield _finding(
                    file["filePath"],
                    one.get("line"),
                    one.get("column"),
                    one["ruleId"],
                    one["message"],
                )

    broken = [one for file in found for one in file["messages"] if one.get("fatal")]
    return _report(findings, str(broken[0]["message"]) if broken else "")


def cppcheck(execution: Execution) -> Report:
    """Read `cppcheck --xml`, which writes to stderr."""
    root = _xml(execution.stderr, execution, (0,))
    errors = root.findall("./errors/error")

    def findings() -> Iterator[LintFinding]:
        for one in errors:
            place = one.find("location")
            if place is not None and one.get("severity") != "information":
                yield _finding(
                    place.get("file"),
                    place.get("line"),
                    place.get("column"),
                    one.get("id"),
                    one.get("msg"),
                )

    broken = [one for one in errors if one.get("id") in _CPPCHECK_BROKEN]
    return _report(findings, str(broken[0].get("msg")) if broken else "")


def checkstyle(execution: Execution) -> Report:
    """Read `checkstyle -f xml`; its exit code counts what it found."""
    if execution.exit_code == _CHECKSTYLE_CRASHED and _UNREADABLE in execution.stderr:
        cause = _said(execution.stderr).rpartition("Caused by: ")[2].split("\n")[0]
        return Report(unreadable=_short(cause.rpartition("Exception: ")[2]))
    root = _xml(execution.stdout, execution, range(_CHECKSTYLE_CRASHED))

    def findings() -> Iterator[LintFinding]:
        for file in root.findall("./file"):
            for one in file.findall("./error"):
                rule = str(one.get("source")).rpartition(".")[2].removesuffix("Check")
                yield _finding(
                    file.get("name"), one.get("line"), one.get("column"), rule, one.get("message")
                )

    return _report(findings, "")


def _report(findings: Callable[[], Iterator[LintFinding]], unreadable: str) -> Report:
    kept: list[LintFinding] = []
    count = 0
    for finding in findings():
        count += 1
        if len(kept) < MAX_FINDINGS:
            kept.append(finding)
    kept.sort(key=lambda finding: (finding.file, finding.line, finding.column))
    return Report(tuple(kept), count, _short(unreadable))


def _finding(file: Any, line: Any, column: Any, rule: Any, message: Any) -> LintFinding:
    return LintFinding(
        file=_short(file).rpartition("/")[2],
        line=_number(line),
        column=_number(column),
        rule=_short(rule or "")[:80],
        message=_short(message),
    )


def _number(value: Any) -> int:
    number = int(value or 0)
    return number if 0 <= number < 10**9 else 0


def _short(value: Any) -> str:
    text = " ".join(str(value or "")[: 4 * _LONGEST].split())
    text = "".join(char if char.isprintable() else "�" for char in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _json(execution: Execution, codes: tuple[int, ...]) -> Any:
    _ended_well(execution, codes)
    try:
        found = json.loads(execution.stdout)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise ValueError(f"gave no report: {_said(execution.stderr)}")  # noqa: TRY004 - a text
    return found


def _xml(data: bytes, execution: Execution, codes: tuple[int, ...] | range) -> Any:
    _ended_well(execution, codes)
    try:
        return fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        raise ValueError(f"gave no report: {_said(execution.stderr)}") from None


def _ended_well(execution: Execution, codes: tuple[int, ...] | range) -> None:
    if execution.exit_code not in codes:
        said = _said(execution.stderr) or _said(execution.stdout)
        raise ValueError(f"ended with exit code {execution.exit_code}: {said}")


def _said(data: bytes) -> str:
    return data[:_SAID].decode("utf-8", "backslashreplace").strip()
