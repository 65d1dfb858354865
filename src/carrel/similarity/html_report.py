"""The report as one HTML page: no scripts, nothing loaded, opens without a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carrel.similarity.clusters import Cluster, clusters, layout
from carrel.similarity.compare import Comparison
from carrel.similarity.html_text import escape, source_lines
from carrel.similarity.types import Explanation, Group, Match, Pair, Place, SourceFile

MAX_SHOWN_PAIRS = 200
MAX_LISTED_PAIRS = 2_000
_COLOURS = 8
_WIDTH = 940.0
_MAX_DRAWN = 400

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1400px;padding:1rem 1.5rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:left;vertical-align:top}
.list td,.list th{border-bottom:1px solid var(--line)}.number{text-align:right}
.note{background:var(--soft);padding:.6rem 1rem;border-radius:.4rem;max-width:70rem}
details{border:1px solid var(--line);border-radius:.4rem;margin:.6rem 0;padding:.4rem .8rem}
summary{cursor:pointer;padding:.2rem}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}.sides>div{min-width:0;overflow-x:auto}
pre{font:13px/1.45 ui-monospace,monospace;margin:0;tab-size:4}
pre span{display:block;min-height:1.45em;border-left:.4rem solid transparent;padding-left:.4rem}
pre i{display:inline-block;width:5.5em;opacity:.65;font-style:normal;user-select:none}
.sides h4{margin:.4rem 0;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:currentColor}
svg line{stroke:currentColor;stroke-opacity:.5}
@media(max-width:800px){.sides{grid-template-columns:1fr}}
""" + "".join(
    f"pre .r{i}{{background:hsl({hue} 85% 50%/.2);border-color:hsl({hue} 75% 45%)}}"
    for i, hue in enumerate((210, 35, 140, 290, 0, 180, 60, 330))
)

_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="referrer" content="no-referrer"><title>Similar programs</title>'
    f"<style>{_STYLE}</style></head><body>"
)

_READ_FIRST = (
    '<p class="note">This page shows what programs have in common, not why. Programs are alike '
    "because of the same lecture, a shared template, a helper or tutor, permitted teamwork, a "
    "common source, or because the exercise leaves little choice. A number here is a reason to "
    "read both programs and to talk, never a decision.</p>"
)


def html_report(result: Comparison, threshold: float) -> Iterator[str]:
    """Yield the page in pieces."""
    yield _HEAD
    count = len(result.submissions)
    yield f"<h1>Similar programs</h1><p>{count:,} submissions were compared. "
    yield (
        f"{len(result.pairs):,} pairs are at least {threshold:.0%} alike, code that many "
        "submissions share counting less.</p>"
    )
    yield _READ_FIRST
    yield from _groups(result.groups)
    found = clusters(result.pairs[:MAX_LISTED_PAIRS])
    if result.pairs:
        yield from _picture(found)
        yield from _clusters(found)
        yield from _list(result)
        yield "<h2>Side by side</h2>"
        for number, pair in enumerate(result.pairs[:MAX_SHOWN_PAIRS], 1):
            yield from _pair(result, pair, number)
        if len(result.pairs) > MAX_SHOWN_PAIRS:
            yield (
                f"<p>The first {MAX_SHOWN_PAIRS} of {len(result.pairs):,} pairs are shown; raise "
                "the threshold to see fewer, or read the JSON report for all.</p>"
            )
    yield from _skipped(result)
    yield "</body></html>\n"


def _groups(groups: Sequence[Group]) -> Iterator[str]:
    yield '<h2>What is usual here</h2><table class="list"><tr><th>Language<th>Submissions'
    yield "<th>Median length (tokens)<th>Typical similarity<th>Rarely above<th>Remark</tr>"
    for group in groups:
        remark = "" if group.conclusive else group.reason
        yield (
            f"<tr><td>{escape(group.language)}<td class=number>{group.submissions}"
            f"<td class=number>{group.tokens}<td class=number>{group.typical:.0%}"
            f"<td class=number>{group.unusual:.0%}<td>{escape(remark)}</tr>"
        )
    yield "</table>"


def _picture(found: Sequence[Cluster]) -> Iterator[str]:
    drawn: list[Cluster] = []
    for cluster in found:
        if sum(len(c.members) for c in drawn) + len(cluster.members) <= _MAX_DRAWN:
            drawn.append(cluster)
    nodes, height = layout(drawn, _WIDTH)
    yield "<h2>Similar groups</h2>"
    if len(drawn) < len(found):
        yield f"<p>{len(found) - len(drawn)} groups are too large to be drawn.</p>"
    yield (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}" role="img" '
        'aria-label="Graph of similar submissions; the table below has the same content">'
    )
    for cluster in drawn:
        for pair in cluster.pairs:
            a, b = nodes[pair.a], nodes[pair.b]
            yield (
                f'<line x1="{a.x}" y1="{a.y}" x2="{b.x}" y2="{b.y}" '
                f'stroke-width="{1 + 4 * pair.similarity:.1f}"><title>{escape(pair.a)}, '
                f"{escape(pair.b)}: {pair.similarity:.0%}</title></line>"
            )
    for node in nodes.values():
        yield (
            f'<circle cx="{node.x}" cy="{node.y}" r="6" fill="hsl(210 75% 45%)"/>'
            f'<text x="{node.x + 8}" y="{node.y + 4}">{escape(node.name[:24])}</text>'
        )
    yield "</svg>"


