"""Is an exercise ready for students? What its own solutions say about it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carrel.exercises.types import Exercise
from carrel.grading.rehearsal import Rehearsal
from carrel.judge.verdict import Verdict

_NEAR = 0.5
"""A right solution that needs more than this share of the time leaves students too little."""


class Severity(StrEnum):
    """An error keeps an exercise from being used; a warning is for its teacher to judge."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """Something that its teacher should know about an exercise."""

    severity: Severity
    text: str


def findings(exercise: Exercise, runs: Sequence[Sequence[Rehearsal]]) -> list[Finding]:
    """Return what several runs of an exercise's solutions show, errors first.

    Each run holds every solution once, in the same order.
    """
    found = [
        *_unexpected(runs),
        *_changing(exercise, runs),
        *_without_solution(exercise),
        *_blunt(exercise, runs[0]),
        *_tight(exercise, runs),
    ]
    return sorted(found, key=lambda finding: finding.severity is Severity.WARNING)


def _unexpected(runs: Sequence[Sequence[Rehearsal]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for result in (result for run in runs for result in run):
        if result.as_expected or result.solution.file in seen:
            continue
        seen.add(result.solution.file)
        expected = result.solution.expected
        points = result.solution.points
        if isinstance(points, tuple):
            expected += f" with {points[0]:g} to {points[1]:g} points"
        elif points is not None:
            expected += f" with {points:g} points"
        text = (
            f"{result.solution.file} came out as {result.verdict.words} with "
            f"{result.points:g} of {result.exercise.points} points; expected is {expected}"
        )
        yield Finding(Severity.ERROR, f"{text}. {result.message}".rstrip(". "))


def _changing(exercise: Exercise, runs: Sequence[Sequence[Rehearsal]]) -> Iterator[Finding]:
    for same in zip(*runs, strict=True):
        for number, test in enumerate(exercise.tests):
            verdicts = {run.tests[number].verdict for run in same if run.tests}
            if len(verdicts) > 1:
                words = " and ".join(sorted(verdict.words for verdict in verdicts))
                yield Finding(
                    Severity.ERROR,
                    f"test {test.name!r} changes between runs for {same[0].solution.file}: {words}",
                )


def _without_solution(exercise: Exercise) -> Iterator[Finding]:
    right = {s.language for s in exercise.solutions if s.is_right}
    if not right:
        yield Finding(
            Severity.ERROR,
            "there is no right solution; add one to [[solutions]], so that it is seen that the "
            "exercise can be solved",
        )
        return
    if missing := [language for language in exercise.languages if language not in right]:
        names = ", ".join(missing)
        yield Finding(Severity.WARNING, f"there is no right solution in {names}")


def _blunt(exercise: Exercise, run: Sequence[Rehearsal]) -> Iterator[Finding]:
    """Name tests that no wrong solution fails. One that does not compile fails them all."""
    wrong = [
        result
        for result in run
        if result.tests and result.verdict not in (Verdict.ACCEPTED, Verdict.COMPILE_ERROR)
    ]
    if not wrong:
        yield Finding(
            Severity.WARNING,
            "there is no wrong solution that compiles; add one per mistake that students make, "
            "so that it is seen that the tests find it",
        )
        return
    for number, test in enumerate(exercise.tests):
        advises = getattr(test.judge, "advice", False)  # and so never fails
        if not advises and all(result.tests[number].passed for result in wrong):
            yield Finding(Severity.WARNING, f"no wrong solution fails test {test.name!r}")


def _tight(exercise: Exercise, runs: Sequence[Sequence[Rehearsal]]) -> Iterator[Finding]:
    for same in zip(*runs, strict=True):
        solution = same[0].solution
        limit = exercise.limits[solution.language].cpu_ms
        if not solution.is_right or limit is None:
            continue
        alone = (test.cpu_ms for run in same for test in run.tests if not test.parts)
        most = max(alone, default=0)
        if most > _NEAR * limit:
            yield Finding(
                Severity.WARNING,
                f"{solution.file} needs {most} ms of the {limit} ms of CPU time: a slower "
                "student's program would not have been wrong",
            )
