"""Takes starter code and other given files out of submissions.

A stretch of tokens of a submission that also stands in the given files is
replaced by END, so that no gram and no match touches it. Very short stretches
stay: any program shares a handful of tokens in a row with any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carrel.similarity.features import Ints, gram_codes
from carrel.similarity.tokens import Tokens, tokenise
from carrel.similarity.types import SourceFile

_STRETCH = 7
_SHORTEST = 2


class Starter:
    """The given files, as the set of their grams for each language."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        tokens, _ = tokenise([(f.text, f.language) for f in files])
        sequences: dict[str, list[Tokens]] = {}
        for file, sequence in zip(files, tokens, strict=True):
            if len(sequence) >= _SHORTEST:
                sequences.setdefault(file.language, []).append(sequence)
        # A given file shorter than the usual stretch still counts, as a whole.
        self._grams: dict[str, dict[int, Ints]] = {}
        for language, members in sequences.items():
            by_length: dict[int, list[Ints]] = {}
            for sequence in members:
                length = min(_STRETCH, len(sequence))
                by_length.setdefault(length, []).append(gram_codes(sequence, length))
            self._grams[language] = {
                length: np.unique(np.concatenate(codes)) for length, codes in by_length.items()
            }

    def remove(self, tokens: Tokens, language: str) -> Tokens:
        """Return `tokens` with END where starter code stands."""
        known = self._grams.get(language)
        if not known:
            return tokens
        covered = np.zeros(len(tokens) + 1, np.int64)
        for length, grams in known.items():
            codes = gram_codes(tokens, length)
            hits = np.flatnonzero((codes >= 0) & np.isin(codes, grams))
            np.add.at(covered, hits, 1)
            np.add.at(covered, hits + length, -1)
        kept = tokens.copy()
        kept[np.cumsum(covered)[:-1] > 0] = 0
        return kept
