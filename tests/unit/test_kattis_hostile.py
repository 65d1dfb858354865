"""Packages that want something else: refused with a sentence, or what they try is left out."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.core.errors import InvalidValueError
from carrel.exercises.formats import FORMATS
from carrel.exercises.formats.latex import to_markdown
from carrel.exercises.formats.source import open_source
from carrel.exercises.formats.types import FormatError, Imported, Notes
from carrel.exercises.formats.writing import write_exercise
from carrel.exercises.formats.yaml_text import load_yaml

pytestmark = pytest.mark.quick

Unpack = Callable[[str], Path]

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(path: Path) -> Imported:
    tree = open_source(path)
    try:
        return FORMATS["kattis"](tree, path.name)
    finally:
        tree.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "more than 100,000 values"),
        ("a: &a [*a]\n", "within its own anchor"),
        ("[" * 1000, "nested more than 40 deep"),
        ("a: !!python/object/apply:os.system [id]\n", "constructor"),
        ("a: 2021-02-30\n", "impossible value"),
        ("a: " + "9" * 5000, "impossible value"),
        ("a: [1\n", "line 2"),
        ("# " + "x" * (1 << 20), "at most 1M"),
    ],
)
def test_yaml(text: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        load_yaml(text.encode(), "problem.yaml")
    assert said in str(caught.value)
    assert "problem.yaml" in str(caught.value)


def test_aliases_that_mean_little_are_fine() -> None:
    assert load_yaml(b"a: &x [AC]\nb: {permitted: *x}\n", "x") == {
        "a": ["AC"],
        "b": {"permitted": ["AC"]},
    }


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("problem.yaml", "- 1\n", "problem.yaml='list'"),
        ("problem.yaml", "limits: 3\n", "problem.yaml: limits=3"),
        ("problem.yaml", "limits: {memory: many}\n", "problem.yaml: limits: memory='many'"),
        ("problem.yaml", "limits: {memory: -1}\n", "a number from 0"),
        ("problem.yaml", "problem_format_version: 1999-01-01\n", "carrel reads legacy"),
        ("problem.yaml", "type: multi-pass\n", "multi-pass"),
        ("problem.yaml", "type: puzzle\n", "puzzle"),
        ("problem.yaml", "validation: custom interactive\n", "no validator"),
        ("output_validators/check.hs", "main = ()\n", "Haskell"),
        ("problem_statement/problem.tex", r"\begin{itemize}", "problem_statement/problem.tex"),
    ],
)
def test_what_cannot_be_is_said(kattis_package: Unpack, file: str, text: str, said: str) -> None:
    folder = kattis_package("parts")
    if file.startswith("output_validators"):
        (folder / "output_validators").mkdir()
        (folder / "problem.yaml").write_text("name: x\nvalidation: custom\n", "utf-8")
    (folder / file).write_text(text, "utf-8")
    with pytest.raises(FormatError) as caught:
        read(folder)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("problem.yaml", "give a folder or zip with a problem.yaml"),
        ("problem_statement/problem.tex", "no problem statement"),
        ("data/secret/group1/2.ans", "data/secret/group1/2.in"),
    ],
)
def test_what_is_missing_is_said(kattis_package: Unpack, missing: str, said: str) -> None:
    folder = kattis_package("parts")
    (folder / missing).unlink()
    with pytest.raises(FormatError) as caught:
        read(folder)
    assert said in str(caught.value)


def test_links_lead_nowhere_but_within(kattis_package: Unpack, tmp_path: Path) -> None:
    folder = kattis_package("parts")
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody may see this", "utf-8")
    data = folder / "data/secret/group2"
    (data / "6.in").symlink_to(secret)
    (data / "6.ans").symlink_to("../../../../secret.txt")
    (data / "7.in").symlink_to("7.in")
    (data / "8.in").symlink_to("../group1/1.in")
    (data / "8.ans").symlink_to("../group1/1.ans")
    (data / "up").symlink_to("../..")
    (folder / "submissions/accepted/linked.py").symlink_to("smallest.py")
    os.mkfifo(folder / "data/secret/pipe.in")
    imported = read(folder)
    names = [test["file"] for test in imported.table["tests"]]
    assert "secret/group2/8" in names
    assert not {"secret/group2/6", "secret/group2/7"} & set(names)
    assert imported.files["tests/secret/group2/8.in"] == b"2\n5 7\n"
    assert not any(b"nobody may see" in data for data in imported.files.values())
    assert "solutions/accepted/linked.py" in imported.files
    dropped = "\n".join(imported.notes.dropped)
    for what in ("group2/6.in", "group2/6.ans", "group2/7.in", "pipe.in"):
        assert what in dropped


def test_an_archive_with_names_that_lead_out(kattis_package: Unpack, tmp_path: Path) -> None:
    folder = kattis_package("parts")
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, str(path.relative_to(folder)))
        packed.writestr("../../outside.txt", "x")
        packed.writestr("/etc/absolute.txt", "x")
        packed.writestr("attachments/a\nb.txt", "x")
    imported = read(archive)
    exercise = write_exercise(imported, tmp_path / "made", source="bad.zip")
    assert len(exercise.tests) == 6
    assert not list(tmp_path.rglob("outside.txt"))
    dropped = "\n".join(imported.notes.dropped)
    assert "leads out of the archive" in dropped
    assert "absolute path" in dropped
    assert "cannot be shown" in dropped


def test_nothing_is_left_of_an_import_that_fails(kattis_package: Unpack, tmp_path: Path) -> None:
    imported = read(kattis_package("parts"))
    place = tmp_path / "place"
    place.mkdir()
    broken = Imported({**imported.table, "id": "Not an id"}, imported.files, Notes())
    with pytest.raises(FormatError, match="Not an id"):
        write_exercise(broken, place / "made", source="x")
    escaping = Imported(imported.table, {**imported.files, "../x": b""}, Notes())
    with pytest.raises(FormatError, match="leads out"):
        write_exercise(escaping, place / "made", source="x")
    assert list(place.iterdir()) == []


def test_an_existing_folder_is_left_alone(kattis_package: Unpack, tmp_path: Path) -> None:
    imported = read(kattis_package("parts"))
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    for there in (tmp_path, tmp_path / "dangling"):
        with pytest.raises(InvalidValueError, match="it is there already"):
            write_exercise(imported, there, source="x")
    assert not (tmp_path / "elsewhere").exists()


def test_latex_reads_no_files_and_says_so(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("nobody may see this", "utf-8")
    text = rf"a \input{{{secret}}} \include{{{secret}}} \lstinputlisting{{{secret}}} b"
    converted = to_markdown(text, "problem.tex")
    assert "nobody may see" not in converted.markdown
    assert any("Could not load include file" in piece for piece in converted.left_out)


def test_latex_that_goes_on_forever_is_stopped() -> None:
    with pytest.raises(FormatError, match=r"problem\.tex"):
        to_markdown(r"\newcommand{\x}{\x\x} \x", "problem.tex")


def test_a_title_cannot_change_the_toml(kattis_package: Unpack, tmp_path: Path) -> None:
    folder = kattis_package("parts")
    title = 'x"\\nid = "other"'
    (folder / "problem.yaml").write_text(f"name: '{title}'\ntype: scoring\n", "utf-8")
    (folder / "data/secret/group1/1.desc").write_text('x\r\nid = "z"\n\x1b[2J', "utf-8")
    exercise = write_exercise(read(folder), tmp_path / "made", source="x\n# y\x1b")
    assert (exercise.id, exercise.title) == ("parts", title)
    assert "\x1b" not in (tmp_path / "made/exercise.toml").read_text("utf-8")
    assert "\x1b" not in (tmp_path / "made/IMPORTED.md").read_text("utf-8")
