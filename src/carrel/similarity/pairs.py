"""Scored pairs in columns: two million of them take 100 MB, not a gigabyte of objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from carrel.similarity.types import Pair

_CHUNK = 10_000


@dataclass(frozen=True)
class Columns:
    """Some pairs, one array a field, shape (n,) each; `a`, `b`, `language` are numbers of names."""

    a: npt.NDArray[np.int32]
    b: npt.NDArray[np.int32]
    language: npt.NDArray[np.int32]
    similarity: npt.NDArray[np.float64]
    similarity_a: npt.NDArray[np.float64]
    similarity_b: npt.NDArray[np.float64]
    longest_match: npt.NDArray[np.int32]
    confidence: npt.NDArray[np.float64]

    def arrays(self) -> list[npt.NDArray[np.generic]]:
        """Return the columns in the order of a Pair's fields."""
        return [getattr(self, name) for name in Pair._fields]


class Pairs(Sequence[Pair]):
    """A sequence of pairs, most similar first; equal ones in the order they were given."""

    def __init__(
        self, names: list[str], languages: list[str], blocks: list[Columns], limit: int | None
    ) -> None:
        self._names = names
        self._languages = languages
        self._columns: list[npt.NDArray[np.generic]] = []
        self.truncated = 0
        if blocks:
            joined = [
                np.concatenate(parts)
                for parts in zip(*(block.arrays() for block in blocks), strict=True)
            ]
            order = np.argsort(-joined[Pair._fields.index("similarity")], kind="stable")
            self.truncated = max(0, len(order) - limit) if limit is not None else 0
            self._columns = [column[order[:limit]] for column in joined]

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0

    def __iter__(self) -> Iterator[Pair]:
        for start in range(0, len(self), _CHUNK):
            yield from self._rows(slice(start, start + _CHUNK))

    @overload
    def __getitem__(self, index: int) -> Pair: ...

    @overload
    def __getitem__(self, index: slice) -> list[Pair]: ...

    def __getitem__(self, index: int | slice) -> Pair | list[Pair]:
        if isinstance(index, slice):
            return self._rows(index)
        place = range(len(self))[index]
        return self._rows(slice(place, place + 1))[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment] # equal to lists, which have no hash

    def _rows(self, part: slice) -> list[Pair]:
        names, languages = self._names, self._languages
        rows = zip(*(column[part].tolist() for column in self._columns), strict=True)
        return [Pair(names[a], names[b], languages[x], *rest) for a, b, x, *rest in rows]
