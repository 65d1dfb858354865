"""Reports: complete, neutral, and safe whatever students wrote."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.similarity import Comparison, Skipped, SourceFile, Submission, compare
from carrel.similarity.clusters import clusters
from carrel.similarity.formats import pairs_csv, pairs_json, pseudonymous, report_json
from carrel.similarity.html_report import html_report
from carrel.similarity.html_text import escape, source_lines

pytestmark = pytest.mark.quick

CODE = """def work(n):
    t = 0
    for i in range(n):
        if i % 2 == 0:
            t += i * 3
    while t > 100:
        t = t // 2 - 1
    return [t, n]
"""
OTHER = """class A:
    def f(self):
        try:
            return g(1)
        except E:
            raise
"""
NASTY = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'\"&"


def submission(name: str, text: str = CODE) -> Submission:
    return Submission(
        name, (SourceFile(name, text.encode(), "python"),), submitted_at="2026-01-02 10:00"
    )


def nasty() -> Comparison:
    result = compare(
        [
            submission(NASTY, CODE + f"# {NASTY}\n"),
            submission("=cmd()", CODE),
            submission("c", OTHER),
        ]
    )
    result.skipped.append(Skipped(NASTY, f"left out: {NASTY}"))
    return result


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_holds_no_markup_from_submissions_and_loads_nothing() -> None:
    page = "".join(html_report(nasty(), 0.5))
    parser = _Tags()
    parser.feed(page)
    assert not parser.tags & {"script", "img", "iframe", "link", "object", "form", "base"}
    assert not {name for name in parser.attributes if name.startswith("on")}
    assert not parser.attributes & {"src", "srcset", "action"}
    assert "\u202e" not in page
    assert "U+202E" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page
    assert set(re.findall(r'href="([^"]*)"', page)) == {"#p1"}


@given(st.text())
def test_escaped_text_is_inert_and_visible(text: str) -> None:
    safe = escape(text)
    assert not set(safe) & set("<>\"'\r\n\0\u202e\u200b")


def test_long_lines_and_files_are_cut_and_it_is_said() -> None:
    lines, more = source_lines(b"x" * 10_000 + b"\n" + b"y\n" * 9_000)
    assert "10,000 bytes" in lines[0]
    assert len(lines[0]) < 1_000
    assert more == 5_001


def test_the_page_shows_both_sides_with_lines_regions_and_times() -> None:
    page = "".join(html_report(compare([submission("one"), submission("two")]), 0.5))
    assert "one, lines 1-8" in page
    assert page.count('<span class="r0"><i>1 [1]</i>') == 2
    assert "handed in 2026-01-02 10:00" in page
    assert "<svg" in page


def test_no_report_accuses_anybody() -> None:
    result = nasty()
    text = "".join(html_report(result, 0.5)) + "".join(report_json(result, 0.5))
    for word in ("plagiar", "cheat", "copied", "guilty", "suspect", "fraud", "offen"):
        assert word not in text.lower()


def test_all_pairs_json_has_the_promised_form() -> None:
    result = compare([submission("a"), submission("b"), submission("c", OTHER)], all_pairs=True)
    result.skipped.append(Skipped("d", "left out: empty"))
    data = json.loads("".join(pairs_json(result)))
    assert set(data) == {"pairs", "skipped"}
    assert [(p["a"], p["b"]) for p in data["pairs"]] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert {frozenset(p) for p in data["pairs"]} == {
        frozenset({"a", "b", "similarity", "longest_match", "confidence"})
    }
    assert data["pairs"][0]["similarity"] == 1.0
    assert data["skipped"] == [{"name": "d", "reason": "left out: empty"}]


def test_no_pairs_are_valid_json_too() -> None:
    assert json.loads("".join(pairs_json(compare([]))))["pairs"] == []
    assert json.loads("".join(report_json(compare([]), 0.5)))["pairs"] == []


def test_the_json_report_explains_every_pair() -> None:
    data = json.loads("".join(report_json(compare([submission("a"), submission("b")]), 0.5)))
    (pair,) = data["pairs"]
    assert pair["coverage_a"] == pair["coverage_b"] == 1.0
    assert pair["submitted_a"] == "2026-01-02 10:00"
    match = pair["matches"][0]
    assert (match["a"]["start_line"], match["a"]["end_line"]) == (1, 8)
    assert data["clusters"] == [["a", "b"]]


def test_csv_defuses_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(pairs_csv(nasty()))))
    assert {rows[0]["a"], rows[0]["b"]} == {NASTY, "'=cmd()"}
    assert float(rows[0]["similarity"]) == 1.0


def test_clusters_join_what_hangs_together() -> None:
    result = compare(
        [
            submission("a"),
            submission("b"),
            submission("c", CODE + "print(1)\n"),
            submission("x", OTHER * 3),
            submission("y", OTHER * 3),
            submission("z", "import os\nprint(os.name)\n"),
        ]
    )
    assert [c.members for c in clusters(result.pairs)] == [("a", "b", "c"), ("x", "y")]


def test_pseudonyms_hide_names_of_submissions_and_files() -> None:
    submissions = [submission("alice.py"), submission("bob.py"), submission("2025/carol.py")]
    skipped = [Skipped("alice.py/x.bin", "left out: binary"), Skipped("dave", "left out: empty")]
    known = pseudonymous(submissions, skipped)
    result = compare(submissions)
    result.skipped += skipped
    page = "".join(html_report(result, 0.5)) + "".join(report_json(result, 0.5))
    for name in ("alice", "bob", "carol", "dave"):
        assert name not in page
    assert sorted(known.values()) == ["S001", "S002", "S003"]
    assert known["alice.py"] in page
