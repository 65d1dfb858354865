"""Imported packages are judged for real: every submission comes out as its package says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.admission.admission import Admission
from carrel.cli.import_ import time_limit
from carrel.cli.main import main
from carrel.exercises.loading import load_exercise
from carrel.facade import portal
from carrel.grading.rehearsal import Rehearsal, rehearse
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language

pytestmark = pytest.mark.usefixtures("nothing_left")

Unpack = Callable[[str], Path]


@pytest.mark.parametrize(("name", "solutions"), [("sums", 6), ("parts", 4), ("higher", 4)])
def test_submissions_come_out_as_the_package_says(
    kattis_package: Unpack,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    solutions: int,
) -> None:
    made = tmp_path / "made"
    given = ["import", "kattis", str(kattis_package(name)), "--into", str(made), "--measure"]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert f"{solutions} solutions" in said
    assert bool(re.search(r"Time limit: \d+ s", said)) is (name == "sums")
    assert main(["exercise", "check", str(made), "--repeat", "1", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out).values()
    assert [one for one in found if one["severity"] == "error"] == []


def test_points_of_groups_that_require_others(
    kattis_package: Unpack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made"
    assert main(["import", "kattis", str(kattis_package("newer")), "--into", str(made)]) == 0
    capsys.readouterr()
    exercise = load_exercise(made)

    async def run(admission: Admission) -> list[Rehearsal]:
        return await rehearse(admission, [exercise])

    results = {Path(r.solution.file).stem: r for r in portal.run_admitted(run)}
    assert [r.message for r in results.values() if not r.as_expected] == []
    assert {name: r.points for name, r in results.items()} == {"same": 100, "five": 70, "none": 0}
    five = [(test.verdict, test.share) for test in results["five"].tests]
    assert five[3:] == [(Verdict.PARTIAL, 0.5)] * 2


def test_an_expectation_that_is_not_met_is_an_error(
    kattis_package: Unpack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = kattis_package("parts")
    wrong = package / "submissions/wrong_answer/largest.py"
    wrong.write_text("input()\nprint(min(float(word) for word in input().split()))\n")
    made = tmp_path / "made"
    assert main(["import", "kattis", str(package), "--into", str(made)]) == 0
    capsys.readouterr()
    assert main(["exercise", "check", str(made), "--repeat", "1"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "largest.py came out as accepted" in said
    assert "a test wrong answer" in said


def test_a_package_that_cannot_be_imported_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package").mkdir()
    given = ["import", "kattis", str(tmp_path / "package"), "--into", str(tmp_path / "made")]
    assert main(given) == 2
    assert "give a folder or zip with a problem.yaml" in capsys.readouterr().err
    assert main(["import", "tetris", str(tmp_path)]) == 2
    assert main(["import", "kattis", str(tmp_path / "nowhere")]) == 2
    assert not (tmp_path / "made").exists()


def test_a_time_limit_is_a_multiple_of_the_step() -> None:
    assert time_limit(0, 5, 1) == 1
    assert time_limit(200, 5, 1) == 1
    assert time_limit(201, 5, 1) == 2
    assert time_limit(333, 2, 0.1) == 0.7
    assert time_limit(59_000, 20, 1) == 600


def test_limits_of_the_package_hold(kattis_package: Unpack, tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert main(["import", "kattis", str(kattis_package("higher")), "--into", str(made)]) == 0
    limits = load_exercise(made).limits[Language.CPP]
    assert (limits.cpu_ms, limits.memory_bytes) == (2000, 256 << 20)
