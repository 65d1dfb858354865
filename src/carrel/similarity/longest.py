"""The longest stretch of tokens that one program shares with each of many others.

Used where every pair is wanted and tiling each would take too long: places with
equal grams are joined through one index of all programs, and runs of such places
along a diagonal are the common stretches.
"""

from __future__ import annotations

import numpy as np

from carrel.similarity.features import Ints, gram_codes
from carrel.similarity.tokens import Tokens

_SHIFT = 32
_OCCURRENCES = 8
# A gram that stands more often in one program is joined at its first places only, so
# that a file of one line repeated cannot make the work quadratic. The longest match
# of such files may be understated.


class LongestMatches:
    """An index of n programs by their grams of `minimum` (at most 10) tokens."""

    def __init__(self, programs: list[Tokens], minimum: int) -> None:
        flat = np.concatenate(programs)
        owner = np.repeat(np.arange(len(programs)), [len(program) for program in programs])
        codes = gram_codes(flat, minimum)
        places = np.flatnonzero(codes >= 0)
        _, grams = np.unique(codes[places], return_inverse=True)
        order = np.argsort(grams, kind="stable")  # by gram, and by program within a gram
        owners = owner[places]
        first = np.flatnonzero(np.diff(grams[order], prepend=-1))
        last = np.append(first[1:], len(order)) - 1
        several = np.zeros(len(first), np.bool_)
        if len(first):
            several = owners[order[first]] != owners[order[last]]
        kept = several[grams] if len(grams) else np.zeros(0, np.bool_)
        self.minimum = minimum
        self._places = places[kept]
        self._grams = grams[kept]
        self._owners = owners[kept]
        self._bounds = np.searchsorted(self._owners, np.arange(len(programs) + 1))
        self._first = np.zeros(len(first), np.int64)
        self._count = np.zeros(len(first), np.int64)
        self._programs = len(programs)
        self._length = len(flat)

    def with_later(self, one: int) -> Ints:
        """Return the longest match, in tokens, with every program after `one`, in order.

        0 where it is shorter than `minimum`. Shape (n - one - 1,).
        """
        best = np.zeros(self._programs - one - 1, np.int64)
        own = slice(int(self._bounds[one]), int(self._bounds[one + 1]))
        if own.start == own.stop or len(best) == 0:
            return best
        order = np.argsort(self._grams[own], kind="stable")
        grams = self._grams[own][order]
        places = self._places[own][order]
        start = np.flatnonzero(np.diff(grams, prepend=-1))
        self._first[grams[start]] = start
        self._count[grams[start]] = np.minimum(np.diff(start, append=len(grams)), _OCCURRENCES)
        later = self._grams[own.stop :]
        counts = self._count[later]
        hits = np.flatnonzero(counts)
        if len(hits):
            counts = counts[hits]
            ends = np.cumsum(counts)
            index = np.arange(int(ends[-1])) + np.repeat(
                self._first[later[hits]] - (ends - counts), counts
            )
            other = np.repeat(hits + own.stop, counts)
            _runs(self._places[other], places[index], self._length, self._owners, other, best, one)
            best[best > 0] += self.minimum - 1
        self._count[grams[start]] = 0
        return best


def _runs(
    places_b: Ints,
    places_a: Ints,
    total: int,
    owners: Ints,
    other: Ints,
    best: Ints,
    one: int,
) -> None:
    """Raise `best` to the number of equal grams in a row, for each later program."""
    key = ((places_b - places_a + total) << _SHIFT) + places_b
    order = np.argsort(key, kind="stable")
    key = key[order]
    start = np.flatnonzero(np.diff(key, prepend=-2) != 1)
    lengths = np.diff(start, append=len(key))
    np.maximum.at(best, owners[other[order[start]]] - one - 1, lengths)
