"""Matches: everything that is shown is really there, found as promised, in bounded time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.similarity import SourceFile, Submission, compare
from carrel.similarity.candidates import WINDOW, candidate_pairs, fingerprints
from carrel.similarity.features import extract, gram_codes
from carrel.similarity.longest import LongestMatches
from carrel.similarity.tiling import merge, tile
from carrel.similarity.tokens import Tokens

pytestmark = pytest.mark.quick

SEQUENCES = st.lists(st.integers(0, 4), max_size=60).map(lambda x: np.array([*x, 0], np.uint8))


@settings(max_examples=60)
@given(SEQUENCES, SEQUENCES, st.integers(2, 5))
def test_tiles_are_common_stretches_that_do_not_overlap(a: Tokens, b: Tokens, minimum: int) -> None:
    tiles = tile(a, b, minimum)
    used_a: set[int] = set()
    used_b: set[int] = set()
    for t in tiles:
        assert t.length >= minimum
        assert a[t.a : t.a + t.length].tolist() == b[t.b : t.b + t.length].tolist()
        assert a[t.a : t.a + t.length].all()
        assert not used_a & set(range(t.a, t.a + t.length))
        assert not used_b & set(range(t.b, t.b + t.length))
        used_a |= set(range(t.a, t.a + t.length))
        used_b |= set(range(t.b, t.b + t.length))
    assert max((t.length for t in tiles), default=0) == _longest(a, b, minimum)
    for region in merge(tiles, a, b, minimum):
        assert [t.a for t in region] == sorted(t.a for t in region)
        assert [t.b for t in region] == sorted(t.b for t in region)


def _longest(a: Tokens, b: Tokens, minimum: int) -> int:
    best = 0
    row = [0] * (len(b) + 1)
    for x in a.tolist():
        row = [0] + [row[j] + 1 if x and x == y else 0 for j, y in enumerate(b.tolist())]
        best = max(best, *row)
    return best if best >= minimum else 0


@settings(max_examples=60)
@given(st.lists(SEQUENCES, min_size=2, max_size=6), st.integers(2, 4))
def test_the_longest_matches_are_those_of_tiling(programs: list[Tokens], minimum: int) -> None:
    index = LongestMatches(programs, minimum)
    pairs = [(i, j) for i in range(len(programs)) for j in range(i + 1, len(programs))]
    one_by_one = [int(x) for i in range(len(programs)) for x in index.with_later(i)]
    first, second = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    together = index.of_pairs(first, second).tolist()
    expected = [_longest(programs[i], programs[j], minimum) for i, j in pairs]
    assert together == one_by_one
    # A gram that a program repeats more than eight times may shorten the result.
    assert all(x <= y for x, y in zip(together, expected, strict=True))
    if all(
        np.unique(gram_codes(p, minimum), return_counts=True)[1].max(initial=0) <= 8
        for p in programs
    ):
        assert together == expected


@settings(max_examples=60)
@given(st.lists(SEQUENCES, min_size=2, max_size=6))
def test_shared_weight_is_the_same_whichever_way_it_is_found(programs: list[Tokens]) -> None:
    features = extract(programs, (2, 3))
    pairs = [(i, j) for i in range(len(programs)) for j in range(i + 1, len(programs))]
    first, second = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    one_by_one = [int(x) for i in range(len(programs)) for x in features.shared_with_later(i)]
    assert features.shared(first, second).tolist() == one_by_one
    totals = features.totals
    assert all(x <= min(totals[i], totals[j]) for x, (i, j) in zip(one_by_one, pairs, strict=True))


@settings(max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=20, max_size=60), st.data())
def test_winnowing_selects_a_fingerprint_of_every_long_shared_stretch(
    values: list[int], data: st.DataObject
) -> None:
    length = 4
    stretch = np.array(values[: length + WINDOW - 1], np.uint8)
    before = data.draw(st.lists(st.integers(1, 30), max_size=20))
    after = data.draw(st.lists(st.integers(1, 30), max_size=20))
    one = np.array([*values, 0], np.uint8)
    two = np.concatenate([np.array(before, np.uint8), stretch, np.array([*after, 0], np.uint8)])
    hashes = [set(fingerprints(x, length)[1].tolist()) for x in (one, two)]
    assert hashes[0] & hashes[1]
    assert [x.tolist() for x in candidate_pairs([one, two], length)] == [[0], [1]]


def _submission(name: str, text: bytes) -> Submission:
    return Submission(name, (SourceFile("a.py", text, "python"),))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (b"x = 1\n" * 15_000, b"y = 2\n" * 15_000),
        (b"f(x)\n" * 9_000 + b"x = 1\n" * 9_000, b"x = 1\n" * 9_000 + b"f(x)\n" * 9_000),
        (b"x=1;" * 30_000, b"x=1;" * 29_000 + b"f()"),
        (b"a+" * 60_000 + b"1", b"b+" * 60_000 + b"1"),
    ],
)
def test_crafted_repetition_takes_bounded_time(one: bytes, two: bytes) -> None:
    started = time.process_time()
    result = compare([_submission("1", one), _submission("2", two)], threshold=0.0)
    for pair in result.pairs:
        result.explain(pair)
    assert time.process_time() - started < 60


def test_many_equal_submissions_take_bounded_time_and_are_cut_with_a_count() -> None:
    text = b"def f(x):\n    for i in range(x):\n        print(i)\n        x = x + i\n    return x\n"
    started = time.process_time()
    result = compare([_submission(f"s{i:03}", text * 4) for i in range(300)])
    assert time.process_time() - started < 60
    assert len(result.pairs) == 2_000
    assert result.truncated > 0
    assert {s for p in result.pairs for s in (p.a, p.b)} == {f"s{i:03}" for i in range(300)}


def test_a_submission_of_generated_code_is_left_out_with_a_reason() -> None:
    files = tuple(SourceFile(f"f{i}.py", b"x = f(1)\n" * 12_000, "python") for i in range(6))
    result = compare([Submission("big", files), _submission("small", b"x = f(1)\n" * 9)])
    assert result.pairs == []
    assert "tokens" in next(s.reason for s in result.skipped if s.name == "big")
