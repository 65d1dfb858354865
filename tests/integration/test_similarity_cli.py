"""`carrel similarity` on real directories, friendly and hostile."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from carrel.cli import similarity

pytestmark = pytest.mark.quick

ONE = """def f(n):
    t = 0
    for i in range(n):
        if i % 3 == 0:
            t += i
    return t
"""
SAME = re.sub(r"\bt\b", "sum_up", ONE) + "# mine\n"
OTHER = """class Box:
    def __init__(self, v):
        self.v = v

    def show(self):
        print(self.v)
"""
STARTER = """def read(path):
    with open(path) as f:
        return [int(x) + 1 for x in f if x != '' and x != '#']
"""


def run(*arguments: str | Path) -> tuple[int, str, str]:
    app = typer.Typer()

    @app.callback()
    def main() -> None:
        """Stand in for the whole command."""

    similarity.register(app)
    result = CliRunner().invoke(app, ["similarity", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    (folder / "group" / "src").mkdir(parents=True)
    (folder / "anna.py").write_text(ONE)
    (folder / "ben.py").write_text(SAME)
    (folder / "cleo.py").write_text(OTHER)
    (folder / "group" / "src" / "main.py").write_text(ONE)
    (folder / "group" / "README.md").write_text("# hello")
    return folder


def test_every_pair_as_json(course: Path) -> None:
    code, out, _ = run(course, "--all-pairs", "--json")
    assert code == 0
    data = json.loads(out)
    assert len(data["pairs"]) == 6
    best = {frozenset((p["a"], p["b"])) for p in data["pairs"] if p["similarity"] == 1.0}
    assert best == {
        frozenset(("anna.py", "ben.py")),
        frozenset(("anna.py", "group")),
        frozenset(("ben.py", "group")),
    }
    assert data["skipped"] == []


def test_the_table_for_people(course: Path) -> None:
    code, out, _ = run(course)
    assert code == 0
    assert "anna.py" in out
    assert "100%" in out
    assert "read both" in out


def test_the_report_opens_without_a_server(course: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    code, out, _ = run(course, "--html", page)
    assert (code, out) == (0, "")
    assert page.read_text().startswith("<!doctype html>")
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".html"] == ["course"]


def test_base_and_earlier_years(course: Path, tmp_path: Path) -> None:
    base, old = tmp_path / "base", tmp_path / "2024"
    base.mkdir()
    old.mkdir()
    (base / "starter.py").write_text(STARTER)
    (old / "dora.py").write_text(OTHER)
    (old / "emil.py").write_text(OTHER)
    for path in course.glob("*.py"):
        path.write_text(STARTER + path.read_text())
    _, out, _ = run(course, "--base", base, "--against", old, "--json")
    pairs = {(p["a"], p["b"]): p for p in json.loads(out)["pairs"]}
    assert ("2024/dora.py", "cleo.py") in pairs
    assert ("2024/dora.py", "2024/emil.py") not in pairs
    assert pairs["anna.py", "ben.py"]["matches"][0]["a"]["start_line"] == 4


def test_language_reads_that_language_only(course: Path) -> None:
    (course / "x.js").write_text("let a = 1;")
    _, out, _ = run(course, "--language", "js", "--all-pairs", "--json")
    data = json.loads(out)
    assert data["pairs"] == []
    assert {s["name"] for s in data["skipped"]} >= {"anna.py", "ben.py", "cleo.py"}


def test_times_and_pseudonyms(course: Path, tmp_path: Path) -> None:
    times = tmp_path / "times.csv"
    times.write_text("anna,2026-03-01\nben.py,2026-03-02\n")
    _, out, _ = run(course, "--json", "--times", times, "--pseudonyms")
    assert "anna" not in out
    assert {"2026-03-01", "2026-03-02"} <= {p["submitted_a"] for p in json.loads(out)["pairs"]} | {
        p["submitted_b"] for p in json.loads(out)["pairs"]
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--threshold", "1.5"), "--threshold=1.5"),
        (("--language", "klingon"), "--language='klingon'"),
        (("--base", "/does/not/exist"), "/does/not/exist"),
        (("--json", "--csv"), "choose one"),
        (("--html", "/does/not/exist.html"), "--html"),
    ],
)
def test_errors_name_the_option_and_what_to_do(
    course: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = run(course, *arguments)
    assert code == 2
    assert message in err.replace("\n", "")


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "none")
    assert code == 2
    assert "give a folder" in err


def test_hostile_files_are_left_out_with_reasons_and_nothing_hangs(
    course: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text(ONE)
    (course / "link.py").symlink_to(secret)
    (course / "loop").symlink_to(course)
    os.mkfifo(course / "fifo.py")
    (course / "empty.py").write_text(" \n\n")
    (course / "binary.py").write_bytes(b"\x7fELF\0\0" * 100)
    (course / "huge.py").write_bytes(b"x = 1\n" * 200_000)
    (course / "only_comments.py").write_text("# nothing\n")
    (course / "picture.png").write_bytes(b"\x89PNG")
    (course / "no_utf8.py").write_bytes(ONE.encode() + b"# \xff\xfe\xe4\n")
    (course / "minified.js").write_text("var a=1;" * 10_000)
    (course / "deep.py").write_text("f(" * 20_000)
    (course / "bad\nname.py").write_text(ONE)
    inside = course / "folder"
    inside.mkdir()
    (inside / "link.py").symlink_to("/etc/passwd")
    os.mkfifo(inside / "pipe.py")
    (inside / "real.py").write_text(ONE)
    started = time.monotonic()
    code, out, _ = run(course, "--all-pairs", "--json")
    assert time.monotonic() - started < 120
    assert code == 0
    data = json.loads(out)
    skipped = {s["name"]: s["reason"] for s in data["skipped"]}
    assert "symbolic link" in skipped["link.py"]
    assert "symbolic link" in skipped["folder/link.py"]
    assert "regular file" in skipped["fifo.py"]
    assert "regular file" in skipped["folder/pipe.py"]
    assert "empty" in skipped["empty.py"]
    assert "binary" in skipped["binary.py"]
    assert "limit of 512K" in skipped["huge.py"]
    assert "no statements" in skipped["only_comments.py"]
    assert "nested" in skipped["deep.py"]
    assert {"loop", "picture.png"} <= set(skipped)
    names = {p["a"] for p in data["pairs"]} | {p["b"] for p in data["pairs"]}
    handed_in = {"anna.py", "ben.py", "cleo.py", "deep.py", "group", "no_utf8.py", "folder"}
    assert names == handed_in | {"bad\ufffdname.py"}


def test_results_are_the_same_in_every_process(course: Path) -> None:
    program = (
        "import sys, typer\nfrom carrel.cli import similarity\napp = typer.Typer()\n"
        "app.callback()(lambda: None)\nsimilarity.register(app)\napp()\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, "similarity", str(course), "--json", "--all-pairs"],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
