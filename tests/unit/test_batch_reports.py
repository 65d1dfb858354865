"""A batch without a sandbox: what is judged, what is kept, what the reports say."""

from __future__ import annotations

import csv
import html.parser
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from carrel import Language, PlatformFaultError
from carrel.admission.admission import Admission
from carrel.batch.changes import Change, changes
from carrel.batch.choosing import Wanted
from carrel.batch.journal import Journal
from carrel.batch.people import Roster, Student
from carrel.batch.reports.data import outcome, read_before, write_data
from carrel.batch.reports.junit import write_junit
from carrel.batch.reports.pages import file_name, write_feedback, write_report
from carrel.batch.reports.tables import harmless, write_results
from carrel.batch.results import Results
from carrel.batch.rows import Status
from carrel.batch.run import Batch, Progress, grade_batch, open_submissions, take_in
from carrel.exercises.loading import load_exercise
from carrel.grading import submission
from carrel.judge.judge import Job
from carrel.judge.verdict import Captured, SubmissionVerdict, TestVerdict, Verdict
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.quick

NASTY = "</script><script>alert(1)</script>\x00\x1b[31m\u202e<b>&\"'"
EXERCISE = """\
id = "sum"
title = "Sum"
statement = "statement.md"
languages = ["python", "c"]
hints = ["Add <b>both</b>.", "Too early."]
[[tests]]
name = "shown"
input = "1 2"
expected = "3"
[[tests]]
name = "SECRET-NAME"
input = "SECRET-INPUT"
expected = "SECRET-OUTPUT"
points = 2
hidden = true
"""


@pytest.fixture
def exercise(tmp_path: Path) -> Path:
    folder = tmp_path / "sum"
    folder.mkdir()
    (folder / "exercise.toml").write_text(EXERCISE)
    (folder / "statement.md").write_text("Add.")
    return folder


