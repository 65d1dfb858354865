"""What a measurement comes to: a figure, its floor of the same run, and the goal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Compare(StrEnum):
    """How a figure is held against its floor."""

    RATIO = "ratio"
    DIFFERENCE = "difference"
    VALUE = "value"  # the goal is about the figure itself


@dataclass(frozen=True)
class Figure:
    """One line of the benchmark.

    `goal` bounds what `compare` makes of value and floor: from above, or from below
    where `at_least`. `details` are further numbers of the same measurement.
    """

    id: str
    title: str
    unit: str
    value: float
    floor: float | None
    floor_is: str
    compare: Compare
    goal: float | None
    at_least: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def compared(self) -> float | None:
        """The number that the goal is about; None without a floor."""
        if self.compare is Compare.VALUE:
            return self.value
        if self.floor is None:
            return None
        if self.compare is Compare.DIFFERENCE:
            return self.value - self.floor
        return self.value / self.floor if self.floor else math.inf

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None when there is none, or nothing to compare with."""
        compared = self.compared
        if self.goal is None or compared is None:
            return None
        return compared >= self.goal if self.at_least else compared <= self.goal

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as values that JSON knows, the derived ones included."""
        compared = self.compared
        return asdict(self) | {
            "compared": compared if compared is not None and math.isfinite(compared) else None,
            "met": self.met,
        }


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which `share` of them lie (nearest rank)."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def median(samples: Sequence[float]) -> float:
    """Return the p50, by the same rule as every other quantile here."""
    return quantile(samples, 0.5)


def spread(samples: Sequence[float]) -> dict[str, float | int]:
    """Return count, p50 and p95 of samples, for a figure's details."""
    return {
        "samples": len(samples),
        "p50": round(median(samples), 2),
        "p95": round(quantile(samples, 0.95), 2),
    }
