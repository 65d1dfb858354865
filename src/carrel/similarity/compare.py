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

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from carrel.core.errors import InvalidValueError
from carrel.similarity import candidates, features, starter, tiling
from carrel.similarity.features import Ints
from carrel.similarity.longest import LongestMatches
from carrel.similarity.pairs import Columns, Pairs
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
_BLOCK = 4_096
_RING = 0.7
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

    pairs: Sequence[Pair]
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
    max_pairs: int | None = MAX_PAIRS,
    progress: Progress | None = None,
) -> Comparison:
    """Compare every submission with every other in the same language.

    `base` is starter code, left out of the comparison. Pairs under `threshold`
    (a similarity, 0..1) are dropped unless `all_pairs`; without `all_pairs`, at
    most `max_pairs` are kept (None: all) and `truncated` counts the rest.

    Raises InvalidValueError if two submissions have the same name.
    """
    report = progress or _silent
    names = Counter(submission.name for submission in submissions)
    for name, count in names.items():
        if count > 1:
            raise InvalidValueError("submissions", name, f"{count} have this name; names differ")
    skipped: list[Skipped] = []
    groups = []
    blocks: list[Columns] = []
    parts = _parts(submissions, base, skipped, report)
    result = Comparison([], skipped, [], list(submissions))
    languages = sorted(parts)
    places = {submission.name: i for i, submission in enumerate(submissions)}
    for number, language in enumerate(languages):
        members = parts[language]
        for part in members:
            result._parts[part.submission.name, language] = part  # noqa: SLF001 - ours
        if len(members) > 1:
            engine = _Engine(language, number, members, places, all_pairs=all_pairs)
            result._minima[language] = engine.minimum  # noqa: SLF001 - ours
            blocks.extend(engine.pairs(0.0 if all_pairs else threshold, report))
            groups.append(engine.group())
    limit = None if all_pairs else max_pairs
    result.pairs = pairs = Pairs(list(places), languages, blocks, limit)
    result.truncated = pairs.truncated
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
            name = (
                submission.name
                if file.path == submission.name
                else f"{submission.name}/{file.path}"
            )
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

    def __init__(
        self,
        language: str,
        number: int,
        parts: list[Part],
        places: dict[str, int],
        *,
        all_pairs: bool,
    ) -> None:
        self.language = language
        self.parts = parts
        self.all_pairs = all_pairs
        self.programs = [part.tokens for part in parts]
        self.number = number
        names = [part.submission.name for part in parts]
        self.numbers = np.array([places[name] for name in names])
        self.ranks = np.empty(len(names), np.int64)
        self.ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
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

    def pairs(self, threshold: float, report: Progress) -> Iterator[Columns]:
        """Yield the pairs of at least `threshold`, in no particular order."""
        step = f"compare {self.language}"
        longest = LongestMatches(self.programs, self.minimum)
        n = len(self.parts)
        if not self.all_pairs and n <= _EXHAUSTIVE_PARTS:
            first, second = (side.astype(np.int64) for side in np.triu_indices(n, 1))
            yield from self._found(first, second, self._alike(first, second, threshold), longest)
            report(step, n, n)
            return
        if not self.all_pairs:
            first, second = candidates.candidate_pairs(self.programs, self.minimum)
            alike = self._alike(first, second, threshold)
            # A ring of copies is found by a few of its pairs; the others follow from those.
            close = alike[0][alike[2][alike[0]] >= max(threshold, _RING)]
            rest = candidates.pairs_within(first[close], second[close], n)
            rest = candidates.without(rest, (first, second), n)
            yield from self._found(first, second, alike, longest)
            yield from self._found(*rest, self._alike(*rest, threshold), longest)
            report(step, n, n)
            return
        for row in range(n - 1):
            others = np.arange(row + 1, n)
            rows = np.full(len(others), row)
            shared = self.features.shared_with_later(row)
            score = self._similarity(rows, others, shared)
            kept = self._wanted(rows, others, score, threshold)
            if len(kept):
                stretch = longest.with_later(row)[kept]
                yield self._make(rows[kept], others[kept], shared[kept], score[kept], stretch)
            report(step, row + 2, n)

    def _alike(
        self, first: Ints, second: Ints, threshold: float
    ) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
        """Return the places of the pairs that are asked for, and all shared weights and scores."""
        shared = self.features.shared(first, second)
        score = self._similarity(first, second, shared)
        return self._wanted(first, second, score, threshold), shared, score

    def _found(
        self,
        first: Ints,
        second: Ints,
        alike: tuple[Ints, Ints, npt.NDArray[np.float64]],
        longest: LongestMatches,
    ) -> Iterator[Columns]:
        kept, shared, score = alike
        for at in range(0, len(kept), _BLOCK):
            chosen = kept[at : at + _BLOCK]
            one, two = first[chosen], second[chosen]
            stretch = longest.of_pairs(one, two)
            yield self._make(one, two, shared[chosen], score[chosen], stretch)

    def _wanted(
        self, first: Ints, second: Ints, score: npt.NDArray[np.float64], threshold: float
    ) -> Ints:
        """Return the places of the pairs that are asked for: alike, and not both earlier."""
        return np.flatnonzero((score >= threshold) & ~(self.earlier[first] & self.earlier[second]))

    def _similarity(self, first: Ints, second: Ints, shared: Ints) -> npt.NDArray[np.float64]:
        total_a, total_b = self.totals[first], self.totals[second]
        score = np.round(features.similarity(shared.astype(np.float64), total_a, total_b), _DIGITS)
        # Programs of one token have no grams; equal programs are equal all the same.
        for k in np.flatnonzero(total_a + total_b == 0).tolist():
            score[k] = float(np.array_equal(self.programs[first[k]], self.programs[second[k]]))
        return score

    def _sample(self) -> npt.NDArray[np.float64]:
        """Return the similarities of some pairs, the same ones in every run."""
        n = len(self.parts)
        rounds = min(n - 1, 12)
        rows = np.unique(np.linspace(0, n - 1, 24).astype(np.int64))
        steps = 1 + max(1, n // rounds) * np.arange(rounds)
        first = np.repeat(rows, rounds)
        second = (first + np.tile(steps, len(rows))) % n
        first, second = first[first != second], second[first != second]
        return self._similarity(first, second, self.features.shared(first, second))

    def _make(
        self,
        first: Ints,
        second: Ints,
        shared: Ints,
        score: npt.NDArray[np.float64],
        longest: Ints,
    ) -> Columns:
        sides = [
            np.where(
                self.totals[side] > 0,
                np.round(shared / np.maximum(1, self.totals[side]), _DIGITS),
                score,
            )
            for side in (first, second)
        ]
        least = np.minimum(self.sizes[first], self.sizes[second])
        # A pair is named in the order of its names, whatever the order of submissions.
        turned = self.ranks[first] > self.ranks[second]
        one, two = self.numbers[first], self.numbers[second]
        return Columns(
            np.where(turned, two, one).astype(np.int32),
            np.where(turned, one, two).astype(np.int32),
            np.full(len(first), self.number, np.int32),
            score,
            np.where(turned, sides[1], sides[0]),
            np.where(turned, sides[0], sides[1]),
            longest.astype(np.int32),
            self.usual.confidence(score, least),
        )
