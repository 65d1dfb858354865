"""Checkers and interactors of the teacher's, in a sandbox of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.judge import teacher
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.interactive import InteractiveTest
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.opinion import Convention, Examiner
from carrel.judge.plan import Submission
from carrel.judge.teacher import TeacherProgram
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.namespaces]

LIMITS = RunLimits(cpu_ms=20_000, wall_ms=5000, memory_bytes=64 * MIB)
VALIDATOR = """
import sys
given, answer, folder = sys.argv[1:4]
wanted, said = open(answer).read().split(), sys.stdin.read().split()
open(folder + "judgemessage.txt", "w").write("wanted " + " ".join(wanted))
open(folder + "teammessage.txt", "w").write(f"{len(said)} words")
if sys.argv[4:] == ["score"]:
    open(folder + "score.txt", "w").write("30")
sys.exit(42 if said == wanted else 43)
"""


def examiner(
    source: str,
    convention: Convention = Convention.TESTLIB,
    language: Language = Language.PYTHON,
    arguments: tuple[str, ...] = (),
    full: float = 1.0,
) -> Examiner:
    program = TeacherProgram("check.py", language, source.encode())
    return Examiner(program, convention, arguments, full)


def judged(source: str, tests: Sequence[JudgeTest]) -> SubmissionVerdict:
    async def work(pool: SandboxPool) -> SubmissionVerdict:
        return await judge(pool, Job(Submission(Language.PYTHON, source.encode()), tests, LIMITS))

    return portal.run(work)


def test_a_validator_of_the_kattis_convention() -> None:
    checker = examiner(VALIDATOR, Convention.KATTIS)
    partial = examiner(VALIDATOR, Convention.KATTIS, arguments=("score",), full=100)
    result = judged(
        "print('1 2')",
        [
            StdioTest(b"", b"1 2", checker),
            StdioTest(b"", b"2 1", checker),
            StdioTest(b"", b"1\n2\n", partial),
        ],
    )
    assert [test.verdict for test in result.tests] == [
        Verdict.ACCEPTED,
        Verdict.WRONG_ANSWER,
        Verdict.PARTIAL,
    ]
    assert result.tests[1].reason == "2 words"
    assert result.tests[1].note == "wanted 2 1"
    assert result.tests[2].score == 0.3


def test_a_checker_sees_any_output_and_the_student_never_sees_the_checker() -> None:
    checker = examiner("import sys\nsys.exit(open(sys.argv[2], 'rb').read() != b'\\xff\\x00')")
    spy = (
        "import os, sys\n"
        "tops = ('/app', '/data', '/work', '/tmp')\n"
        "seen = [name for top in tops for _, _, names in os.walk(top) for name in names]\n"
        "sys.stderr.write(str(seen))\n"
        "os.write(1, bytes([255, 0]))\n"
    )
    result = judged(spy, [StdioTest(b"secret", b"answer", checker)] * 2)
    assert result.verdict is Verdict.ACCEPTED
    assert {test.stderr.text() for test in result.tests} == {"['solution.py']"}


@pytest.mark.parametrize(
    ("source", "language", "words"),
    [
        ("raise SystemExit(5)", Language.PYTHON, "exit code 5"),
        ("while True: pass", Language.PYTHON, "computed"),
        ("int main() { return undefined; }", Language.CPP, "does not compile"),
    ],
)
def test_a_checker_that_fails_is_the_exercises_fault(
    monkeypatch: pytest.MonkeyPatch, source: str, language: Language, words: str
) -> None:
    short = replace(teacher.LIMITS, cpu_ms=1000)  # it is run twice, and what it has is long
    monkeypatch.setattr(teacher, "LIMITS", short)
    with pytest.raises(ExerciseFaultError, match=r"check\.py") as caught:
        judged("print(1)", [StdioTest(b"", b"", examiner(source, language=language))])
    assert words in str(caught.value)


def test_an_output_that_breaks_the_checker_is_a_wrong_answer() -> None:
    careless = examiner(
        "import sys\nwords = open(sys.argv[2]).read().split()\n"
        "data = [bytearray(1 << 20) for _ in words]\n"
        "sys.exit(words != open(sys.argv[3]).read().split())"
    )
    talks = examiner("import sys\nraise SystemExit(1 + 4 * len(sys.stdin.read().split()))")
    result = judged("print('x ' * 2000)", [StdioTest(b"", b"x", careless), InteractiveTest(talks)])
    assert [test.verdict for test in result.tests] == [Verdict.WRONG_ANSWER] * 2
    assert "check.py" in result.tests[0].note
    assert "check.py" not in result.tests[0].reason


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)"])
def test_the_interactors_word_stands_though_the_program_ends_first(end: str) -> None:
    says_no = examiner(
        "import sys, time\nprint('no', flush=True)\nend = time.process_time() + 0.2\n"
        "while time.process_time() < end: pass\nsys.exit(1)"
    )
    result = judged(f"input()\n{end}", [InteractiveTest(says_no)])
    assert result.verdict is Verdict.WRONG_ANSWER


def test_a_program_that_fails_while_the_interactor_waits_for_it_has_failed() -> None:
    waits = examiner("import sys\nsys.stdin.read()\nsys.exit(1)")
    result = judged("raise SystemExit(3)", [InteractiveTest(waits)])
    assert result.verdict is Verdict.RUNTIME_ERROR


@pytest.mark.parametrize("word", ["0", "print('points 0.5', file=sys.stderr) or 7"])
def test_a_program_that_fails_after_a_good_answer_has_not_passed(word: str) -> None:
    content = examiner(f"import sys\ninput()\nprint('right', flush=True)\nsys.exit({word})")
    result = judged(
        "print(1, flush=True)\ninput()\nraise SystemExit(3)", [InteractiveTest(content)]
    )
    assert result.verdict is Verdict.RUNTIME_ERROR


def test_each_conversation_starts_anew() -> None:
    counting = examiner(
        "import os, sys\nopen('seen', 'x').close()\nopen(sys.argv[2], 'w').write('x')\n"
        "sys.exit(os.listdir('..').count('seen'))"
    )
    result = judged("pass", [InteractiveTest(counting, b"1"), InteractiveTest(counting, b"2")])
    assert result.verdict is Verdict.ACCEPTED
