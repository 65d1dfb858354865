"""The documented exercise format is the one that is read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from carrel.exercises.kinds import KINDS
from carrel.exercises.loading import load_exercise
from carrel.exercises.schema import ExerciseTable, LimitsTable, SolutionTable
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language

pytestmark = pytest.mark.quick

PAGE = (Path(__file__).parents[2] / "docs/reference/exercise-format.md").read_text()
EXAMPLE = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_on_the_page_loads(tmp_path: Path) -> None:
    assert EXAMPLE is not None
    (tmp_path / "exercise.toml").write_text(EXAMPLE[1])
    data = tomllib.loads(EXAMPLE[1])
    files = [data["statement"], *data["starter"].values(), "tests/large.in", "tests/large.out"]
    files += [solution["file"] for solution in data["solutions"]]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    loaded = load_exercise(tmp_path)
    assert loaded.points == 3
    assert loaded.limits[Language.JAVA].cpu_ms == 2000
    assert loaded.solutions[1].verdict is Verdict.WRONG_ANSWER


@pytest.mark.parametrize("table", [ExerciseTable, LimitsTable, *KINDS.values(), SolutionTable])
def test_every_field_is_on_the_page(table: type[ExerciseTable]) -> None:
    for name in table.model_fields:
        assert f"`{name}`" in PAGE or f"[{name}]" in PAGE, name


def test_every_verdict_that_can_be_expected_is_on_the_page() -> None:
    for verdict in set(Verdict) - {Verdict.PLATFORM_FAULT}:
        assert f"`{verdict}`" in PAGE
    for language in Language:
        assert f"`{language}`" in PAGE
