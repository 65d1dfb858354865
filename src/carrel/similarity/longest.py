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
            place = self._places[other]
            key = ((place - places[index] + self._length) << _SHIFT) + place
            order = np.argsort(key, kind="stable")
            key = key[order]
            new = np.flatnonzero(np.diff(key, prepend=-2) != 1)
            lengths = np.diff(new, append=len(key)) + self.minimum - 1
            np.maximum.at(best, self._owners[other[order[new]]] - one - 1, lengths)
        self._count[grams[start]] = 0
        return best

    def of_pairs(self, first: Ints, second: Ints) -> Ints:
        """Return the longest match of each pair of programs, in tokens, 0 if under `minimum`.

        For a moderate number of pairs: memory is linear in their grams.
        """
        best = np.zeros(len(first), np.int64)
        pair_a, at_a = self._spread(first)
        pair_b, at_b = self._spread(second)
        if len(at_a) == 0 or len(at_b) == 0:
            return best
        kinds = len(self._first)
        key_a = pair_a * kinds + self._grams[at_a]
        order = np.argsort(key_a, kind="stable")
        ordered = key_a[order]
        wanted = pair_b * kinds + self._grams[at_b]
        low = np.searchsorted(ordered, wanted, "left")
        counts = np.minimum(np.searchsorted(ordered, wanted, "right") - low, _OCCURRENCES)
        ends = np.cumsum(counts)
        index = np.arange(int(ends[-1])) + np.repeat(low - (ends - counts), counts)
        places_a = self._places[at_a[order[index]]]
        places_b = self._places[np.repeat(at_b, counts)]
        pairs = np.repeat(pair_b, counts)
        diagonal = places_b - places_a
        order = np.lexsort((places_b, diagonal, pairs))
        pairs, diagonal, places_b = pairs[order], diagonal[order], places_b[order]
        new = np.ones(len(order), np.bool_)
        new[1:] = (
            (pairs[1:] != pairs[:-1])
            | (diagonal[1:] != diagonal[:-1])
            | (places_b[1:] != places_b[:-1] + 1)
        )
        start = np.flatnonzero(new)
        lengths = np.append(start[1:], len(order)) - start
        np.maximum.at(best, pairs[start], lengths + self.minimum - 1)
        return best

    def _spread(self, programs: Ints) -> tuple[Ints, Ints]:
        """Return the places of all grams of the programs, and which entry each belongs to."""
        low = self._bounds[programs]
        counts = self._bounds[programs + 1] - low
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        index = np.arange(total) + np.repeat(low - (ends - counts), counts)
        return np.repeat(np.arange(len(programs)), counts), index
