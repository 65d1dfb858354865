"""Groups, hints, data files and the version of an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from carrel.exercises.errors import ExerciseError
from carrel.exercises.jobs import job_for
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import ExerciseTest, Group, Hint, Scoring
from carrel.grading.grade import Grade, grade
from carrel.grading.hints import unlocked
from carrel.grading.student import disclosure_of, student_view
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import DATA, Submission
from carrel.judge.verdict import SubmissionVerdict, TestVerdict, Verdict
from carrel.languages.registry import Language

pytestmark = pytest.mark.quick

RIGHT, WRONG = TestVerdict(Verdict.ACCEPTED), TestVerdict(Verdict.WRONG_ANSWER)
HALF = TestVerdict(Verdict.PARTIAL, share=0.5)
TOML = """\
id = "grouped"
title = "Grouped"
data = ["files/words.txt"]
hints = ["Read the statement.", { text = "Think of zero.", after_attempts = 1, below_score = 50 }]

[metadata]
tags = ["loops"]
difficulty = "easy"

[[groups]]
name = "basics"
scoring = "all-or-nothing"

[[groups]]
name = "rest"
points = 10
scoring = "minimum"

[[tests]]
expected = "1"
group = "basics"

[[tests]]
expected = "2"
points = 2
group = "basics"

[[tests]]
expected = "3"
group = "rest"
hidden = true
feedback = { failed = "Think of an empty list." }

