"""How alike honest solutions of this exercise are, and what a similarity means beside that.

Nearly all pairs of a course are honest, so the middle of all pairs shows what is
usual, whoever copied: median and median absolute deviation, which a few copies
cannot move. With few pairs a prior stands in: 0.2 with a deviation of 0.08, what
independent programs of a page reach in our benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carrel.similarity.types import Group

_PRIOR_MEDIAN = 0.20
_PRIOR_SPREAD = 0.08
_PRIOR_PAIRS = 10
_LEAST_SPREAD = 0.03
_SPREADS = 4.0
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_TINY = 20
_AMPLE = 80
_ALIKE = 0.85
_FEW = 4


@dataclass(frozen=True)
class Usual:
    """What two honest submissions usually reach (`typical`) and rarely pass (`unusual`), 0..1."""

    typical: float
    unusual: float

    def confidence(
        self, similarity: npt.NDArray[np.float64], tokens: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Return 0..1: how far each similarity stands out, less for short programs; shape (n,).

        `tokens` is the length of the shorter program; under 20 tokens, and where
        honest solutions are nearly alike, the answer is 0: no conclusion.
        """
        if self.unusual >= _ALIKE:
            return np.zeros(len(similarity))
        standing_out = np.maximum(0.0, (similarity - self.unusual) / (1 - self.unusual))
        length = np.where(tokens < _TINY, 0.0, np.minimum(1.0, tokens / _AMPLE))
        return np.round(np.sqrt(standing_out) * length, 4)


def estimate(sample: npt.NDArray[np.float64], tokens: int, submissions: int) -> Usual:
    """Return what is usual, from the similarities of some pairs.

    `tokens` is the median length: short programs are alike more easily.
    """
    if submissions < _FEW or len(sample) == 0:
        weight = 0.0
        median, spread = _PRIOR_MEDIAN, _PRIOR_SPREAD
    else:
        weight = len(sample) / (len(sample) + _PRIOR_PAIRS)
        median = float(np.median(sample))
        spread = _MAD_TO_DEVIATION * float(np.median(np.abs(sample - median)))
    short = min(1.0, _TINY / max(1, tokens))
    prior = _PRIOR_MEDIAN + (1 - _PRIOR_MEDIAN) * short
    typical = weight * median + (1 - weight) * prior
    deviation = max(_LEAST_SPREAD, weight * spread + (1 - weight) * _PRIOR_SPREAD)
    return Usual(round(typical, 4), round(min(1.0, typical + _SPREADS * deviation), 4))


def describe(usual: Usual, language: str, submissions: int, tokens: int) -> Group:
    """Return the summary of one language's submissions."""
    reason = ""
    if tokens < _TINY:
        reason = (
            f"half of the programs have fewer than {tokens + 1} tokens of their own: "
            "so short programs are alike by themselves, no conclusion is possible"
        )
    elif usual.unusual >= _ALIKE:
        reason = (
            "independent solutions of this exercise look nearly alike: "
            "no conclusion is possible from similarity alone"
        )
    elif submissions < _FEW:
        reason = (
            f"only {submissions} submissions: what is usual for this exercise is not known, "
            "so read the matches themselves"
        )
    return Group(language, submissions, tokens, usual.typical, usual.unusual, not reason, reason)
