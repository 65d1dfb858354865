"""Which pairs are worth comparing: fingerprints in an inverted index.

Winnowing (Schleimer, Wilkerson, Aiken: Winnowing: local algorithms for document
fingerprinting, SIGMOD 2003) keeps the smallest hash of each window of grams, so
that every shared stretch of at least window + gram - 1 tokens gives a shared
fingerprint wherever it stands. Rare fingerprints count for more, and a
fingerprint of very many programs only pairs neighbours in its list, which keeps
the work linear in the number of fingerprints even if all submissions are alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from carrel.similarity.features import Ints, gram_codes
from carrel.similarity.tokens import Tokens

WINDOW = 4
_LONG_LIST = 16
_NEAREST = 2
_PER_PROGRAM = 8
_LONGEST_GRAM = 10
_LINKED = 100_000
_STEPS, _STEPS_A_HASH = 1 << 20, 1 << 10  # scores are compared as whole numbers
_LINKED_BY_ITSELF = 2
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth 6.4)


def fingerprints(flat: Tokens, length: int) -> tuple[Ints, Ints]:
    """Return the places and hashes that winnowing selects in the token sequence."""
    codes = gram_codes(flat, length)
    if len(codes) == 0:
        return codes, codes
    hashes = ((codes.astype(np.uint64) * _MULTIPLIER) >> np.uint64(2)).astype(np.int64)
    hashes[codes < 0] = np.iinfo(np.int64).max
    windows = len(hashes) - WINDOW + 1
    if windows < 1:
        chosen = np.array([int(np.argmin(hashes))])
    else:
        best = hashes[:windows].copy()
        where = np.arange(windows)
        for offset in range(1, WINDOW):
            other = hashes[offset : offset + windows]
            better = other <= best  # the rightmost of equal ones, as the paper asks
            best = np.where(better, other, best)
            where = np.where(better, np.arange(windows) + offset, where)
        chosen = np.unique(where)
    chosen = chosen[codes[chosen] >= 0]
    return chosen, hashes[chosen]


def candidate_pairs(programs: list[Tokens], length: int) -> tuple[Ints, Ints]:
    """Return pairs (a < b) that share rare fingerprints, at most some 16 a program.

    Ordered by a, then b. Time and memory are near linear in the number of tokens.
    """
    flat = np.concatenate(programs)
    owner = np.repeat(np.arange(len(programs)), [len(program) for program in programs])
    keys: list[Ints] = []
    weights: list[npt.NDArray[np.float64]] = []
    # Where every short stretch is common, only the long stretches of a copy are rare.
    for gram in (length, min(_LONGEST_GRAM, 2 * length)):
        places, hashes = fingerprints(flat, gram)
        _pair_up(hashes, owner[places], len(programs), keys, weights)
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    every = np.concatenate(keys)
    order = np.argsort(every, kind="stable")
    every = every[order]
    start = np.flatnonzero(np.diff(every, prepend=-1))
    score = np.add.reduceat(np.concatenate(weights)[order], start)
    pairs = every[start]
    first, second = pairs // len(programs), pairs % len(programs)
    keep = _best(first, second, score)
    return first[keep], second[keep]


def _pair_up(
    hashes: Ints,
    owners: Ints,
    programs: int,
    keys: list[Ints],
    weights: list[npt.NDArray[np.float64]],
) -> None:
    """Append the pairs (a * programs + b) of programs with a common hash, and their weights."""
    order = np.argsort(hashes, kind="stable")  # owners come in order, and stay so in a list
    hashes, owners = hashes[order], owners[order]
    new = np.ones(len(hashes), np.bool_)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    hashes, owners = hashes[new], owners[new]
    start = np.flatnonzero(np.diff(hashes, prepend=-1))
    size = np.diff(start, append=len(hashes))
    group = np.repeat(np.arange(len(start)), size)
    longest = int(size.max()) if len(size) else 0
    for step in range(1, min(longest, _LONG_LIST)):
        left = np.flatnonzero(group[:-step] == group[step:])
        sizes = size[group[left]]
        if step > _NEAREST:
            left = left[sizes <= _LONG_LIST]
            sizes = size[group[left]]
        keys.append(owners[left] * programs + owners[left + step])
        weights.append(1.0 / (sizes - 1))


def _best(first: Ints, second: Ints, score: npt.NDArray[np.float64]) -> Ints:
    """Return the places of the pairs that are among the best of one of their programs."""
    chosen = np.zeros(len(first), np.bool_)
    rank_key = _STEPS - np.minimum(_STEPS - 1, np.rint(score * _STEPS_A_HASH)).astype(np.int64)
    for side in (first, second):
        order = np.argsort(side * (2 * _STEPS) + rank_key, kind="stable")
        ordered = side[order]
        start = np.flatnonzero(np.diff(ordered, prepend=-1))
        rank = np.arange(len(ordered)) - np.repeat(start, np.diff(start, append=len(ordered)))
        chosen[order[rank < _PER_PROGRAM]] = True
    return np.flatnonzero(chosen)


def pairs_within(first: Ints, second: Ints, programs: int) -> tuple[Ints, Ints]:
    """Return all pairs (a < b) within the groups that the given ones link, if of 3 or more.

    Ordered by a, then b; at most some 100,000, from the smallest groups.
    """
    root = np.arange(programs)
    while True:
        low = np.minimum(root[first], root[second])
        before = root.copy()
        np.minimum.at(root, first, low)
        np.minimum.at(root, second, low)
        root = root[root]
        if np.array_equal(before, root):
            break
    order = np.argsort(root, kind="stable")
    start = np.flatnonzero(np.diff(root[order], prepend=-1))
    size = np.diff(start, append=programs)
    keys = []
    left = _LINKED
    for at, count in sorted(zip(start.tolist(), size.tolist(), strict=True), key=lambda x: x[1]):
        left -= count * (count - 1) // 2
        if count <= _LINKED_BY_ITSELF:
            continue
        if left < 0:
            break
        members = np.sort(order[at : at + count])
        one, two = np.triu_indices(count, 1)
        keys.append(members[one] * programs + members[two])
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    linked = np.concatenate(keys)
    linked.sort()
    return linked // programs, linked % programs


def without(
    pairs: tuple[Ints, Ints], others: tuple[Ints, Ints], programs: int
) -> tuple[Ints, Ints]:
    """Return those of `pairs` that `others` does not hold, in their order."""
    new = ~np.isin(pairs[0] * programs + pairs[1], others[0] * programs + others[1])
    return pairs[0][new], pairs[1][new]
