"""What grading again changed, before and after; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from carrel.batch.records import words
from carrel.batch.reports.data import Before, Outcome, TestOutcome


@dataclass(frozen=True)
class Change:
    """A student whose result is another one now; `test` is one of theirs, "" the whole."""

    id: str
    name: str
    test: str
    before: str
    after: str
    points_before: float | None
    points_after: float | None


def changes(before: Before, after: Iterable[Outcome]) -> list[Change]:
    """Return what changed, a student's whole result before its tests."""
    known = {outcome.id: outcome for outcome in before.rows}
    found: list[Change] = []
    for outcome in after:
        found += _changes(known.pop(outcome.id, None), outcome)
    for gone in known.values():
        found += _changes(gone, None)
    return found


def cells(change: Change) -> Sequence[str | float | None]:
    """Return a change as a line of a table; see COLUMNS."""
    return (
        change.id,
        change.name,
        change.test,
        change.before,
        change.after,
        change.points_before,
        change.points_after,
    )


COLUMNS = ("id", "name", "test", "before", "after", "points before", "points after")


def _changes(before: Outcome | None, after: Outcome | None) -> Iterator[Change]:
    shown = after or before
    if shown is None:
        return
    then, now = _words(before), _words(after)
    earned = (before.earned if before else None, after.earned if after else None)
    tests = list(_tests(before, after))
    if then != now or earned[0] != earned[1] or tests:
        yield Change(shown.id, shown.name, "", then, now, *earned)
    for name, old, new in tests:
        yield Change(
            shown.id,
            shown.name,
            name,
            words(old.verdict) if old else "no such test",
            words(new.verdict) if new else "no such test",
            old.earned if old else None,
            new.earned if new else None,
        )


def _tests(
    before: Outcome | None, after: Outcome | None
) -> Iterator[tuple[str, TestOutcome | None, TestOutcome | None]]:
    """Yield the tests that came out differently; none where there was no grade to compare."""
    if before is None or after is None or before.verdict is None or after.verdict is None:
        return
    old = {test.name: test for test in before.tests}
    new = {test.name: test for test in after.tests}
    for name in dict.fromkeys((*new, *old)):
        a, b = old.get(name), new.get(name)
        if a is None or b is None or (a.verdict, a.earned) != (b.verdict, b.earned):
            yield name, a, b


def _words(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not there"
    return words(outcome.verdict) if outcome.verdict is not None else outcome.status
