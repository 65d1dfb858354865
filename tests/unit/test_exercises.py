from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB
from carrel.exercises.errors import ExerciseError
from carrel.exercises.loading import find_exercises, load_exercise
from carrel.judge.checkers.text import Exact
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.verdict import Verdict
from carrel.languages.registry import GENERAL, Language

pytestmark = pytest.mark.quick

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALLEST = """\
id = "one"
title = "One"
[[tests]]
expected = "1"
"""


def exercise(folder: Path, toml: str, **files: str) -> Path:
    (folder / "exercise.toml").write_text(toml)
    (folder / "statement.md").write_text("Print 1.\n")
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def problems(folder: Path) -> str:
    with pytest.raises(ExerciseError) as caught:
        load_exercise(folder)
    return "\n".join(caught.value.problems)


def test_the_smallest_exercise_takes_every_language_with_default_limits(tmp_path: Path) -> None:
    loaded = load_exercise(exercise(tmp_path, SMALLEST))
    assert loaded.languages == GENERAL
    assert set(Language) - set(GENERAL) == {Language.SQL}
    assert loaded.limits[Language.C].cpu_ms == 2000
    assert loaded.limits[Language.C].wall_ms == 6000
    assert loaded.limits[Language.C].memory_bytes == 256 * MIB
    (test,) = loaded.tests
    assert (test.name, test.judge, test.points) == ("test 1", StdioTest(b"", b"1"), 1)


def test_a_languages_limits_replace_the_general_ones_only_where_given(tmp_path: Path) -> None:
    toml = SMALLEST.replace(
        "[[tests]]",
        'checker = "exact"\n[limits]\ntime = 1.5\nmemory = "64M"\n'
        "[limits.java]\ntime = 4\n[[tests]]",
    )
    loaded = load_exercise(exercise(tmp_path, toml))
    assert loaded.limits[Language.JAVA].cpu_ms == 4000
    assert loaded.limits[Language.JAVA].memory_bytes == 64 * MIB
    assert loaded.limits[Language.PYTHON].cpu_ms == 1500
    assert [test.judge for test in loaded.tests] == [StdioTest(b"", b"1", Exact())]


def test_tests_may_be_files_in_natural_order(tmp_path: Path) -> None:
    files = {f"tests__{n}_DOT_{end}": f"{n}{end}" for n in (10, 2, 1) for end in ("in", "out")}
    loaded = load_exercise(exercise(tmp_path, 'id = "x"\ntitle = "X"\n', **files))
    assert [test.name for test in loaded.tests] == ["1", "2", "10"]
    assert loaded.tests[2].judge.shown == (b"10in", b"10out")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"one"', '"One Exercise"', "id = 'One Exercise'"),
        ('title = "One"', 'titel = "One"', "titel is not known; did you mean `title`?"),
        ('title = "One"', "", "title is missing"),
        ("[[tests]]", "[limits]\ntime = -1\n[[tests]]", "limits.time = -1"),
        ("[[tests]]", "[limits]\ntime = nan\n[[tests]]", "limits.time = nan"),
        ("[[tests]]", '[limits]\nmemory = "12X"\n[[tests]]', "limits.memory = '12X'"),
        ("[[tests]]", "[limits.java]\ntmie = 1\n[[tests]]", "limits.java.tmie is not known; did"),
        ("[[tests]]", 'languages = ["cobol"]\n[[tests]]', "give one of python"),
        ("[[tests]]", 'checker = "fuzzy"\n[[tests]]', "checker = 'fuzzy'"),
        ("[[tests]]", "[[tests]]\npoints = -1", "tests[1].points = -1"),
        (
            "[[tests]]",
            "[[tests]]\npionts = 1",
            "pionts is not known; did you mean `points`",
        ),
        ("[[tests]]", '[[tests]]\nfile = "a"', "either `input` and `expected`, or `file`"),
        ('expected = "1"', 'input = "1"', "give `expected` beside `input`"),
        ('expected = "1"', 'file = "gone"', "tests/gone.in"),
        ('expected = "1"', 'file = "../../etc/x"', "leads out of the exercise folder"),
        ("[[tests]]", 'statement = "/etc/passwd"\n[[tests]]', "leads out of the exercise folder"),
        ('[[tests]]\nexpected = "1"', "tests = []", "tests is empty"),
        ("[[tests]]", '[[solutions]]\nfile = "x.rb"\n[[tests]]', "has no known extension"),
        ("[[tests]]", '[[solutions]]\nfile = "x.c"\nverdict = "ok"\n[[tests]]', "verdict = 'ok'"),
        ('id = "one"', "id = ", "is not TOML"),
        ('id = "one"', "id = " + "[" * 5000 + "]" * 5000, "is nested too deeply"),
        (
            'expected = "1"',
            'expected = "1"\nname = "n"\n[[tests]]\nname = "n"\nexpected = ""',
            "tests[2].name = 'n' is used twice",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_field_and_value(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in SMALLEST
    text = problems(exercise(tmp_path, SMALLEST.replace(old, new)))
    assert "exercise.toml" in text
    assert words in text


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    toml = 'id = "A"\nwhat = 1\n[[tests]]\nexpected = 1\n'
    assert len(problems(exercise(tmp_path, toml)).splitlines()) == 4


def test_nothing_is_read_through_a_symlink(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    folder = tmp_path / "exercise"
    folder.mkdir()
    exercise(folder, SMALLEST)
    (folder / "statement.md").unlink()
    (folder / "statement.md").symlink_to(secret)
    assert "is a symlink" in problems(folder)
    (folder / "statement.md").unlink()
    (folder / "statement.md").write_text("")
    (folder / "tests").symlink_to(tmp_path, target_is_directory=True)
    exercise(folder, 'id = "x"\ntitle = "X"\n')
    assert "is a symlink" in problems(folder)


def test_a_fifo_does_not_hang_and_a_huge_file_is_refused(tmp_path: Path) -> None:
    exercise(tmp_path, SMALLEST)
    (tmp_path / "statement.md").unlink()
    os.mkfifo(tmp_path / "statement.md")
    assert "is not a regular file" in problems(tmp_path)
    (tmp_path / "statement.md").unlink()
    with (tmp_path / "statement.md").open("wb") as file:
        file.truncate(100 * MIB)
    assert "is too large (100M" in problems(tmp_path)


def test_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="cannot be read"):
        load_exercise(tmp_path / "nowhere")


def test_a_hidden_tests_data_is_not_in_its_repr(tmp_path: Path) -> None:
    toml = SMALLEST + 'input = "s3cret"\nhidden = true\n'
    assert "s3cret" not in repr(load_exercise(exercise(tmp_path, toml)).tests)


@given(st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_an_exercise_or_a_named_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "exercise.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ExerciseError):
        load_exercise(tmp_path)


def test_every_example_has_a_right_solution_in_each_of_its_languages_and_wrong_ones() -> None:
    exercises = [load_exercise(folder) for folder in find_exercises(EXAMPLES)]
    assert len(exercises) >= 3
    for loaded in exercises:
        right = {s.language for s in loaded.solutions if s.verdict is Verdict.ACCEPTED}
        assert right == set(loaded.languages), loaded.id
        assert len({s.verdict for s in loaded.solutions}) > 1, loaded.id
    shown = {s.verdict for loaded in exercises for s in loaded.solutions}
    assert shown == set(Verdict) - {Verdict.PLATFORM_FAULT}
