"""How alike two programs are: weighed short grams of abstract tokens.

A program is the multiset of its token grams of a few neighbouring lengths. A
gram that many submissions contain weighs little: it is what the exercise asks
for, or what everyone writes. Two programs share the smaller count of each gram;
their similarity relates the weight of what they share to the weight of each.

Short grams survive what disguises do (reordered functions, inserted statements,
extracted methods) because each change spoils only the few grams across it; the
weights do what long grams would do for telling honest programs apart. Numbers
are whole, so that no order of summation can change a result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carrel.similarity.tokens import Tokens

Ints = npt.NDArray[np.int64]

_TOKEN_BITS = 6
_MAX_GRAM = 6
_FULL_WEIGHT = 64
_ALWAYS_RARE = 2  # a copy and its original
_COMMON_SHARE = 0.1
_FLOOR = 0.2
_LIKE_SIZED = 0.4  # dead code seldom more than doubles a program
_DENSE = 1 << 16  # cells of the table in which pairs are looked up
_LENGTHS = ((400, (2, 3, 4)), (2000, (3, 4, 5)), (1 << 62, (4, 5, 6)))


def gram_lengths(median_tokens: int) -> tuple[int, ...]:
    """Return the gram lengths for programs of this many tokens.

    In long programs two tokens in a row say nothing any more: all of them occur.
    """
    return next(lengths for limit, lengths in _LENGTHS if median_tokens <= limit)


def gram_codes(tokens: Tokens, length: int) -> Ints:
    """Return a number for the gram at each place, shape (n - length + 1,); -1 across an END.

    The number is exact, not a hash: six bits a token, `length` at most 10.
    """
    n = len(tokens) - length + 1
    if n <= 0:
        return np.zeros(0, np.int64)
    wide = tokens.astype(np.int64)
    codes = wide[:n].copy()
    broken = tokens[:n] == 0
    for offset in range(1, length):
        codes <<= _TOKEN_BITS
        codes |= wide[offset : offset + n]
        broken |= tokens[offset : offset + n] == 0
    codes[broken] = -1
    return codes


@dataclass(frozen=True)
class Features:
    """The grams of n programs.

    Program i has the grams `grams[bounds[i]:bounds[i + 1]]`, `counts` times each;
    `weights` has one entry a gram, `totals` (n,) is each program's whole weight.
    Grams of a single program are counted in `totals` only.
    """

    bounds: Ints
    grams: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]
    weights: npt.NDArray[np.int32]
    totals: Ints

    def shared(self, first: Ints, second: Ints) -> Ints:
        """Return the weight that each pair of programs shares, shape (m,) as `first`, ordered."""
        result = np.zeros(len(first), np.int64)
        ones, where = np.unique(first, return_index=True)
        width = max(1, len(self.weights))
        rows = max(1, _DENSE // width)
        edges = np.append(where, len(first))
        worth = self.weights[self.grams]
        for at in range(0, len(ones), rows):
            block = ones[at : at + rows]
            own = np.zeros(len(block) * width, np.int32)
            for row, one in enumerate(block.tolist()):
                part = slice(int(self.bounds[one]), int(self.bounds[one + 1]))
                own[row * width + self.grams[part]] = self.counts[part]
            span = slice(int(edges[at]), int(edges[min(at + rows, len(ones))]))
            starts = self.bounds[second[span]]
            lengths = self.bounds[second[span] + 1] - starts
            ends = np.cumsum(lengths)
            index = np.arange(int(ends[-1])) + np.repeat(starts - (ends - lengths), lengths)
            cells = np.repeat(np.searchsorted(block, first[span]) * width, lengths)
            cells += self.grams[index]
            least = own[cells]
            np.minimum(least, self.counts[index], out=least)
            least *= worth[index]
            result[span] = _sums(least, ends - lengths, ends)
        return result

    def shared_with_later(self, one: int) -> Ints:
        """Return the weight that program `one` shares with every later one, in order."""
        own = np.zeros(len(self.weights), np.int32)
        part = slice(int(self.bounds[one]), int(self.bounds[one + 1]))
        own[self.grams[part]] = self.counts[part]
        start = part.stop
        grams = self.grams[start:]
        least = np.minimum(own[grams], self.counts[start:])
        least *= self.weights[grams]
        bounds = self.bounds[one + 1 :] - start
        return _sums(least, bounds[:-1], bounds[1:])


def _sums(values: npt.NDArray[np.int32], starts: Ints, ends: Ints) -> Ints:
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    result: Ints = sums[ends] - sums[starts]
    return result


def extract(programs: list[Tokens], lengths: tuple[int, ...]) -> Features:
    """Return the grams of all programs; each ends in an END token."""
    flat = np.concatenate(programs)
    owner = np.repeat(np.arange(len(programs)), [len(program) for program in programs])
    shift = _TOKEN_BITS * _MAX_GRAM + 1
    keys = []
    for length in lengths:
        codes = gram_codes(flat, length)
        ok = codes >= 0
        # The bit above the gram tells lengths apart.
        codes = codes[ok] | (1 << (_TOKEN_BITS * length))
        keys.append((owner[: len(ok)][ok] << shift) | codes)
    ordered = np.sort(np.concatenate(keys))
    start = np.flatnonzero(np.diff(ordered, prepend=-1))
    counts = np.diff(start, append=len(ordered)).astype(np.int32)
    distinct = ordered[start]
    program = distinct >> shift
    _, gram, spread = np.unique(
        distinct & ((1 << shift) - 1), return_inverse=True, return_counts=True
    )
    weights = weigh(spread, len(programs))
    totals = np.bincount(program, weights[gram] * counts, len(programs)).astype(np.int64)
    common = spread > 1
    kept = common[gram]
    numbers = np.cumsum(common) - 1
    bounds = np.searchsorted(program[kept], np.arange(len(programs) + 1))
    return Features(
        bounds.astype(np.int64),
        numbers[gram[kept]].astype(np.int32),
        counts[kept],
        weights[common].astype(np.int32),
        totals,
    )


def weigh(spread: npt.NDArray[np.intp], programs: int) -> Ints:
    """Return whole weights, 13..64, of grams that `spread` of `programs` contain.

    After the inverse document frequency (Spärck Jones 1972), with two changes: a
    gram of two programs is as rare as can be, since that is what a copy looks
    like, and the weight falls with the square down to a fifth. That floor is for
    courses in which many copied from one: what they share is common there, and
    must not vanish beside what each of them changed.
    """
    scale = max(float(_ALWAYS_RARE), _COMMON_SHARE * programs)
    excess = np.maximum(0, spread - _ALWAYS_RARE) / scale
    weights: Ints = np.rint(_FULL_WEIGHT * np.maximum(_FLOOR, (1 + excess) ** -2)).astype(np.int64)
    return weights


def similarity(
    shared: npt.NDArray[np.float64],
    total_a: npt.NDArray[np.float64],
    total_b: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return similarities, 0..1, shape as given.

    The mean of two views: what share of both together is common (falls when dead
    code is added), and what share of the smaller is (does not). The second is high
    by chance where one program is tiny beside the other, so it counts less there.
    """
    both = 2 * shared / np.maximum(1, total_a + total_b)
    least = np.minimum(total_a, total_b)
    smaller = shared / np.maximum(1, least)
    ratio = least / np.maximum(1, np.maximum(total_a, total_b))
    return both + (smaller - both) / 2 * np.minimum(1, ratio / _LIKE_SIZED)
