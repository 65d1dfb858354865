"""What exactly two programs share: greedy string tiling, with merging.

Greedy string tiling (Wise: String similarity via greedy string tiling and running
Karp-Rabin matching, 1993) takes the longest common stretch of tokens first, then
the longest that is left, each token used once, so that reordered functions are
still found. Common stretches come from equal grams, joined along diagonals with
numpy instead of the paper's scan. Neighbouring tiles with a few differing tokens
between them are then merged into one region, as JPlag's match merging does
against inserted statements (Sağlam: Mitigating automated obfuscation attacks on
software plagiarism detection systems, KIT 2025).

Crafted input cannot make this quadratic: a gram that occurs many times in both
programs is joined with its nearest counterparts only.
"""

from __future__ import annotations

import heapq

import numpy as np

from carrel.similarity.features import Ints, gram_codes
from carrel.similarity.tokens import Tokens
from carrel.similarity.types import Tile

_MAX_JOINS = 50_000
_NEAREST = 8
_MAX_RUNS = 4_000
_MAX_GAP = 6
_SHIFT = 32
_MINIMA = ((60, 4), (300, 5), (1500, 7), (1 << 62, 9))
REGION_TOKENS = 8
"""A shorter region is not shown: everyone writes eight tokens alike now and then."""


def minimum_match(median_tokens: int) -> int:
    """Return the shortest tile, in tokens, for programs of this length."""
    return next(minimum for limit, minimum in _MINIMA if median_tokens <= limit)


def tile(a: Tokens, b: Tokens, minimum: int) -> list[Tile]:
    """Return the common stretches of at least `minimum` tokens, longest first, none overlapping.

    No tile reaches across an END token. `minimum` is at most 10.
    """
    runs = _runs(a, b, minimum)
    heap = [(-length, i, j) for length, i, j in runs]
    heapq.heapify(heap)
    used_a, used_b = bytearray(len(a)), bytearray(len(b))
    tiles = []
    while heap:
        negative, i, j = heapq.heappop(heap)
        length = -negative
        free = _free(used_a, used_b, i, j, length)
        if free == [(0, length)]:
            mark = b"\1" * length
            used_a[i : i + length] = mark
            used_b[j : j + length] = mark
            tiles.append(Tile(i, j, length))
        else:
            for start, left in free:
                if left >= minimum:
                    heapq.heappush(heap, (-left, i + start, j + start))
    return tiles


def _free(
    used_a: bytearray, used_b: bytearray, i: int, j: int, length: int
) -> list[tuple[int, int]]:
    """Return the stretches (start, length) of a run that no tile has taken on either side."""
    free = []
    at = 0
    while at < length:
        next_a = used_a.find(1, i + at, i + length)
        next_b = used_b.find(1, j + at, j + length)
        stop = min(next_a - i if next_a >= 0 else length, next_b - j if next_b >= 0 else length)
        if stop > at:
            free.append((at, stop - at))
        at = stop
        while at < length and (used_a[i + at] or used_b[j + at]):
            at += 1
    return free


def _runs(a: Tokens, b: Tokens, minimum: int) -> list[tuple[int, int, int]]:
    """Return maximal common stretches as (length, place in a, place in b)."""
    places_a, places_b = _joins(gram_codes(a, minimum), gram_codes(b, minimum))
    if len(places_a) == 0:
        return []
    key = ((places_b - places_a + len(a)) << _SHIFT) + places_a
    key.sort()
    start = np.flatnonzero(np.diff(key, prepend=-2) != 1)
    lengths = np.diff(start, append=len(key)) + minimum - 1
    first_a = key[start] & ((1 << _SHIFT) - 1)
    first_b = (key[start] >> _SHIFT) - len(a) + first_a
    order = np.lexsort((first_b, first_a, -lengths))[:_MAX_RUNS]
    return list(
        zip(lengths[order].tolist(), first_a[order].tolist(), first_b[order].tolist(), strict=True)
    )


def _joins(codes_a: Ints, codes_b: Ints) -> tuple[Ints, Ints]:
    """Return the places in a and b whose grams are equal."""
    order = np.argsort(codes_b, kind="stable")
    ordered = codes_b[order]
    first = np.searchsorted(ordered, codes_a, "left")
    last = np.searchsorted(ordered, codes_a, "right")
    last[codes_a < 0] = first[codes_a < 0]
    if int((last - first).sum()) > _MAX_JOINS:
        # The n-th occurrence in a meets those around the n-th in b.
        order_a = np.argsort(codes_a, kind="stable")
        ordered_a = codes_a[order_a]
        rank = np.empty(len(codes_a), np.int64)
        rank[order_a] = np.arange(len(codes_a)) - np.searchsorted(ordered_a, ordered_a, "left")
        low = np.maximum(first, np.minimum(first + rank - _NEAREST // 2, last - _NEAREST))
        first, last = low, np.minimum(last, low + _NEAREST)
    counts = last - first
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    index = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return np.repeat(np.arange(len(codes_a)), counts), order[index]


def merge(tiles: list[Tile], a: Tokens, b: Tokens, minimum: int) -> list[tuple[Tile, ...]]:
    """Return regions: tiles that follow each other on both sides with small gaps, in a's order.

    A region's tiles are in order on both sides, with no END between. Regions
    under REGION_TOKENS (or under `minimum`, in programs that short) are left out.
    """
    regions: list[list[Tile]] = []
    for current in sorted(tiles, key=lambda t: (t.a, t.b)):
        if regions:
            last = regions[-1][-1]
            gap_a = current.a - last.a - last.length
            gap_b = current.b - last.b - last.length
            near = 0 <= gap_a <= _MAX_GAP and 0 <= gap_b <= _MAX_GAP
            if (
                near
                and a[current.a - gap_a : current.a].all()
                and b[current.b - gap_b : current.b].all()
            ):
                regions[-1].append(current)
                continue
        regions.append([current])
    least = REGION_TOKENS if minimum > _MINIMA[0][1] else minimum
    return [tuple(region) for region in regions if sum(t.length for t in region) >= least]
