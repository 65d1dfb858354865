"""The judge on real sandboxes: each language, each way to fail."""

from __future__ import annotations

import dataclasses
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from carrel.admission.admission import Admission
from carrel.core.sizes import KIB, MIB
from carrel.exercises.loading import find_exercises, load_exercise
from carrel.exercises.types import Exercise, ExerciseTest
from carrel.facade import portal
from carrel.grading.rehearsal import Rehearsal, rehearse
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.plan import Submission
from carrel.judge.progress import Progress
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

EXAMPLES = Path(__file__).parents[2] / "examples"
LIMITS = RunLimits(
    cpu_ms=20_000, wall_ms=60_000, memory_bytes=128 * MIB, output_bytes=64 * KIB, file_bytes=MIB
)


def judged(
    language: Language, source: str | bytes, *tests: tuple[str, str], limits: RunLimits = LIMITS
) -> SubmissionVerdict:
    data = source.encode() if isinstance(source, str) else source
    pairs = [StdioTest(given.encode(), expected.encode()) for given, expected in tests]
    return portal.run(_judge, Job(Submission(language, data), pairs, limits))


async def _judge(pool: SandboxPool, job: Job) -> SubmissionVerdict:
    return await judge(pool, job)


@pytest.mark.namespaces
@pytest.mark.parametrize("language", list(Language))
def test_every_language_runs_its_smoke_program(language: Language) -> None:
    smoke = SPECS[language].smoke
    result = judged(language, smoke.code, (smoke.stdin, smoke.stdout))
    assert result.verdict is Verdict.ACCEPTED, result
    (test,) = result.tests
    assert test.cpu_ms > 0
    assert test.memory_bytes > 100 * KIB
    assert test.wall_ms >= 1


def test_progress_tells_of_the_compiler_and_of_each_test() -> None:
    right = StdioTest(b"", b"ok\n")
    told: list[Progress] = []

    def steps(language: Language, source: str, *tests: JudgeTest) -> list[tuple[str, int, int]]:
        told.clear()
        job = Job(Submission(language, source.encode()), tests, LIMITS, on_progress=told.append)
        portal.run(_judge, job)
        return [(one.phase.value, one.done, one.total) for one in told]

    program = '#include <stdio.h>\nint main(void) { puts("ok"); }'
    assert steps(Language.C, program, right, right) == [
        ("compiling", 0, 2),
        ("testing", 0, 2),
        ("testing", 1, 2),
        ("testing", 2, 2),
    ]
    assert steps(Language.C, "int main(void) {", right) == [("compiling", 0, 1), ("testing", 1, 1)]
    assert steps(Language.PYTHON, "print('ok')", right) == [("testing", 0, 1), ("testing", 1, 1)]


@pytest.mark.parametrize(
    "language",
    [
        pytest.param(each, marks=[pytest.mark.full] * (each not in (Language.PYTHON, Language.C)))
        for each in Language
    ],
)
def test_a_byte_order_mark_before_a_program_is_no_part_of_it(language: Language) -> None:
    smoke = SPECS[language].smoke
    result = judged(language, BOM_UTF8 + smoke.code.encode(), (smoke.stdin, smoke.stdout))
    assert result.verdict is Verdict.ACCEPTED, result


def _kind(test: ExerciseTest) -> str:
    framework = getattr(test.judge, "framework", "")
    return f"{type(test.judge).__name__} {framework}"