class Judge:
    """Stands for the judge: the program's text says how it comes out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.judged: list[bytes] = []
        monkeypatch.setattr(submission, "judge", self)

    async def __call__(self, pool: Any, job: Job) -> SubmissionVerdict:
        del pool
        source = job.submission.source
        self.judged.append(source)
        if b"fault" in source:
            raise PlatformFaultError("the machine caught fire")
        if b"bug" in source:
            raise RuntimeError("a mistake of ours")
        if b"broken" in source:
            refused = TestVerdict(Verdict.COMPILE_ERROR, "the program was not compiled")
            return SubmissionVerdict((refused,) * len(job.tests), f"line 1: {NASTY}")
        right = b"right" in source
        verdict = Verdict.ACCEPTED if right else Verdict.WRONG_ANSWER
        output = Captured(b"3" if right else f"{NASTY} SECRET-INPUT".encode(), 1)
        test = TestVerdict(verdict, "" if right else "line 1 differs", stdout=output, cpu_ms=5)
        shown = replace(test, stdout=Captured(b"3" if right else NASTY.encode(), 1))
        return SubmissionVerdict((shown, *(test,) * (len(job.tests) - 1)))


def batch_of(exercise: Path, submissions: Path, roster: Roster | None = None) -> Batch:
    loaded = load_exercise(exercise)
    tree, archive = open_submissions(submissions)
    batch = Batch(loaded, "1", {}, Wanted(loaded.languages), tree, "")
    return take_in(batch, roster, layout="auto", archive=archive)


def graded(
    batch: Batch, journal: Journal, on_progress: Callable[[Progress], None] = lambda _: None
) -> Results:
    async def work() -> Results:
        admission = Admission(cast("SandboxPool", None))
        return await grade_batch(admission, batch, journal, at_most=4, on_progress=on_progress)

    return anyio.run(work)


@pytest.fixture
def class_of(tmp_path: Path) -> Callable[..., Path]:
    def make(**programs: str) -> Path:
        folder = tmp_path / "class"
        for name, text in programs.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "main.py").write_text(text)
        return folder

    return make


def test_identical_programs_are_judged_once_and_nothing_twice(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(monkeypatch)
    folder = class_of(ada="right", bob="right", cid="wrong")
    seen: list[tuple[int, int, int]] = []
    with Journal(tmp_path / "out") as journal:
        graded(
            batch_of(exercise, folder),
            journal,
            lambda p: seen.append((p.total, p.graded, p.done)),
        )
    assert sorted(judge.judged) == [b"right", b"wrong"]
    assert seen == [(2, 0, 0), (2, 0, 1), (2, 0, 2)]
    class_of(dee="right", eve="also right")
    with Journal(tmp_path / "out") as journal:
        results = graded(batch_of(exercise, folder), journal)
        assert results.counts() == {Status.GRADED: 5}
        earned = {r.row.student.id: r.grade.teacher.earned for r in results if r.grade}
    assert judge.judged[2:] == [b"also right"]
    assert earned == {"ada": 3, "bob": 3, "cid": 0, "dee": 3, "eve": 3}


def test_a_changed_exercise_or_carrel_grades_anew(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(monkeypatch)
    folder = class_of(ada="right")
    with Journal(tmp_path / "out") as journal:
        graded(batch_of(exercise, folder), journal)
        (exercise / "exercise.toml").write_text(EXERCISE.replace("1 2", "2 1"))
        graded(batch_of(exercise, folder), journal)
        graded(batch_of(exercise, folder), journal)
        graded(replace(batch_of(exercise, folder), carrel="2"), journal)
    assert len(judge.judged) == 2, "rows keep the keys they were taken in with"
    other = {Language.PYTHON: "another template"}
    batch = batch_of(exercise, folder)
    keys = {
        take_in(replace(batch, **change), None, layout="auto", archive=False).rows[0].key
        for change in (
            {},
            {"carrel": "2"},
            {"templates": other},
            {"exercise": replace(batch.exercise, version="2")},
        )
    }
    assert len(keys) == 4


def test_faults_are_said_and_never_a_grade_and_tried_again(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(monkeypatch)
    folder = class_of(ada="right", bob="fault", cid="bug", dee="bug")
    with Journal(tmp_path / "out") as journal:
        for _ in range(2):
            results = graded(batch_of(exercise, folder), journal)
            assert results.counts() == {Status.GRADED: 1, Status.FAULT: 3}
        notes = {row.student.id: row.note for row in results.final_rows()}
        assert notes["bob"] == "the machine caught fire"
        assert notes["cid"] == notes["dee"] == "a mistake of ours"
        write_results(results, tmp_path / "out/results.csv")
    assert [judge.judged.count(s) for s in (b"right", b"fault", b"bug")] == [1, 2, 2]
    text = (tmp_path / "out/results.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["status"], row["points"]) for row in rows] == [
        ("graded", "3"),
        *[("platform fault", "")] * 3,
    ]


def test_files_that_change_while_the_batch_runs_are_not_graded_as_what_they_were(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(monkeypatch)
    batch = batch_of(exercise, class_of(ada="right", bob="wrong"))
    (tmp_path / "class/ada/main.py").write_text("wrong")
    with Journal(tmp_path / "out") as journal:
        rows = {row.student.id: row for row in graded(batch, journal).final_rows()}
    assert rows["ada"].status is Status.UNCLEAR
    assert "have changed since the batch began" in rows["ada"].note
    assert judge.judged == [b"wrong"]


def test_no_output_stays_in_memory(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Judge(monkeypatch)
    batch = batch_of(exercise, class_of(ada="wrong"))
    with Journal(tmp_path / "out") as journal:
        results = graded(batch, journal)
        assert NASTY[:8] not in repr((vars(results), vars(journal)))


@pytest.fixture
def everything(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a folder with all reports of a class that does its worst."""
    Judge(monkeypatch)
    folder = class_of(ada="right", bob=f"wrong {NASTY[:32]}", cid="broken", dee="fault")
    (folder / "cid/main.py").rename(folder / "cid/main.c")
    (folder / "eve").mkdir()
    (folder / "eve/<img src=x>.txt").write_text("x")
    roster = Roster(
        [
            Student("ada", "=HYPERLINK(1)", "+a@x", "@A"),
            Student("bob", NASTY, "", "-2"),
            *(Student(name) for name in ("cid", "dee", "eve", "fay")),
        ]
    )
    out = tmp_path / "out"
    batch = batch_of(exercise, folder, roster)
    with Journal(out) as journal:
        results = graded(batch, journal)
        before = [Change("ada", NASTY, "", "wrong", NASTY, 1, None)]
        write_results(results, out / "results.csv")
        write_junit(results, out / "junit.xml")
        write_data(results, out / "results.json")
        write_report(results, batch.source, before, out / "report.html")
        assert write_feedback(results, out / "feedback") == 3
    return out


