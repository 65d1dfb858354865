"""From the outcomes of unit tests to the verdict on the whole suite; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from carrel.judge.verdict import PartVerdict, Verdict
from carrel.sandbox.limits import RunLimits
from carrel.texts.message import Message


@dataclass(frozen=True)
class TestFile:
    """A file of tests as its author called it, such as `StackTest.java`."""

    __test__ = False  # not a test that pytest should collect

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Weights:
    """How much each unit test counts, by its name; 1 for those that are not named.

    A name may be that of a unit test, of a function that is run with several values, or of
    a class, suite or group of them. The longest name that fits decides.
    """

    given: tuple[tuple[str, float], ...] = ()

    def of(self, name: str) -> float:
        """Return the weight of a unit test."""
        fitting = [(len(one), weight) for one, weight in self.given if _is_meant(name, one)]
        return max(fitting, default=(0, 1.0))[1]

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return the names in the table that mean none of these unit tests."""
        known = list(names)
        return [one for one, _ in self.given if not any(_is_meant(name, one) for name in known)]

    @classmethod
    def from_mapping(cls, given: Mapping[str, float]) -> Weights:
        """Return the weights of a table."""
        return cls(tuple(sorted(given.items())))


def _is_meant(name: str, by: str) -> bool:
    """Whether a unit test is meant by what a teacher wrote: its own name or a part before."""
    return name == by or name.startswith(tuple(f"{by}{mark}" for mark in ("[", "::", ".", " > ")))


@dataclass(frozen=True)
class Summary:
    """The verdict on a suite: as a TestVerdict has it."""

    verdict: Verdict
    reason: str
    share: float


def sum_up(parts: Sequence[PartVerdict]) -> Summary:
    """Return the verdict on a suite of these unit tests.

    With none passed, the verdict is that on the first; `share` goes by the weights. One
    of weight 0 is shown and counts for nothing.
    """
    total = sum(part.weight for part in parts)
    earned = sum(part.weight for part in parts if part.passed)
    failed = [part for part in parts if not part.passed and part.weight > 0]
    if parts and not failed:
        return Summary(Verdict.ACCEPTED, "", 1.0)
    if not failed:
        return Summary(Verdict.RUNTIME_ERROR, Message("no-unit-test-ended"), 0.0)
    first = failed[0]
    reason = Message(
        "unit-tests-passed",
        passed=len(parts) - len(failed),
        count=len(parts),
        name=first.name,
        why=first.reason or Message("verdict", verdict=first.verdict.value),
    )
    if earned > 0:
        return Summary(Verdict.PARTIAL, reason, earned / total)
    return Summary(first.verdict, reason, 0.0)


_IDLE_FACTOR = 3


def per_unit(limits: RunLimits, time_ms: int | None) -> RunLimits:
    """Return the limits of one unit test, where the suite gives it a time of its own.

    It may wait as long as the exercise allows, or longer where its time is longer.
    """
    if time_ms is None:
        return limits
    return replace(limits, cpu_ms=time_ms, wall_ms=max(limits.wall_ms, time_ms * _IDLE_FACTOR))
