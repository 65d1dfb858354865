"""Kattis packages become exercises: what is kept, what is noted, nothing runs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.exercises.comparisons import CHECKERS
from carrel.exercises.formats import FORMATS
from carrel.exercises.formats.kattis.submissions import _braces, _glob
from carrel.exercises.formats.kattis.validators import comparison
from carrel.exercises.formats.source import open_source
from carrel.exercises.formats.types import FormatError, Imported
from carrel.exercises.formats.writing import REPORT, set_time_limit, write_exercise
from carrel.exercises.types import Exercise, Scoring
from carrel.judge.checkers.text import Tokens
from carrel.judge.kinds.interactive import InteractiveTest
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.opinion import Convention, Examiner
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language

pytestmark = pytest.mark.quick

Unpack = Callable[[str], Path]


def read(path: Path) -> Imported:
    tree = open_source(path)
    try:
        return FORMATS["kattis"](tree, path.name)
    finally:
        tree.close()


def exercise_of(path: Path, tmp_path: Path) -> tuple[Exercise, Imported]:
    imported = read(path)
    return write_exercise(imported, tmp_path / "made", source=path.name), imported


def examiner(exercise: Exercise, number: int) -> Examiner:
    test = exercise.tests[number].judge
    assert isinstance(test, StdioTest)
    assert isinstance(test.checker, Examiner)
    return test.checker


def test_a_pass_fail_package(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, imported = exercise_of(kattis_package("sums"), tmp_path)
    assert (exercise.id, exercise.title) == ("sums", "Two numbers with a sum")
    assert exercise.metadata.authors == ("Ada Lovelace", "Alan Turing")
    assert exercise.metadata.licence == "CC-BY-SA-4.0"
    assert exercise.metadata.tags == ("numbers", "sums")
    assert [(t.name, t.hidden) for t in exercise.tests] == [
        ("sample/1", False),
        ("secret/01-small", True),
        ("secret/02-large", True),
    ]
    [group] = exercise.groups
    assert (group.scoring, exercise.points) == (Scoring.ALL_OR_NOTHING, 1)
    assert exercise.tests[1].said_if_failed == "Think of the least sum."
    assert "# The least sum there is." in (tmp_path / "made/exercise.toml").read_text("utf-8")
    limits = exercise.limits[Language.PYTHON]
    assert (limits.memory_bytes, limits.output_bytes) == (256 << 20, 1 << 20)
    assert (imported.time_factor, imported.time_step) == (5, 1)
    checker = examiner(exercise, 1)
    assert (checker.convention, checker.arguments) == (Convention.KATTIS, ("strict",))
    assert checker.program.language is Language.CPP
    assert {name for name, _ in checker.program.files} == {"validate.h", "fits.cc"}
    assert b"int main" in checker.program.source


def test_its_statement(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, imported = exercise_of(kattis_package("sums"), tmp_path)
    text = exercise.statement
    assert text.startswith("# Two numbers with a sum\n")
    for part in (
        "Find **two** positive numbers whose sum is $n$, with $2 \\le n \\le 10^9$.",
        "![](sum.png)",
        "A sum & more",
        "## Input",
        "- It is even.",
        "| a",
        "## Sample 1",
        "```\n2 2\n```",
        "[tool.txt](attachments/tool.txt)",
    ):
        assert part in text
    assert set(exercise.assets) == {"sum.png", "attachments/tool.txt"}
    german = (tmp_path / "made/statement.de.md").read_text("utf-8")
    assert "# Zwei Zahlen\n\nFinde zwei Zahlen mit der Summe $n$." in german
    dropped = "\n".join(imported.notes.dropped)
    assert "strangecommand" in dropped
    assert "/etc/passwd" in dropped
    assert "root:" not in text


def test_its_solutions(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, imported = exercise_of(kattis_package("sums"), tmp_path)
    found = {Path(one.file).stem: one for one in exercise.solutions}
    assert set(found) == {"main", "ones", "halves", "fixed", "crash", "endless"}
    assert set(found["main"].files) == {"other.h", "other.cpp"}
    assert found["main"].is_right
    assert not found["halves"].is_right
    assert found["halves"].required == (Verdict.WRONG_ANSWER,)
    assert found["endless"].required == (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT)
    assert Verdict.RUNTIME_ERROR in found["fixed"].required
    assert Verdict.WRONG_ANSWER in found["fixed"].required
    report = (tmp_path / "made" / REPORT).read_text("utf-8")
    for what in ("old.py", "Python 2", "sum.kt", "Kotlin", "mixed/unknown.py", "unknown_field"):
        assert what in report
    for what in ("input validators", "`limits: code`", "02-large.png"):
        assert what in report
    assert len(imported.notes.dropped) == 9


def test_groups_with_scores_that_are_fractions(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, imported = exercise_of(kattis_package("parts"), tmp_path)
    assert [(g.name, g.scoring, g.points) for g in exercise.groups] == [
        ("group1", Scoring.ALL_OR_NOTHING, 25),
        ("group2", Scoring.ALL_OR_NOTHING, 75),
        ("group3", Scoring.SUM, None),
    ]
    assert exercise.points == 200
    assert [test.points for test in exercise.tests] == [0, 1, 1, 1, 50, 50]
    assert any("2 times as many" in text for text in imported.notes.changed)
    assert exercise.limits[Language.PYTHON].cpu_ms == 2000
    assert imported.time_factor is None
    found = {Path(one.file).stem: one for one in exercise.solutions}
    assert found["first_two"].points == (25, 199)
    assert found["smallest"].is_right


def test_the_newer_generation(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, imported = exercise_of(kattis_package("newer"), tmp_path)
    assert exercise.title == "Part of a sum"
    assert exercise.languages == (Language.PYTHON, Language.CPP)
    assert [(g.name, g.scoring, g.points, g.requires) for g in exercise.groups] == [
        ("group1", Scoring.ALL_OR_NOTHING, 40, ("samples",)),
        ("group2", Scoring.MINIMUM, 60, ("samples", "group1")),
        ("samples", Scoring.ALL_OR_NOTHING, 0, ()),
    ]
    assert exercise.points == 100
    assert examiner(exercise, 0).arguments == ()
    assert (examiner(exercise, 3).arguments, examiner(exercise, 3).full) == (("score",), 60)
    assert b"<= 1000:" in examiner(exercise, 0).program.source
    assert exercise.tests[2].said_if_failed == "Ten is asked for."
    text = exercise.statement
    assert "$n \\le 1000 = 10^3$" in text
    assert "![a picture](picture.png)" in text
    assert text.index("Sample 1") < text.index("The rest.") < text.index("Sample 2")
    found = {Path(one.file).stem: one for one in exercise.solutions}
    assert found["five"].points == 70
    assert found["none"].points == (0, 10)
    assert found["none"].required == (Verdict.WRONG_ANSWER,)
    dropped = "\n".join(imported.notes.dropped)
    assert "haskell" in dropped
    assert "`secret/group1` alone" in dropped
    assert "valid_output" in dropped
    assert "uuid: 11111111-2222-3333-4444-555555555555" in imported.notes.facts
    assert "testers: Grace Hopper" in imported.notes.facts


def test_an_interactive_package(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, _ = exercise_of(kattis_package("higher"), tmp_path)
    test = exercise.tests[1].judge
    assert isinstance(test, InteractiveTest)
    assert (test.input, test.answer) == (b"77\n", b"77\n")
    assert ">50\n<lower" in exercise.statement


def test_a_zip_is_as_good_as_a_folder(kattis_package: Unpack, tmp_path: Path) -> None:
    folder = kattis_package("newer")
    archive = tmp_path / "newer.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, f"newer/{path.relative_to(folder)}")
    one, other = read(folder), read(archive)
    assert (one.table, one.files) == (other.table, other.files)


def test_the_time_limit_is_written_beside_the_rest(kattis_package: Unpack, tmp_path: Path) -> None:
    exercise, _ = exercise_of(kattis_package("sums"), tmp_path)
    changed = set_time_limit(tmp_path / "made", 3.0)
    assert changed.limits[Language.PYTHON].cpu_ms == 3000
    assert "# The least sum there is." in (tmp_path / "made/exercise.toml").read_text("utf-8")
    assert changed.tests == exercise.tests


@pytest.mark.parametrize(
    ("flags", "printed", "expected", "right"),
    [
        ("", "YES  no\n\n", "yes\nNo\n", True),
        ("case_sensitive", "YES\n", "yes\n", False),
        ("", "1.0\n", "1\n", False),
        ("float_tolerance 1e-3", "1.0005 Yes\n", "1 yes\n", True),
        ("float_tolerance 1e-3", "1000.5\n", "1000\n", True),
        ("float_absolute_tolerance 1e-3", "1000.5\n", "1000\n", False),
        ("float_relative_tolerance 1e-3", "0.0001\n", "0\n", False),
        ("float_tolerance 1e-3 case_sensitive", "1.0005 Yes\n", "1 yes\n", False),
        ("case_sensitive space_change_sensitive", "1 2\n", "1 2\n", True),
        ("case_sensitive space_change_sensitive", "1  2\n", "1 2\n", False),
        ("space_change_sensitive", "Yes no\n", "yes No\n", True),
        ("space_change_sensitive", "yes no", "yes no\n", False),
    ],
)
def test_the_default_validator(flags: str, printed: str, expected: str, *, right: bool) -> None:
    table = dict(comparison(tuple(flags.split())))
    checker = CHECKERS[table["kind"]].model_validate(table).comparison()
    assert (checker.compare(printed.encode(), expected.encode()) is None) is right


def test_without_flags_it_is_words_of_any_case() -> None:
    table = CHECKERS["tokens"].model_validate(comparison(()))
    assert table.comparison() == Tokens(ignore_case=True)


def test_flags_that_nobody_knows_are_an_error() -> None:
    with pytest.raises(FormatError, match="float_tolerence 1e-6"):
        comparison(("float_tolerence", "1e-6"))


def test_patterns_of_submissions() -> None:
    assert sorted(_braces("a/{b,c}.{py,cc}")) == ["a/b.cc", "a/b.py", "a/c.cc", "a/c.py"]
    assert len(_braces("{a,b}" * 40)) <= 100
    assert _glob("wrong_answer/*", "wrong_answer/x.py")
    assert not _glob("*", "wrong_answer/x.py")
    assert not _glob("a[bc]", "ab")


def test_a_statement_names_no_file_that_is_not_there(
    kattis_package: Unpack, tmp_path: Path
) -> None:
    folder = kattis_package("higher")
    (folder / "statement/notes.tex").write_text("x", "utf-8")
    (folder / "statement/problem.en.md").write_text(
        "![one](gone.png) [two](a%20b.txt) [three][ref] [up](../../etc/passwd)\n\n[ref]: c.txt\n",
        "utf-8",
    )
    exercise, imported = exercise_of(folder, tmp_path)
    assert "one two [three][ref] up" in exercise.statement
    assert not exercise.assets
    dropped = "\n".join(imported.notes.dropped)
    for what in ("gone.png", "a b.txt", "c.txt", "passwd", "statement/notes.tex"):
        assert f"{what}`" in dropped
