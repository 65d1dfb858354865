"""Compares submissions: the way from tokens to scored pairs.

1. `tokens` turns every file into abstract tokens; a submission's files in one
   language stand in a row, with an END between them: a part.
2. Stretches that also stand in the starter code are taken out (`starter`).
3. `features` weighs the parts' grams by how many parts have them.
4. `candidates` proposes pairs; where there are few submissions, or every pair is
   asked for, all are taken. Each is scored exactly.
5. A sample of pairs shows what is usual (`usual`); confidence follows from that.
6. The pairs that are shown are tiled, so that every match can be pointed at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from carrel.similarity import candidates, features, starter, tiling
from carrel.similarity.longest import LongestMatches
from carrel.similarity.tokens import Tokens, tokenise
from carrel.similarity.types import (
    Explanation,
    Group,
    Pair,
    Skipped,
    SourceFile,
    Submission,
)
from carrel.similarity.usual import Usual, describe, estimate

MAX_TOKENS = 100_000
"""A submission with more tokens in one language is left out: nobody wrote that by hand."""

MAX_PAIRS = 2_000
_EXHAUSTIVE_PARTS = 100
_DIGITS = 4

Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""


@dataclass
class Part:
    """What one submission wrote in one language.

    `tokens` are those that are compared: END stands between files, at the end,
    and where starter code was taken out (`original` has them all).
    """

    submission: Submission
    files: list[SourceFile]
    original: Tokens
    tokens: Tokens
    size: int


@dataclass
class Comparison:
    """The scored pairs, most similar first, and all that is needed to explain them."""

    pairs: list[Pair]
    skipped: list[Skipped]
    groups: list[Group]
    submissions: list[Submission]
    truncated: int = 0
    _parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    _minima: dict[str, int] = field(default_factory=dict)

    def explain(self, pair: Pair) -> Explanation:
        """Return the regions that the two submissions of `pair` share."""
        from carrel.similarity.explain import explain  # noqa: PLC0415 - it needs Part

        a = self._parts[pair.a, pair.language]
        b = self._parts[pair.b, pair.language]
        return explain(a, b, self._minima[pair.language])

    def submission(self, name: str) -> Submission:
        """Return the submission called `name`."""
        return next(s for s in self.submissions if s.name == name)


def compare(
    submissions: Sequence[Submission],
    *,
    base: Sequence[SourceFile] = (),
    threshold: float = 0.5,
    all_pairs: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare every submission with every other in the same language.

    `base` is starter code, left out of the comparison. Pairs under `threshold`
    (a similarity, 0..1) are dropped unless `all_pairs`; without `all_pairs`, at
    most MAX_PAIRS are kept and `truncated` counts the rest. Submissions' names
    must be unique.
    """
    report = progress or _silent
    skipped: list[Skipped] = []
    groups = []
    pairs: list[Pair] = []
    parts = _parts(submissions, base, skipped, report)
    result = Comparison([], skipped, [], list(submissions))
    for language in sorted(parts):
        members = parts[language]
        for part in members:
            result._parts[part.submission.name, language] = part  # noqa: SLF001 - ours
        if len(members) > 1:
            engine = _Engine(language, members, all_pairs=all_pairs)
            result._minima[language] = engine.minimum  # noqa: SLF001 - ours
            pairs.extend(engine.pairs(0.0 if all_pairs else threshold, report))
            groups.append(engine.group())
    pairs.sort(key=lambda p: (-p.similarity, -p.confidence, p.a, p.b, p.language))
    if not all_pairs and len(pairs) > MAX_PAIRS:
        result.truncated = len(pairs) - MAX_PAIRS
        del pairs[MAX_PAIRS:]
    result.pairs = pairs
    result.groups = groups
    skipped.sort(key=lambda s: (s.name, s.reason))
    return result


def _silent(_step: str, _done: int, _total: int) -> None:
    pass


def _parts(
    submissions: Sequence[Submission],
    base: Sequence[SourceFile],
    skipped: list[Skipped],
    report: Progress,
) -> dict[str, list[Part]]:
    """Return each language's parts, starter code taken out, in the order of submissions."""
    files = [(s, f) for s in submissions for f in sorted(s.files, key=lambda f: f.path)]
    report("read", 0, len(files))
    tokens, notes = tokenise([(f.text, f.language) for _, f in files])
    report("read", len(files), len(files))
    found: dict[tuple[str, str], list[tuple[SourceFile, Tokens]]] = {}
    owners = {s.name: s for s in submissions}
    for (submission, file), sequence, note in zip(files, tokens, notes, strict=True):
        found.setdefault((submission.name, file.language), []).append((file, sequence))
        if note:
            name = submission.name if file.path == submission.name else f"{submission.name}/{file.path}"
            skipped.append(Skipped(name, note))
    starters = starter.Starter(base)
    parts: dict[str, list[Part]] = {}
    end = np.zeros(1, np.uint8)
    for (name, language), entries in found.items():
        joined = np.concatenate([x for _, sequence in entries for x in (sequence, end)])
        if len(joined) > MAX_TOKENS:
            reason = f"left out: more than {MAX_TOKENS:,} tokens of {language}"
            skipped.append(Skipped(name, reason))
            continue
        own = starters.remove(joined, language)
        size = int(np.count_nonzero(own))
        if size == 0:
            reason = (
                "left out: nothing but the starter code"
                if np.count_nonzero(joined)
                else f"left out: no statements or expressions of {language} found"
            )
            skipped.append(Skipped(name, reason))
            continue
        part = Part(owners[name], [f for f, _ in entries], joined, own, size)
        parts.setdefault(language, []).append(part)
    return parts


