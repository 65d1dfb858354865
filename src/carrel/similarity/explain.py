"""Points at what two submissions share: files, lines and token ranges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carrel.similarity import tiling
from carrel.similarity.compare import Part
from carrel.similarity.tokens import Located, locate
from carrel.similarity.types import Explanation, Match, Place, Tile


def explain(a: Part, b: Part, minimum: int) -> Explanation:
    """Return the regions that the two parts share, largest first.

    `minimum` is the shortest tile in tokens. Where lines stand is found by
    reading both parts again; the tokens are the same, since reading is pure.
    """
    regions = tiling.merge(tiling.tile(a.tokens, b.tokens, minimum), a.tokens, b.tokens, minimum)
    map_a, map_b = _Map(a), _Map(b)
    matches = []
    for region in regions:
        pieces = tuple((map_a.place([t], "a"), map_b.place([t], "b")) for t in region)
        matches.append(
            Match(
                map_a.place(region, "a"),
                map_b.place(region, "b"),
                sum(t.length for t in region),
                pieces,
            )
        )
    matches.sort(key=lambda m: (-m.tokens, m.a.file, m.a.start_token, m.b.start_token))
    covered = sum(m.tokens for m in matches)
    return Explanation(round(covered / a.size, 4), round(covered / b.size, 4), tuple(matches))


class _Map:
    """From token numbers of a part to files and lines."""

    def __init__(self, part: Part) -> None:
        self.files = part.files
        self.located: list[Located] = [locate(f.text, f.language) for f in part.files]
        lengths = [len(x.tokens) + 1 for x in self.located]
        self.offsets = np.concatenate(([0], np.cumsum(lengths)))
        self.newlines = [
            np.flatnonzero(np.frombuffer(f.text, np.uint8) == ord("\n")) for f in part.files
        ]

    def place(self, region: Sequence[Tile], side: str) -> Place:
        """Return where a region stands, all of which lies in one file (no tile crosses an END)."""
        first, last = region[0], region[-1]
        start = first.a if side == "a" else first.b
        stop = (last.a if side == "a" else last.b) + last.length
        number = int(np.searchsorted(self.offsets, start, "right")) - 1
        located, offset = self.located[number], int(self.offsets[number])
        start, stop = start - offset, stop - offset
        lines = self.newlines[number]
        begin = int(located.starts[start])
        end = max(begin + 1, int(located.ends[start:stop].max()))
        return Place(
            self.files[number].path,
            int(np.searchsorted(lines, begin)) + 1,
            int(np.searchsorted(lines, end - 1)) + 1,
            start,
            stop,
        )