def _parts_of_examples() -> Iterator[ParameterSet]:
    """Yield each example with some of its solutions, and marked as full with the others.

    Some are: its first wrong one, and of the right ones the first in each language that no
    example with the same kinds of tests has had before. The first example of its kinds is for
    namespaces too.
    """
    had: set[tuple[Language, str]] = set()
    for folder in find_exercises(EXAMPLES):
        exercise = load_exercise(folder)
        kinds = " ".join(sorted({_kind(test) for test in exercise.tests}))
        first = all(kinds != others for _, others in had)
        right = [s for s in exercise.solutions if s.is_right]
        wrong = [s for s in exercise.solutions if not s.is_right]
        some = {s.file: s for s in (*right[:1], *wrong[:1])}
        for solution in right:
            if (solution.language, kinds) not in had:
                had.add((solution.language, kinds))
                some[solution.file] = solution
        others = [s for s in exercise.solutions if s.file not in some]
        yield pytest.param(
            dataclasses.replace(exercise, solutions=tuple(some.values())),
            id=folder.name,
            marks=[pytest.mark.namespaces] * first,
        )
        yield pytest.param(
            dataclasses.replace(exercise, solutions=tuple(others)),
            id=f"{folder.name}, the others",
            marks=pytest.mark.full,
        )


@pytest.mark.parametrize("exercise", list(_parts_of_examples()))
def test_the_bundled_examples_come_out_as_they_say(exercise: Exercise) -> None:
    async def run(admission: Admission) -> list[Rehearsal]:
        return await rehearse(admission, [exercise])

    results = portal.run_admitted(run)
    assert [f"{r.solution.file}: {r.message}" for r in results if not r.as_expected] == []


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        (Language.PYTHON, "print('a'\nx = (", "line 1"),
        (Language.PYTHON, "def f():\nprint(1)", "IndentationError"),
        (Language.JAVASCRIPT, "console.log(1;", "solution.js:1"),
        (Language.JAVA, "public class A { int x = y; }", "A.java:1"),
        (Language.JAVA, "", "file of the program is empty"),
        (Language.JAVA, "// later\nimport java.util.*;", "there is no class in this file"),
        (Language.JAVA, "import java.util.", "Main.java:1: error: reached end of file"),
        (Language.CPP, "int main() { return x; }", "solution.cpp:1"),
        (Language.C, "int main(void) { return x; }", "solution.c:1"),
        (Language.C, "int f(void) { return 1; }", "main"),
        (Language.C, "", "file of the program is empty"),
        (Language.C, b"\xff\xfe\x00", "not text: it has a null byte"),
    ],
)
def test_a_compile_error_says_where(language: Language, source: str | bytes, words: str) -> None:
    result = judged(language, source, ("", "1"))
    assert result.verdict is Verdict.COMPILE_ERROR, result
    assert words in (result.compile_message or "")


def test_a_forged_syntax_error_does_not_carry_a_hidden_input_out() -> None:
    forged = (
        "import sys\n"
        "sys.stderr.write('  File \"/app/solution.py\", line 1\\n')\n"
        "sys.stderr.write(input() + '\\nSyntaxError: x')\n"
        "sys.exit(1)\n"
    )
    result = judged(Language.PYTHON, forged, ("s3cret", "1"))
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.compile_message is None


@pytest.mark.namespaces
@pytest.mark.parametrize(
    ("language", "source", "verdict", "words"),
    [
        (Language.C, "int main(void) { return 3; }", Verdict.RUNTIME_ERROR, "exit code 3"),
        (
            Language.C,
            "#include <signal.h>\nint main(void) { raise(SIGFPE); }",
            Verdict.RUNTIME_ERROR,
            "SIGFPE",
        ),
        (Language.PYTHON, "import os\nos.abort()", Verdict.RUNTIME_ERROR, "SIGABRT"),
        (Language.PYTHON, "def f(): f()\nf()", Verdict.RUNTIME_ERROR, "exit code 1"),
        (
            Language.PYTHON,
            "open('big', 'wb').write(bytes(10_000_000))",
            Verdict.RUNTIME_ERROR,
            "",
        ),
        (Language.PYTHON, "x = bytearray(10**12)", Verdict.MEMORY_LIMIT, "128M"),
        (Language.PYTHON, "x = b'x' * 400_000_000", Verdict.MEMORY_LIMIT, "128M"),
        (Language.PYTHON, "while True: pass", Verdict.TIME_LIMIT, "1 s"),
        (Language.PYTHON, "import time\ntime.sleep(60)", Verdict.IDLENESS_LIMIT, "slept"),
        (Language.PYTHON, "while True: print('y' * 99)", Verdict.OUTPUT_LIMIT, "64K"),
        (
            Language.PYTHON,
            "import sys\nwhile True: sys.stderr.write('y' * 99)",
            Verdict.OUTPUT_LIMIT,
            "64K",
        ),
        (
            Language.JAVA,
            "class A { public static void main(String[] a) { main(a); } }",
            Verdict.RUNTIME_ERROR,
            "exit code 1",
        ),
        (Language.JAVA, "public class A { }", Verdict.RUNTIME_ERROR, "exit code 1"),
    ],
)
def test_each_failure_has_its_name(
    language: Language, source: str, verdict: Verdict, words: str
) -> None:
    stopped = verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT)
    limits = dataclasses.replace(LIMITS, cpu_ms=1000, wall_ms=1000) if stopped else LIMITS
    result = judged(language, source, ("", "1"), limits=limits)
    assert result.verdict is verdict, result
    assert words in result.tests[0].reason