class _Engine:
    """Scores the parts in one language."""

    def __init__(self, language: str, parts: list[Part], *, all_pairs: bool) -> None:
        self.language = language
        self.parts = parts
        self.all_pairs = all_pairs
        self.programs = [part.tokens for part in parts]
        self.sizes = np.array([part.size for part in parts])
        self.median = int(np.median(self.sizes))
        self.minimum = tiling.minimum_match(self.median)
        self.features = features.extract(self.programs, features.gram_lengths(self.median))
        self.totals = self.features.totals.astype(np.float64)
        self.earlier = np.array([part.submission.earlier for part in parts])
        self.usual: Usual = estimate(self._sample(), self.median, len(parts))

    def group(self) -> Group:
        """Return what is usual in this language."""
        return describe(self.usual, self.language, len(self.parts), self.median)

    def pairs(self, threshold: float, report: Progress) -> Iterator[Pair]:
        """Yield the pairs of at least `threshold`, in no particular order."""
        index = LongestMatches(self.programs, self.minimum) if self.all_pairs else None
        for done, (one, others, shared) in enumerate(self._scored()):
            report(f"compare {self.language}", done + 1, len(self.parts))
            score = self._similarity(one, others, shared)
            wanted = np.flatnonzero(
                (np.round(score, _DIGITS) >= threshold)
                & ~(self.earlier[one] & self.earlier[others])
            )
            longest = index.with_later(one) if index else None
            for k in wanted.tolist():
                other = int(others[k])
                stretch = int(longest[other - one - 1]) if longest is not None else None
                yield self._pair(one, other, float(shared[k]), float(score[k]), stretch)

    def _scored(self) -> Iterator[tuple[int, features.Ints, features.Ints]]:
        n = len(self.parts)
        if self.all_pairs or n <= _EXHAUSTIVE_PARTS:
            for one in range(n - 1):
                yield one, np.arange(one + 1, n), self.features.shared_with_later(one)
            return
        first, second = candidates.candidate_pairs(self.programs, self.minimum)
        start = np.flatnonzero(np.diff(first, prepend=-1)).tolist()
        for low, high in zip(start, [*start[1:], len(first)], strict=True):
            one = int(first[low])
            others = second[low:high]
            yield one, others, self.features.shared(one, others)

    def _similarity(
        self, one: int, others: features.Ints, shared: features.Ints
    ) -> npt.NDArray[np.float64]:
        score = features.similarity(
            shared.astype(np.float64), self.totals[one : one + 1], self.totals[others]
        )
        # Programs of one token have no grams; equal programs are equal all the same.
        for k in np.flatnonzero(self.totals[one] + self.totals[others] == 0).tolist():
            score[k] = float(np.array_equal(self.programs[one], self.programs[int(others[k])]))
        return score

    def _sample(self) -> npt.NDArray[np.float64]:
        """Return the similarities of some pairs, the same ones in every run."""
        n = len(self.parts)
        rounds = min(n - 1, 12)
        rows = np.unique(np.linspace(0, n - 1, 24).astype(np.int64))
        found = []
        for one in rows.tolist():
            step = max(1, n // rounds)
            others = np.unique((one + 1 + step * np.arange(rounds)) % n)
            others = others[others != one]
            found.append(self._similarity(one, others, self.features.shared(one, others)))
        return np.concatenate(found)

    def _pair(
        self, one: int, other: int, shared: float, score: float, longest: int | None
    ) -> Pair:
        if longest is None:
            tiles = tiling.tile(self.programs[one], self.programs[other], self.minimum)
            longest = max((t.length for t in tiles), default=0)
        a, b = one, other
        if self.parts[a].submission.name > self.parts[b].submission.name:
            a, b = b, a
        sides = [
            round(min(1.0, shared / self.totals[side]), _DIGITS) if self.totals[side] else score
            for side in (a, b)
        ]
        size = int(min(self.sizes[a], self.sizes[b]))
        return Pair(
            self.parts[a].submission.name,
            self.parts[b].submission.name,
            self.language,
            round(score, _DIGITS),
            sides[0],
            sides[1],
            longest,
            self.usual.confidence(score, size),
        )
