"""The comparison as JSON and CSV, and pseudonyms."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator
from typing import Any

from carrel.similarity.clusters import clusters
from carrel.similarity.compare import Comparison
from carrel.similarity.types import Match, Pair, Place, Skipped, SourceFile, Submission

_CHUNK = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def pairs_json(result: Comparison) -> Iterator[str]:
    """Yield `{"pairs": […], "skipped": […]}` with every pair's score, in pieces of text.

    A pair has a, b, similarity, longest_match and confidence; of two submissions
    that share several languages the most similar one counts.
    """
    yield '{"pairs": ['
    seen: set[tuple[str, str]] = set()
    rows: list[str] = []
    first = True
    several = len(result.groups) > 1
    for pair in result.pairs:
        if several:
            if (pair.a, pair.b) in seen:
                continue
            seen.add((pair.a, pair.b))
        rows.append(
            f'\n{{"a": {json.dumps(pair.a)}, "b": {json.dumps(pair.b)}, '
            f'"similarity": {pair.similarity}, "longest_match": {pair.longest_match}, '
            f'"confidence": {pair.confidence}}}'
        )
        if len(rows) == _CHUNK:
            yield ("" if first else ",") + ",".join(rows)
            first = False
            rows = []
    if rows:
        yield ("" if first else ",") + ",".join(rows)
    yield '\n], "skipped": '
    yield json.dumps([dataclasses.asdict(s) for s in result.skipped], indent=1)
    yield "}\n"


def report_json(result: Comparison, threshold: float) -> Iterator[str]:
    """Yield the whole report as JSON in pieces of text: pairs with matches, groups, clusters."""
    times = {s.name: s.submitted_at for s in result.submissions}
    head = {
        "threshold": threshold,
        "submissions": len(result.submissions),
        "pairs_left_out": result.truncated,
        "groups": [dataclasses.asdict(group) for group in result.groups],
        "clusters": [list(c.members) for c in clusters(result.pairs)],
        "skipped": [dataclasses.asdict(s) for s in result.skipped],
    }
    yield json.dumps(head, indent=1)[:-2] + ',\n "pairs": ['
    for i, pair in enumerate(result.pairs):
        row: dict[str, Any] = pair._asdict()
        row |= {"submitted_a": times[pair.a], "submitted_b": times[pair.b]}
        explanation = result.explain(pair)
        row |= {"coverage_a": explanation.coverage_a, "coverage_b": explanation.coverage_b}
        row["matches"] = [_match(match) for match in explanation.matches]
        yield ("," if i else "") + "\n  " + json.dumps(row)
    yield "\n ]\n}\n"


def _match(match: Match) -> dict[str, Any]:
    return {
        "tokens": match.tokens,
        "a": _place(match.a),
        "b": _place(match.b),
        "pieces": [{"a": _place(a), "b": _place(b)} for a, b in match.pieces],
    }


def _place(place: Place) -> dict[str, Any]:
    return dataclasses.asdict(place)


def pairs_csv(result: Comparison) -> str:
    """Return the pairs as CSV, with a header line.

    A name that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Pair._fields)
    for pair in result.pairs:
        writer.writerow(
            [
                f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
                for value in pair
            ]
        )
    return out.getvalue()


def pseudonymous(submissions: list[Submission], skipped: list[Skipped]) -> dict[str, str]:
    """Replace names by S001, S002, … in both lists; return the pseudonym of each name.

    Numbers follow the order of the names' SHA-256, so that they tell nothing about
    the alphabet. What students wrote inside their files stays as it is.
    """
    import hashlib  # noqa: PLC0415 - needed here only

    names = sorted((s.name for s in submissions), key=lambda n: hashlib.sha256(n.encode()).digest())
    width = max(3, len(str(len(names))))
    known = {name: f"S{i:0{width}}" for i, name in enumerate(names, 1)}
    submissions[:] = [
        dataclasses.replace(
            s, name=known[s.name], files=tuple(_anonymous(s.name, f) for f in s.files)
        )
        for s in submissions
    ]
    for i, entry in enumerate(skipped):
        for name in sorted(known, key=len, reverse=True):
            if entry.name == name or entry.name.startswith(name + "/"):
                renamed = known[name] + entry.name[len(name) :]
                skipped[i] = Skipped(renamed, entry.reason)
                break
        else:
            # Not a submission that is compared, so it has no pseudonym; its name is hidden too.
            skipped[i] = Skipped("(a submission left out)", entry.reason)
    return known


def _anonymous(name: str, file: SourceFile) -> SourceFile:
    if file.path != name and file.path != name.rpartition("/")[2]:
        return file
    extension = file.path.rpartition(".")[2] if "." in file.path else "txt"
    return dataclasses.replace(file, path=f"submission.{extension}")