def test_hints_stand_on_the_pages_of_those_who_have_not_all_points(everything: Path) -> None:
    pages = {one.stem: one.read_text() for one in (everything / "feedback").glob("*.html")}
    hinted = {name for name, page in pages.items() if "Hint: Add &lt;b&gt;both&lt;/b&gt;." in page}
    assert hinted
    assert "ada" not in hinted, "it has all points"
    assert not any("Too early" in page for page in pages.values())


def test_the_table_has_everybody_and_no_formula(everything: Path) -> None:
    with (everything / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    assert [row[0] for row in table[1:]] == ["ada", "bob", "cid", "dee", "eve", "fay"]
    assert [row[4] for row in table[1:]] == [
        *["graded"] * 3,
        "platform fault",
        "not gradable",
        "nothing handed in",
    ]
    assert table[1][1:4] == ["'=HYPERLINK(1)", "'+a@x", "'@A"]
    assert table[2][3] == "'-2"
    assert table[1][6:9] == ["3", "3", "100"]
    assert table[0][-2:] == ["test 1: shown", "test 2: SECRET-NAME"]
    assert table[1][-2:] == ["1", "2"]
    assert not [cell for row in table for cell in row if cell[:1] in ("=", "+", "-", "@")]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("a=1", "a=1"),
        ("a\0b", "a\\0b"),
        (-1.5, "-1.5"),
        (None, ""),
    ],
)
def test_a_cell_is_no_formula(cell: str | float | None, expected: str) -> None:
    assert harmless(cell) == expected


def test_junit_is_valid_xml_and_counts(everything: Path) -> None:
    root = ET.parse(everything / "junit.xml").getroot()  # noqa: S314 - our own file
    suites = {suite.get("name"): suite for suite in root}
    counts = {
        name: tuple(suite.get(key) for key in ("tests", "failures", "errors", "skipped"))
        for name, suite in suites.items()
    }
    assert counts == {
        "ada": ("2", "0", "0", "0"),
        "bob": ("2", "2", "0", "0"),
        "cid": ("2", "2", "0", "0"),
        "dee": ("1", "0", "1", "0"),
        "eve": ("1", "0", "1", "0"),
        "fay": ("1", "0", "0", "1"),
    }
    name = suites["bob"].find("properties/property[@name='name']")
    assert name is not None
    assert name.get("value") == NASTY.replace("\x00", "\\x00").replace("\x1b", "\\x1b")


def test_the_data_are_what_the_next_run_is_compared_with(everything: Path) -> None:
    data = json.loads((everything / "results.json").read_text())
    assert data["rows"][0]["tests"][1] == {
        "name": "SECRET-NAME",
        "verdict": "accepted",
        "earned": 2,
        "points": 2,
        "hidden": True,
        "sentence": "Test 'SECRET-NAME' passed",
    }
    before = read_before(everything / "results.json")
    assert before is not None
    assert [row.verdict for row in before.rows] == [
        "accepted",
        "wrong-answer",
        "compile-error",
        *[None] * 3,
    ]
    assert changes(before, before.rows) == []


