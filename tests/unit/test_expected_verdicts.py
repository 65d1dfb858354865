"""What is expected of a solution, groups that require others, and parts of all points."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.exercises.errors import ExerciseError
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import ExerciseTest, Group, Solution
from carrel.grading.grade import grade
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.opinion import Convention, Examiner
from carrel.judge.plan import Submission, make_plan
from carrel.judge.teacher import TeacherProgram
from carrel.judge.verdict import SubmissionVerdict, TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Ended, Execution

pytestmark = pytest.mark.quick

AC, WA, TLE = Verdict.ACCEPTED, Verdict.WRONG_ANSWER, Verdict.TIME_LIMIT
HEAD = 'id = "x"\ntitle = "X"\n[[tests]]\nexpected = "1"\ngroup = "a"\n'


def solution(
    verdict: Verdict | None = None,
    permitted: tuple[Verdict, ...] = (),
    required: tuple[Verdict, ...] = (),
    points: float | tuple[float, float] | None = None,
) -> Solution:
    return Solution("a.py", Language.PYTHON, b"", verdict, points, permitted, required)


@pytest.mark.parametrize(
    ("expected", "tests", "met"),
    [
        (solution(AC), [AC, AC], True),
        (solution(WA), [AC, WA, TLE], True),
        (solution(TLE), [AC, WA, TLE], False),
        (solution(None, (AC, WA, TLE), (TLE,)), [AC, WA, TLE], True),
        (solution(None, (AC, TLE), (TLE,)), [AC, WA, TLE], False),
        (solution(None, (AC, WA), (WA,)), [AC, AC], False),
        (solution(None, (), (WA, TLE)), [AC, TLE], True),
        (solution(None, (), (WA,), (5, 7)), [WA], True),
        (solution(None, (), (WA,), (6, 7)), [WA], False),
        (solution(WA, points=5), [WA], True),
        (solution(WA, points=4), [WA], False),
        (solution(None, (), ()), [Verdict.PLATFORM_FAULT], False),
    ],
)
def test_a_solution_comes_out_as_expected_or_not(
    expected: Solution, tests: list[Verdict], *, met: bool
) -> None:
    verdict = next((one for one in tests if one is not AC), AC)
    assert expected.is_met(verdict, tests, 5) is met


def test_what_is_expected_is_said_in_words() -> None:
    assert solution(TLE).expected == "time limit exceeded"
    assert solution(None, (AC, WA), (WA,)).expected == (
        "every test accepted or wrong answer, a test wrong answer"
    )
    assert solution(None, (AC, Verdict.PARTIAL)).is_right
    assert not solution(None, (AC, WA)).is_right


def test_a_group_counts_only_with_those_it_requires() -> None:
    tests = [ExerciseTest(f"t{n}", StdioTest(b"", b""), 5, group=g) for n, g in enumerate("abc")]
    groups = [Group("a"), Group("b", requires=("a",)), Group("c", requires=("a", "b"))]
    for verdicts, earned in (
        ((AC, AC, AC), 15),
        ((AC, WA, AC), 5),
        ((WA, AC, AC), 0),
        ((AC, AC, WA), 10),
    ):
        outcome = SubmissionVerdict(tuple(map(TestVerdict, verdicts)))
        assert grade(tests, outcome, groups).earned == earned


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[[groups]]\nname = "a"\nrequires = ["b"]\n', "groups[1].requires = 'b'"),
        ('[[groups]]\nname = "a"\nrequires = ["a"]\n', "groups[1].requires = 'a'"),
        (
            (
                '[[groups]]\nname = "a"\n[[solutions]]\nfile = "a.py"\nverdict = "accepted"\n'
                'required = ["accepted"]\n'
            ),
            "give either `verdict`",
        ),
        (
            '[[groups]]\nname = "a"\n[[solutions]]\nfile = "a.py"\npoints = [1]\n',
            "solutions[1].points",
        ),
        ('[[groups]]\nname = "a"\n[[solutions]]\nfile = "a.py"\nfiles = ["../b"]\n', "'../b'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "exercise.toml").write_text(HEAD + toml)
    (tmp_path / "statement.md").write_text("x")
    (tmp_path / "a.py").write_text("print(1)")
    with pytest.raises(ExerciseError) as caught:
        load_exercise(tmp_path)
    assert said in str(caught.value)


def test_the_files_of_a_solution_lie_beside_it(tmp_path: Path) -> None:
    for name in ("s/main.cpp", "s/more/b.h", "s/b.cpp", "c.h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "statement.md").write_text("x")
    files = 'files = ["s/more/b.h", "s/b.cpp", "c.h"]'
    toml = f'[[groups]]\nname = "a"\n[[solutions]]\nfile = "s/main.cpp"\n{files}\n'
    (tmp_path / "exercise.toml").write_text(HEAD + toml)
    [found] = load_exercise(tmp_path).solutions
    assert set(found.files) == {"more/b.h", "b.cpp", "c.h"}
    plan = make_plan(Submission(found.language, found.source, found.files), RunLimits(wall_ms=1000))
    [step] = plan.steps
    assert step.program is not None
    assert step.program.argv[-2:] == ("solution.cpp", "b.cpp")


@pytest.mark.parametrize(("said", "share"), [(b"0.25\n", 0.25), (b"1", 1.0), (b"0", 0.0)])
def test_a_validator_gives_a_part_of_all_points(said: bytes, share: float) -> None:
    program = TeacherProgram("check.py", Language.PYTHON, b"")
    execution = Execution(
        ended=Ended.EXITED,
        exit_code=42,
        signal=None,
        stdout=b"",
        stderr=b"",
        stdout_truncated=False,
        stderr_truncated=False,
        cpu_ms=1,
        wall_ms=1,
        memory_bytes=1,
    )
    examiner = Examiner(program, Convention.KATTIS, full=40)
    opinion = examiner.understand(execution, {"score_multiplier.txt": said})
    assert opinion.share == share
    assert opinion.verdict is (Verdict.ACCEPTED if share == 1 else Verdict.PARTIAL)