def test_after_a_memory_limit_the_remaining_tests_still_run() -> None:
    source = (
        "#include <cstdio>\n#include <cstdlib>\n#include <cstring>\n"
        'int main() { int n; std::scanf("%d", &n);\n'
        "  for (int i = 0; i < n; i++) std::memset(std::malloc(1 << 20), 1, 1 << 20);\n"
        '  std::puts("ok"); }\n'
    )
    tests = (("1", "ok"), ("4000", "ok"), ("2", "ok"))
    result = judged(Language.CPP, source, *tests)
    assert [test.verdict for test in result.tests] == [
        Verdict.ACCEPTED,
        Verdict.MEMORY_LIMIT,
        Verdict.ACCEPTED,
    ]


def test_a_test_finds_nothing_of_the_one_before() -> None:
    source = (
        "import os, pathlib\n"
        "input()\n"
        "found = [p for p in ('note', '/tmp/note', '/dev/shm/note') if os.path.exists(p)]\n"
        "for p in ('note', '/tmp/note', '/dev/shm/note'):\n"
        "    try: pathlib.Path(p).write_text('seen')\n"
        "    except OSError: pass\n"
        "try: open('/app/note', 'w'); found.append('wrote to /app')\n"
        "except OSError: pass\n"
        "print(found, os.listdir('.') == ['note'])\n"
    )
    result = judged(Language.PYTHON, source, *[(str(n), "[] True") for n in range(3)])
    assert result.verdict is Verdict.ACCEPTED, [test.stdout for test in result.tests]


def test_a_compiled_program_cannot_change_itself_for_the_next_test() -> None:
    source = (
        "#include <stdio.h>\n"
        'int main(void) { puts(fopen("/app/solution", "r+") || !remove("/app/solution.c")\n'
        '  || fopen("/app/new", "w") ? "changed" : "sealed"); }\n'
    )
    result = judged(Language.C, source, ("", "sealed"), ("", "sealed"))
    assert result.verdict is Verdict.ACCEPTED, result


def test_strange_output_is_compared_and_kept_as_bytes() -> None:
    source = "import sys\nsys.stdout.buffer.write(b'\\xff\\x00\\x1b[31m\\n')"
    result = judged(Language.PYTHON, source, ("", "x"))
    assert result.verdict is Verdict.WRONG_ANSWER
    assert result.tests[0].stdout.data == b"\xff\x00\x1b[31m\n"
    data = StdioTest(b"", b"\xff\x00\x1b[31m")
    job = Job(Submission(Language.PYTHON, source.encode()), [data], LIMITS)
    assert portal.run(_judge, job).verdict is Verdict.ACCEPTED


def test_numpy_and_threads_work_within_the_limits() -> None:
    source = "import numpy as np\nprint(int(np.arange(int(input())).sum()))"
    result = judged(Language.PYTHON, source, ("1000", "499500"))
    assert result.verdict is Verdict.ACCEPTED, result
