"""From the outcomes of unit tests to the verdict on the whole suite; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """How much each unit test counts, by its name; 1 for those that are not named."""

    given: tuple[tuple[str, float], ...] = ()

    def of(self, name: str) -> float:
        """Return the weight of a unit test."""
        return dict(self.given).get(name, 1.0)

    @classmethod
    def from_mapping(cls, given: Mapping[str, float]) -> Weights:
        """Return the weights of a table."""
        return cls(tuple(sorted(given.items())))


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
    """Return the limits of one unit test, where the suite gives it a time of its own."""
    if time_ms is None:
        return limits
    return replace(limits, cpu_ms=time_ms, wall_ms=time_ms * _IDLE_FACTOR)
