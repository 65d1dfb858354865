"""Similarity of submissions: what is alike, how unusual that is, and where it stands."""

from carrel.similarity.compare import Comparison, compare
from carrel.similarity.simple import calculate_similarity, check_plagiarism
from carrel.similarity.types import (
    Explanation,
    Group,
    Match,
    Pair,
    Place,
    Skipped,
    SourceFile,
    Submission,
)

__all__ = [
    "Comparison",
    "Explanation",
    "Group",
    "Match",
    "Pair",
    "Place",
    "Skipped",
    "SourceFile",
    "Submission",
    "calculate_similarity",
    "check_plagiarism",
    "compare",
]