class Page(html.parser.HTMLParser):
    """What is in a page: its elements and attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_report_shows_everything_and_runs_and_loads_nothing_foreign(everything: Path) -> None:
    text = (everything / "report.html").read_text()
    page = Page(text)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1
    assert tags.count("style") == 1
    assert not {"img", "b", "iframe", "link", "object", "base", "form"} & set(tags)
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | ({"style"} & names)
    for _, attributes in page.elements:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    policy = dict(page.elements[3][1])["content"] or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for secret in ("SECRET-NAME", "SECRET-INPUT", "SECRET-OUTPUT", "wrong </script>"):
        assert secret in "".join(page.text), "the teacher sees hidden tests and programs"
    assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    assert "\u202e" not in text
    for words in ("What changed", "platform fault", "nothing handed in", "not gradable"):
        assert words in text


def test_the_policy_names_the_script_and_the_style_that_are_there(everything: Path) -> None:
    import base64  # noqa: PLC0415
    import hashlib  # noqa: PLC0415

    text = (everything / "report.html").read_text()
    for tag in ("script", "style"):
        found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        policy = re.search(r'content="(default-src[^"]*)"', text)
        assert policy is not None
        assert f"{tag}-src 'sha256-{digest}'" in policy[1].replace("&#39;", "'")


def test_the_report_can_be_used_without_colours_and_with_a_screen_reader(everything: Path) -> None:
    text = (everything / "report.html").read_text()
    page = Page(text)
    assert dict(page.elements[0][1])["lang"] == "en"
    heads = [attributes for tag, attributes in page.elements if tag == "th"]
    assert all(attributes.get("scope") in ("col", "row") for attributes in heads)
    labels = {a.get("for") for tag, a in page.elements if tag == "label"}
    assert labels == {a["id"] for tag, a in page.elements if tag in ("input", "select")}
    assert text.count("✓ </span>accepted") + text.count("✗ </span>") >= 6
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_feedback_for_students_holds_nothing_hidden(everything: Path) -> None:
    pages = {path.stem: path.read_text() for path in (everything / "feedback").iterdir()}
    assert sorted(pages) == ["ada", "bob", "cid"]
    for name, text in pages.items():
        assert "SECRET" not in text, name
        assert "script-src" not in text
        assert "<script" not in text
    assert "0 of 3 points (0%): wrong answer" in pages["bob"]
    assert "hidden test 1" in pages["bob"]
    assert "which are not shown" in pages["bob"]
    assert "which are not shown" not in pages["ada"]
    assert "3 of 3 points" in pages["ada"]
    assert "does not compile" in pages["cid"]
    assert "&lt;/script&gt;" in pages["bob"]


def test_feedback_in_another_language_holds_nothing_hidden_either(
    everything: Path, exercise: Path, class_of: Callable[..., Path]
) -> None:
    with Journal(everything) as journal:
        results = graded(batch_of(exercise, class_of(ada="right")), journal)
        write_feedback(results, everything / "feedback", "de")
    pages = {path.stem: path.read_text() for path in (everything / "feedback").iterdir()}
    assert "0 von 3 Punkten" in pages["bob"]
    assert '<html lang="de">' in pages["bob"]
    assert not [name for name, text in pages.items() if "SECRET" in text]


def test_feedback_of_those_who_are_gone_goes(
    everything: Path, exercise: Path, class_of: Callable[..., Path]
) -> None:
    with Journal(everything) as journal:
        batch = batch_of(exercise, class_of(ada="right"), Roster([Student("ada")]))
        write_feedback(
            replace(graded(batch, journal), rows=batch.rows[:1]), everything / "feedback"
        )
    assert [path.stem for path in (everything / "feedback").iterdir()] == ["ada"]


def test_students_never_share_a_file_name() -> None:
    taken: set[str] = set()
    for identity in ("ada", "ADA", "a/b", "a_b", "../x", "..", "", "ü", "x" * 300, "x" * 301):
        name = file_name(identity, taken)
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}", name), name
        assert name.casefold() not in {other.casefold() for other in taken}
        taken.add(name)


def test_what_changed_is_told_by_student_and_test(
    tmp_path: Path, exercise: Path, class_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Judge(monkeypatch)
    out = tmp_path / "out"
    folder = class_of(ada="right", bob="wrong", cid="wrong", gil="wrong")
    with Journal(out) as journal:
        write_data(graded(batch_of(exercise, folder), journal), out / "results.json")
    class_of(bob="right", eve="right")
    (folder / "cid/main.py").unlink()
    (folder / "gil/main.py").unlink()
    (folder / "gil").rmdir()
    (exercise / "exercise.toml").write_text(EXERCISE.replace("SECRET-NAME", "renamed"))
    before = read_before(out / "results.json")
    assert before is not None
    with Journal(out) as journal:
        found = changes(before, map(outcome, graded(batch_of(exercise, folder), journal)))
    assert [(c.id, c.test, c.before, c.after, c.points_before, c.points_after) for c in found] == [
        ("ada", "", "accepted", "accepted", 3, 3),
        ("ada", "renamed", "no such test", "accepted", None, 2),
        ("ada", "SECRET-NAME", "accepted", "no such test", 2, None),
        ("bob", "", "wrong answer", "accepted", 0, 3),
        ("bob", "shown", "wrong answer", "accepted", 0, 1),
        ("bob", "renamed", "no such test", "accepted", None, 2),
        ("bob", "SECRET-NAME", "wrong answer", "no such test", 0, None),
        ("cid", "", "wrong answer", "nothing handed in", 0, None),
        ("eve", "", "not there", "accepted", None, 3),
        ("gil", "", "wrong answer", "not there", 0, None),
    ]


def test_results_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    for text in ("", "{}", "[", '{"version": 1}'):
        (tmp_path / "results.json").write_text(text)
        assert read_before(tmp_path / "results.json") is None
    assert read_before(tmp_path / "none.json") is None