[[tests]]
expected = "4"
points = 5
"""


def folder(tmp_path: Path, toml: str = TOML, statement: str = "Do it.") -> Path:
    (tmp_path / "exercise.toml").write_text(toml)
    (tmp_path / "statement.md").write_text(statement)
    (tmp_path / "files").mkdir(exist_ok=True)
    (tmp_path / "files/words.txt").write_text("a b c")
    return tmp_path


def graded(scoring: Scoring, points: int | None, outcomes: Sequence[TestVerdict]) -> Grade:
    tests = [
        ExerciseTest(f"t{n}", StdioTest(b"", b""), points=n, group="g")
        for n, _ in enumerate(outcomes, 1)
    ]
    return grade(tests, SubmissionVerdict(tuple(outcomes)), [Group("g", scoring, points)])


@pytest.mark.parametrize(
    ("scoring", "points", "outcomes", "earned"),
    [
        (Scoring.SUM, None, [RIGHT, WRONG, HALF], 2.5),
        (Scoring.SUM, 60, [RIGHT, WRONG, HALF], 25),
        (Scoring.ALL_OR_NOTHING, None, [RIGHT, RIGHT, HALF], 0),
        (Scoring.ALL_OR_NOTHING, 60, [RIGHT, RIGHT, RIGHT], 60),
        (Scoring.MINIMUM, 60, [RIGHT, RIGHT, HALF], 30),
        (Scoring.MINIMUM, None, [RIGHT, WRONG, HALF], 0),
    ],
)
def test_a_group_earns_by_its_scoring(
    scoring: Scoring, points: int | None, outcomes: list[TestVerdict], earned: float
) -> None:
    result = graded(scoring, points, outcomes)
    assert (result.earned, result.total) == (earned, points or 6)


def loose(points: int, *outcomes: TestVerdict) -> Grade:
    tests = [ExerciseTest(f"t{n}", StdioTest(b"", b""), points) for n, _ in enumerate(outcomes)]
    return grade(tests, SubmissionVerdict(tuple(outcomes)))


def test_points_are_rounded_once_and_never_up_to_all_of_them() -> None:
    third, nearly = (TestVerdict(Verdict.PARTIAL, share=share) for share in (1 / 3, 0.9999))
    assert loose(1, third, third, third).earned == 1
    assert loose(1, third).earned == 0.33
    assert loose(1, nearly).earned == 0.99
    assert loose(1, nearly).tests[0].earned == 0.99
    assert loose(10, *[TestVerdict(Verdict.ACCEPTED)] * 3).earned == 30


def test_what_requires_a_group_that_failed_earns_nothing_through_others_too() -> None:
    tests = [ExerciseTest(name, StdioTest(b"", b""), group=name) for name in "abc"]
    groups = [Group("c", requires=("b",)), Group("b", requires=("a",)), Group("a")]
    assert grade(tests, SubmissionVerdict((WRONG, RIGHT, RIGHT)), groups).earned == 0
    assert grade(tests, SubmissionVerdict((RIGHT, WRONG, RIGHT)), groups).earned == 1


def test_a_grouped_exercise_is_loaded_and_counted(tmp_path: Path) -> None:
    loaded = load_exercise(folder(tmp_path))
    assert loaded.points == 3 + 10 + 5
    assert loaded.metadata.tags == ("loops",)
    outcome = SubmissionVerdict((RIGHT, RIGHT, WRONG, RIGHT))
    result = grade(loaded.tests, outcome, loaded.groups)
    assert (result.earned, result.total) == (8, 18)
    view = student_view(result, None, disclosure_of(loaded))
    assert [(part.name, part.earned, part.total) for part in view.groups] == [
        ("basics", 3, 3),
        ("rest", 0, 10),
    ]
    hidden = view.tests[2]
    assert (hidden.name, hidden.text) == ("hidden test 1", "Think of an empty list.")


def test_hints_are_unlocked_by_their_rules(tmp_path: Path) -> None:
    hints = load_exercise(folder(tmp_path)).hints
    assert unlocked(hints, 0, 0) == []
    assert unlocked(hints, 1, 40) == ["Read the statement.", "Think of zero."]
    assert unlocked(hints, 1, 50) == ["Read the statement."]
    assert unlocked([Hint("always")], 0, 99) == ["always"]


def test_data_files_go_to_where_programs_find_them(tmp_path: Path) -> None:
    loaded = load_exercise(folder(tmp_path))
    assert loaded.data == {"words.txt": b"a b c"}
    job = job_for(loaded, Submission(Language.PYTHON, b""))
    assert (DATA, job.data) == ("/data", loaded.data)


def test_the_version_changes_with_any_file_and_only_then(tmp_path: Path) -> None:
    first = load_exercise(folder(tmp_path)).version
    assert load_exercise(folder(tmp_path)).version == first
    (tmp_path / "files/words.txt").write_text("a b d")
    assert load_exercise(tmp_path).version != first
    assert load_exercise(folder(tmp_path, TOML + "# more\n")).version != first


def test_what_a_statement_shows_belongs_to_the_exercise(tmp_path: Path) -> None:
    text = "![a graph](files/words.txt) [docs](https://example.org/x) [below](#here)"
    assert load_exercise(folder(tmp_path, statement=text)).assets == {"files/words.txt": b"a b c"}
    with pytest.raises(ExerciseError, match=r"statement = 'gone\.png' cannot be read"):
        load_exercise(folder(tmp_path, statement="![gone](gone.png)"))
    with pytest.raises(ExerciseError, match="leads out of the exercise folder"):
        load_exercise(folder(tmp_path, statement="![out](../secret.png)"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('group = "rest"', 'group = "west"', "tests[3].group = 'west' is not among [[groups]]"),
        ('name = "rest"', 'name = "basics"', "groups[2].name = 'basics' is used twice"),
        ('"minimum"', '"maximum"', "groups[2].scoring = 'maximum'"),
        ('"easy"', '"simple"', "metadata.difficulty = 'simple'"),
        ('["files/words.txt"]', '["files/words.txt", "words.txt"]', "another data file"),
        ("below_score = 50", "below_score = 500", "hints[2]"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ExerciseError) as caught:
        load_exercise(folder(tmp_path, TOML.replace(old, new)))
    assert words in "\n".join(caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("scoring = ", "scorring = ", "groups[1].scorring is not known; did you mean `scoring`?"),
        (
            "after_attempts = 1",
            "after_attempt = 1",
            "hints[2].after_attempt is not known; did you mean `after_attempts`?",
        ),
        ("feedback = { failed", "feedback = { fail", "tests[3].feedback.fail is not known; did"),
        ("difficulty", "dificulty", "metadata.dificulty is not known; did you mean `difficulty`?"),
        ("points = 5", "point = 5", "tests[4].point is not known; did you mean `points`?"),
        (
            'expected = "4"',
            'expected = "4"\nchecker = { program = "c.py", argments = [] }',
            "tests[4].checker.argments is not known; did you mean `arguments`?",
        ),
        (
            'expected = "4"',
            'expected = "4"\nchecker = { kind = "floats", absolut = 1 }',
            "tests[4].checker.absolut is not known; did you mean `absolute`?",
        ),
    ],
)
def test_a_mistyped_field_is_named_with_the_one_that_was_meant(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(ExerciseError) as caught:
        load_exercise(folder(tmp_path, TOML.replace(old, new, 1)))
    assert words in "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 1