def _clusters(found: Sequence[Cluster]) -> Iterator[str]:
    yield "<ol>"
    for cluster in found:
        names = ", ".join(escape(name) for name in cluster.members)
        yield f"<li>{len(cluster.members)} submissions: {names}</li>"
    yield "</ol>"


def _list(result: Comparison) -> Iterator[str]:
    yield '<h2>Pairs</h2><table class="list"><tr><th>First<th>Second<th>Language<th>Similarity'
    yield "<th>Of the first<th>Of the second<th>Longest match (tokens)<th>Confidence</tr>"
    for number, pair in enumerate(result.pairs[:MAX_LISTED_PAIRS], 1):
        name = escape(pair.a)
        if number <= MAX_SHOWN_PAIRS:
            name = f'<a href="#p{number}">{name}</a>'
        yield (
            f"<tr><td>{name}<td>{escape(pair.b)}<td>{escape(pair.language)}"
            f"<td class=number>{pair.similarity:.0%}<td class=number>{pair.similarity_a:.0%}"
            f"<td class=number>{pair.similarity_b:.0%}<td class=number>{pair.longest_match}"
            f"<td class=number>{pair.confidence:.2f}</tr>"
        )
    yield "</table>"


def _pair(result: Comparison, pair: Pair, number: int) -> Iterator[str]:
    explanation = result.explain(pair)
    first, second = result.submission(pair.a), result.submission(pair.b)
    yield (
        f'<details id="p{number}"><summary>{escape(pair.a)} and {escape(pair.b)}: '
        f"{pair.similarity:.0%} alike, confidence {pair.confidence:.2f}</summary>"
    )
    times = [
        f"{escape(s.name)} was handed in {escape(s.submitted_at)}"
        for s in (first, second)
        if s.submitted_at
    ]
    if times:
        yield f"<p>{'; '.join(times)}.</p>"
    yield (
        f"<p>{explanation.coverage_a:.0%} of the tokens of {escape(pair.a)} and "
        f"{explanation.coverage_b:.0%} of those of {escape(pair.b)} lie in "
        f"{len(explanation.matches)} matching regions:</p>"
    )
    yield from _regions(explanation.matches)
    sides = [
        _side(pair, explanation, [f for f in s.files if f.language == pair.language], side)
        for s, side in ((first, "a"), (second, "b"))
    ]
    yield f'<div class="sides"><div>{sides[0]}</div><div>{sides[1]}</div></div></details>'


def _regions(matches: Sequence[Match]) -> Iterator[str]:
    yield '<table class="list"><tr><th>Region<th>First<th>Second<th>Tokens</tr>'
    for i, match in enumerate(matches, 1):
        yield f"<tr><td>{i}<td>{_lines(match.a)}<td>{_lines(match.b)}<td>{match.tokens}</tr>"
    yield "</table>"


def _lines(place: Place) -> str:
    return f"{escape(place.file)}, lines {place.start_line}-{place.end_line}"


def _side(pair: Pair, explanation: Explanation, files: Sequence[SourceFile], side: str) -> str:
    """Return one side's files, each line in the colour and with the number of its region."""
    out = [f"<h3>{escape(pair.a if side == 'a' else pair.b)}</h3>"]
    for file in sorted(files, key=lambda f: f.path):
        region: dict[int, int] = {}
        # The smaller a region, the later it is painted, so that it stays visible.
        for i, match in enumerate(explanation.matches, 1):
            for pieces in match.pieces:
                place = pieces[0] if side == "a" else pieces[1]
                if place.file == file.path:
                    region |= dict.fromkeys(range(place.start_line, place.end_line + 1), i)
        lines, more = source_lines(file.text)
        out.append(f"<h4>{escape(file.path)}</h4><pre>")
        for n, line in enumerate(lines, 1):
            found = region.get(n)
            mark = f' class="r{(found - 1) % _COLOURS}"' if found else ""
            label = f"{n} [{found}]" if found else f"{n}"
            out.append(f"<span{mark}><i>{label}</i>{line}</span>")
        out.append("</pre>")
        if more:
            out.append(f"<p>{more:,} more lines are not shown.</p>")
    return "".join(out)


def _skipped(result: Comparison) -> Iterator[str]:
    if result.truncated:
        yield f"<p>{result.truncated:,} further pairs over the threshold are not listed.</p>"
    if not result.skipped:
        return
    yield '<h2>Left out or handled differently</h2><table class="list"><tr><th>What<th>Why</tr>'
    for entry in result.skipped:
        yield f"<tr><td>{escape(entry.name)}<td>{escape(entry.reason)}</tr>"
    yield "</table>"
