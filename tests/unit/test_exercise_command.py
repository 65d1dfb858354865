"""`carrel exercise`, as far as it starts no sandbox, and what its check says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from carrel.cli.main import main
from carrel.exercises.blank import LANGUAGES
from carrel.exercises.kinds.types import TestTable
from carrel.exercises.loading import load_exercise
from carrel.exercises.schema import json_schema
from carrel.exercises.types import Exercise, ExerciseTest, Solution
from carrel.grading.checkup import Severity, findings
from carrel.grading.rehearsal import Rehearsal
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits

pytestmark = pytest.mark.quick

SCHEMA = Path(__file__).parents[2] / "docs/reference/exercise.schema.json"
GOOD, BAD = (
    Solution("good.py", Language.PYTHON, b""),
    Solution("bad.py", Language.PYTHON, b"", Verdict.WRONG_ANSWER, points=1),
)


def test_the_published_schema_is_the_one_in_use() -> None:
    assert json.loads(SCHEMA.read_text()) == json_schema(), (
        "carrel exercise schema >docs/reference/exercise.schema.json"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_exercise_is_complete(
    tmp_path: Path, language: Language, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "My first_one"
    title = 'A "quoted" \\ title'
    assert main(["exercise", "new", str(folder), "--title", title, "--language", language]) == 0
    assert "carrel exercise check" in capsys.readouterr().out
    loaded = load_exercise(folder)
    assert (loaded.id, loaded.title, loaded.languages) == ("my-first-one", title, (language,))
    assert len(loaded.solutions) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "{}"], "it is there already"),
        (["new", "{}/x", "--language", "cobol"], "language='cobol'"),
        (["new", "{}/---"], "give a name with a letter"),
        (["show", "{}"], "exercise.toml cannot be read"),
    ],
)
def test_wrong_usage_is_named(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exercise", *(part.format(tmp_path) for part in arguments)]) == 2
    assert words in capsys.readouterr().err


def test_a_student_is_shown_no_hidden_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["exercise", "new", str(tmp_path / "sum")])
    for extra in ([], ["--json"]):
        main(["exercise", "show", str(tmp_path / "sum"), "--student", *extra])
        said = capsys.readouterr().out
        assert "two numbers" in said
        for secret in ("negative numbers", "-3 5", "difference", "turn it into"):
            assert secret not in said
    main(["exercise", "show", str(tmp_path / "sum")])
    assert "negative numbers" in capsys.readouterr().out


def exercise(*solutions: Solution, tests: int = 2) -> Exercise:
    return Exercise(
        id="x",
        title="X",
        statement="",
        languages=(Language.PYTHON,),
        tests=tuple(ExerciseTest(f"t{n}", StdioTest(b"", b"")) for n in range(1, tests + 1)),
        limits={Language.PYTHON: RunLimits(cpu_ms=1000, wall_ms=1000)},
        solutions=solutions,
    )


def run(loaded: Exercise, **outcomes: Sequence[TestVerdict]) -> list[Rehearsal]:
    results = []
    for solution in loaded.solutions:
        tests = tuple(outcomes[solution.file.removesuffix(".py")])
        verdict = next((t.verdict for t in tests if not t.passed), Verdict.ACCEPTED)
        points = sum(test.passed for test in tests)
        results.append(Rehearsal(loaded, solution, verdict, points, 0.1, "", tests))
    return results


RIGHT, WRONG = TestVerdict(Verdict.ACCEPTED, cpu_ms=10), TestVerdict(Verdict.WRONG_ANSWER)


def texts(loaded: Exercise, runs: list[list[Rehearsal]]) -> list[str]:
    return [f"{found.severity}: {found.text}" for found in findings(loaded, runs)]


def test_an_exercise_whose_solutions_come_out_as_expected_is_ready() -> None:
    loaded = exercise(GOOD, BAD)
    bad = exercise(GOOD, BAD, Solution("other.py", Language.PYTHON, b"", Verdict.WRONG_ANSWER))
    assert texts(bad, [run(bad, good=[RIGHT] * 2, bad=[RIGHT, WRONG], other=[WRONG, RIGHT])]) == []
    assert texts(loaded, [run(loaded, good=[RIGHT] * 2, bad=[RIGHT, WRONG])]) == [
        "warning: no wrong solution fails test 't1'"
    ]


def test_what_is_wrong_with_an_exercise_is_named() -> None:
    loaded = exercise(GOOD, BAD)
    first = run(loaded, good=[RIGHT, WRONG], bad=[WRONG, WRONG])
    second = run(loaded, good=[RIGHT, RIGHT], bad=[WRONG, WRONG])
    assert texts(loaded, [first, second]) == [
        "error: good.py came out as wrong answer with 1 of 2 points; expected is accepted",
        (
            "error: bad.py came out as wrong answer with 0 of 2 points; "
            "expected is wrong answer with 1 points"
        ),
        "error: test 't2' changes between runs for good.py: accepted and wrong answer",
    ]


def test_missing_solutions_and_tight_limits_are_named() -> None:
    alone = exercise(BAD)
    assert findings(alone, [run(alone, bad=[RIGHT, WRONG])])[0].severity is Severity.ERROR
    slow = TestVerdict(Verdict.ACCEPTED, cpu_ms=600)
    loaded = exercise(GOOD)
    said = "\n".join(texts(loaded, [run(loaded, good=[slow, RIGHT])]))
    assert "good.py needs 600 ms of the 1000 ms" in said
    assert "no wrong solution that compiles" in said


def test_every_kind_of_test_has_the_common_fields() -> None:
    assert {"name", "points", "hidden", "group", "feedback"} <= set(TestTable.model_fields)
