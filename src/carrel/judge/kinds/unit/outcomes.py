"""What the examiner reported, as parts of a verdict; pure. Each report is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carrel.core.errors import ExerciseFaultError
from carrel.judge.checkers.forms import printable_text
from carrel.judge.kinds.unit.relay import Transcript
from carrel.judge.kinds.unit.suite import Weights
from carrel.judge.verdict import PartVerdict, Verdict
from carrel.sandbox.program import Ended, Execution
from carrel.texts.message import Message

MAX_TESTS = 2000
_NAME = 300
_TEXT = 2000
_SAID = 2000

_VERDICTS = {
    "raised": Verdict.RUNTIME_ERROR,
    "broken": Verdict.RUNTIME_ERROR,
    "lost": Verdict.RUNTIME_ERROR,
    "ended": Verdict.RUNTIME_ERROR,
    "output": Verdict.OUTPUT_LIMIT,
    "slow": Verdict.TIME_LIMIT,
}

_LIMITS = {
    Ended.CPU_LIMIT: Verdict.TIME_LIMIT,
    Ended.WALL_LIMIT: Verdict.TIME_LIMIT,
    Ended.MEMORY_LIMIT: Verdict.MEMORY_LIMIT,
    Ended.OUTPUT_LIMIT: Verdict.OUTPUT_LIMIT,
}
_ABORTED = {134, 137, 139}
"""Exit codes of shells for SIGABRT (a heap that is full), SIGKILL and SIGSEGV."""


@dataclass(frozen=True)
class Outcomes:
    """The parts of a suite, or why there are none; `trace` is the student's own traceback."""

    parts: tuple[PartVerdict, ...] = ()
    failed: tuple[Verdict, str] | None = None
    trace: str | None = None


def understand(
    transcript: Transcript, execution: Execution, weights: Weights, files: str
) -> Outcomes:
    """Return what came of a suite.

    A unit test that has not been reported as passed has failed; one that was left out
    counts for nothing. ExerciseFaultError when the tests themselves are wrong.
    """
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for report in transcript.reports:
        by_kind.setdefault(report.kind, []).append(report.content)
    if "X" in by_kind:
        return _not_run(by_kind["X"][0], transcript, files)
    ends = transcript.ends
    if "P" not in by_kind:
        if "" in ends:
            return Outcomes(failed=ends[""])
        over = _overwhelmed(transcript, execution)
        return _broken_off("did not run", over, execution, files)
    names = _names(by_kind["P"][0], files)
    _check_weights(weights, names, files)
    results = {_text(result.get("name"), _NAME): result for result in by_kind.get("R", ())}
    if "D" not in by_kind:
        over = _overwhelmed(transcript, execution)
        if transcript.current and transcript.current not in results:
            slow = Verdict.TIME_LIMIT, Message("unit-checking-too-long")
            ends = {transcript.current: over or slow, **ends}
        elif not results:
            return _broken_off("broke off", over, execution, files)
    for name, called in transcript.called.items():
        if name in results:
            results[name] = {"called": called, **results[name]}
    parts = [_part(name, results.get(name), ends.get(name), weights) for name in names]
    return Outcomes(parts=tuple(part for part in parts if part is not None))


def _broken_off(
    how: str, over: tuple[Verdict, str] | None, execution: Execution, files: str
) -> Outcomes:
    if over is None:
        raise ExerciseFaultError(f"the unit tests in {files} {how}: {_last_words(execution)}")
    return Outcomes(failed=over)


def _overwhelmed(transcript: Transcript, execution: Execution) -> tuple[Verdict, str] | None:
    """Return the verdict if answers of the student's side may have ended the tests.

    It can make them as large and as deep as it likes, and with them what the tests need. Tests
    that end themselves are the exercise's fault.
    """
    if not transcript.answered or execution.ended is Ended.KILLED:
        return None
    if execution.ended is Ended.EXITED and execution.exit_code not in _ABORTED:
        return None
    verdict = _LIMITS.get(execution.ended, Verdict.RUNTIME_ERROR)
    return verdict, Message("unit-checking-too-much")


def _names(plan: Mapping[str, Any], files: str) -> list[str]:
    names = [_text(name, _NAME) for name in plan.get("tests", ())]
    if not names:
        raise ExerciseFaultError(f"no unit test was found in {files}")
    if len(names) > MAX_TESTS:
        raise ExerciseFaultError(f"{files} has {len(names)} unit tests; {MAX_TESTS} are possible")
    return names


def _check_weights(weights: Weights, names: list[str], files: str) -> None:
    for name in weights.unknown(names):
        raise ExerciseFaultError(
            f"`weights` has {name!r}, which is no unit test of {files}; there are "
            + ", ".join(names[:20])
        )


def _part(
    name: str, result: Mapping[str, Any] | None, end: tuple[Verdict, str] | None, weights: Weights
) -> PartVerdict | None:
    weight = weights.of(name)
    if end is not None:  # what the host saw comes before what was reported
        called = _text((result or {}).get("called"), _NAME)
        reason = Message("unit-ended-in-call", name=called, why=end[1]) if called else end[1]
        return PartVerdict(name, end[0], reason, weight)
    if result is None:
        return PartVerdict(name, Verdict.RUNTIME_ERROR, Message("unit-not-run"), weight)
    if result.get("outcome") == "passed":
        return PartVerdict(name, Verdict.ACCEPTED, "", weight, 1.0)
    if result.get("outcome") == "skipped":
        return None
    reason = _text(result.get("message"), _TEXT)
    trace = _text(result.get("trace"), _TEXT)
    frames = "\n".join(line for line in trace.splitlines()[1:-1] if line.startswith("  "))
    if frames:
        reason = f"{reason}\n{frames}"
    return PartVerdict(
        name, _VERDICTS.get(str(result.get("cause")), Verdict.WRONG_ANSWER), reason, weight
    )


def _not_run(report: Mapping[str, Any], transcript: Transcript, files: str) -> Outcomes:
    message = _text(report.get("message"), _TEXT)
    if report.get("students") is not True:
        raise ExerciseFaultError(
            f"the unit tests in {_text(report.get('file'), _NAME) or files} "
            f"cannot be run: {message}"
        )
    end = transcript.ends.get("")
    if end is not None:
        return Outcomes(failed=(end[0], Message("unit-ended-in-import", why=end[1])))
    cause = str(report.get("cause"))
    if cause == "import":
        failed = (Verdict.RUNTIME_ERROR, Message("unit-not-imported", why=message))
        return Outcomes(failed=failed, trace=_text(report.get("trace"), _TEXT))
    return Outcomes(
        failed=(_VERDICTS.get(cause, Verdict.WRONG_ANSWER), Message("unit-not-begun", why=message)),
    )


def _text(value: Any, limit: int) -> str:
    """Return a text to show: bounded, nothing in it that changes a terminal."""
    return printable_text(value if isinstance(value, str) else "", limit)


def _last_words(execution: Execution) -> str:
    said = _text(execution.stderr[-_SAID:].decode("utf-8", "backslashreplace").strip(), _SAID)
    return f"{execution.ended.value}; {said or 'they said nothing'}"
