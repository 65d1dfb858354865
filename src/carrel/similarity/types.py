"""What goes into a comparison, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class SourceFile:
    """One file: its path inside the submission, its bytes, carrel's name of its language."""

    path: str
    text: bytes
    language: str


@dataclass(frozen=True)
class Submission:
    """One person's or group's work.

    An `earlier` submission (of another year, or a reference solution) is compared
    with the others and never with its like. `submitted_at` is shown as it is.
    """

    name: str
    files: tuple[SourceFile, ...]
    earlier: bool = False
    submitted_at: str = ""


@dataclass(frozen=True)
class Skipped:
    """A file or submission that was left out or handled differently, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Tile:
    """A stretch of tokens that stands in both parts: `length` from `a` and from `b` on."""

    a: int
    b: int
    length: int


@dataclass(frozen=True)
class Place:
    """Where one side of a match stands; lines count from 1, both ends included.

    `start_token` and `end_token` (excluded) count the tokens of that file.
    """

    file: str
    start_line: int
    end_line: int
    start_token: int
    end_token: int


@dataclass(frozen=True)
class Match:
    """A region that both programs share.

    `pieces` are its exact parts, pairs of places with equal tokens; between two
    pieces lie at most a few tokens that differ. `tokens` counts the equal ones.
    """

    a: Place
    b: Place
    tokens: int
    pieces: tuple[tuple[Place, Place], ...]


class Pair(NamedTuple):
    """Two submissions in one language, and how alike they are; all shares are 0..1.

    `similarity` weighs code down that many submissions share; `similarity_a` and
    `similarity_b` are the shares of either side's weighed code that the other has.
    `longest_match` is a number of tokens. `confidence` is how far the pair stands
    out above what is usual between these submissions; 0: no conclusion. A tuple,
    since there may be millions of them.
    """

    a: str
    b: str
    language: str
    similarity: float
    similarity_a: float
    similarity_b: float
    longest_match: int
    confidence: float


@dataclass(frozen=True)
class Explanation:
    """The evidence for one pair.

    `coverage_a` and `coverage_b` are the shares of either side's own tokens
    (starter code not counted) that lie in `matches`.
    """

    coverage_a: float
    coverage_b: float
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Group:
    """What is usual among the submissions in one language.

    `typical` is the median similarity of two of them, `unusual` what two honest
    ones rarely reach, `tokens` the median length. `conclusive` is False, with the
    `reason`, where the programs are too short, too alike or too few to conclude
    anything from one pair.
    """

    language: str
    submissions: int
    tokens: int
    typical: float
    unusual: float
    conclusive: bool
    reason: str
