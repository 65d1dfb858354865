"""ROC-AUC and average precision, ties counted fairly."""

from __future__ import annotations

import numpy as np


def auc(positive: list[float], negative: list[float]) -> float:
    """Return the probability that a copy scores higher than an honest pair (ties: half)."""
    scores = np.array(positive + negative)
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where][: len(positive)]
    p, n = len(positive), len(negative)
    return float((ranks.sum() - p * (p + 1) / 2) / (p * n))


def average_precision(positive: list[float], negative: list[float]) -> float:
    """Return the mean precision over the copies' ranks; equal scores share one rank."""
    scores = np.array(positive + negative)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(order < len(positive))
    last = np.append(np.diff(scores[order]) != 0, True)
    precision = hits[last] / (np.flatnonzero(last) + 1)
    return float(np.sum(np.diff(hits[last], prepend=0) * precision) / len(positive))
