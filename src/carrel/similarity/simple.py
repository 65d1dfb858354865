"""Two functions for code at hand: a number for two texts, and the alike ones of many."""

from __future__ import annotations

import math
from collections.abc import Mapping

from carrel.core.errors import InvalidValueError
from carrel.similarity.compare import compare
from carrel.similarity.detect import detect_languages
from carrel.similarity.types import SourceFile, Submission


def calculate_similarity(code1: str, code2: str) -> float:
    """Return how alike two programs are, 0 (nothing in common) to 1 (the same structure).

    Names, literals, comments and layout don't count; the language is detected.
    Two texts in different languages have nothing in common.
    """
    if _same_text(code1, code2):
        return 1.0
    first, second = detect_languages([code1, code2])
    if first != second:
        return 0.0
    pairs = compare(_submissions({"1": code1, "2": code2}, [first, second]), threshold=0.0).pairs
    return pairs[0].similarity if pairs else 0.0


def check_plagiarism(
    submissions: Mapping[str, str], threshold: float = 0.8
) -> list[tuple[str, str, float]]:
    """Return the pairs at least `threshold` alike as (a, b, similarity), most similar first.

    `submissions` maps names to code; a and b come in the mapping's order. What
    many of the submissions have in common counts less. A high similarity is a
    reason to read both programs, not a proof of anything.
    """
    if not (
        isinstance(threshold, int | float) and math.isfinite(threshold) and 0 <= threshold <= 1
    ):
        raise InvalidValueError("threshold", threshold, "give a number from 0 to 1")
    names = list(submissions)
    languages = detect_languages([submissions[name] for name in names])
    given = {name: i for i, name in enumerate(names)}
    found = {
        _ordered(pair.a, pair.b, given): pair.similarity
        for pair in compare(
            _submissions(submissions, languages), threshold=threshold, max_pairs=None
        ).pairs
    }
    # Texts without any statement are compared as they stand.
    by_text: dict[str, list[str]] = {}
    for name in names:
        text = "".join(submissions[name].split())
        for other in by_text.setdefault(text, []) if text else []:
            found.setdefault((other, name), 1.0)
        if text:
            by_text[text].append(name)
    ordered = sorted(found.items(), key=lambda x: (-x[1], given[x[0][0]], given[x[0][1]]))
    return [(a, b, similarity) for (a, b), similarity in ordered]


def _same_text(code1: str, code2: str) -> bool:
    return code1.split() == code2.split()


def _ordered(a: str, b: str, given: Mapping[str, int]) -> tuple[str, str]:
    return (a, b) if given[a] < given[b] else (b, a)


def _submissions(codes: Mapping[str, str], languages: list[str]) -> list[Submission]:
    return [
        Submission(name, (SourceFile(name, code.encode("utf-8", "surrogatepass"), language),))
        for (name, code), language in zip(codes.items(), languages, strict=True)
    ]
