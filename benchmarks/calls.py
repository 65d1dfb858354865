"""What one more call costs in each language: `sudo python benchmarks/calls.py [ROUNDS]`.

Three ways to ask a right program once more, each in a sandbox as in production:

- `call`: another call of a test, answered by the process that answered the one before;
- `separate`: the same in a process of its own;
- `stdio`: another test by standard input and output, which is a process too.

Compiling is left out: the figures are of later tests of a submission. The floor is a round
trip through the same harness for Python, in a process of this machine without a sandbox and
without carrel's host side. All take turns in the same run, so that whatever else the machine
does hits all of them; the figures are medians.
"""

from __future__ import annotations

import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import resources
from itertools import pairwise
from pathlib import Path

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.call import CallTest
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.plan import Submission
from carrel.judge.progress import Progress
from carrel.judge.verdict import Verdict
from carrel.languages.harness.registry import HARNESSES
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool
from carrel.testing.calls import calls_of, signature

CALLS = 300
PROCESSES = 8
LIMITS = RunLimits(cpu_ms=10_000, wall_ms=20_000, memory_bytes=256 * MIB)
AFTER = signature("after", ["int n"], "int")
PROGRAMS = {
    Language.PYTHON: "def after(n): return n + 1",
    Language.JAVASCRIPT: "function after(n) { return n + 1; }",
    Language.TYPESCRIPT: "function after(n: number): number { return n + 1; }",
    Language.JAVA: "class Solution { static int after(int n) { return n + 1; } }",
    Language.CPP: "int after(int n) { return n + 1; }",
    Language.C: "int after(int n) { return n + 1; }",
    Language.GO: "package main\n\nfunc after(n int) int { return n + 1 }\n",
    Language.RUST: "fn after(n: i32) -> i32 { n + 1 }",
}


def calls_test(count: int, *, separate: bool) -> CallTest:
    """Return a test of `count` calls."""
    return calls_of(AFTER, *[((n,), n + 1) for n in range(count)], separate=separate)


def durations(language: Language, source: str, tests: Sequence[JudgeTest]) -> list[float]:
    """Return how many ms each test of a submission takes, compiling left out of all but one."""
    times = [0.0]

    def note(progress: Progress) -> None:
        if progress.done == len(times):
            times.append(1000 * time.perf_counter())

    async def work(pool: SandboxPool) -> None:
        job = Job(Submission(language, source.encode()), tests, LIMITS, on_progress=note)
        times[0] = 1000 * time.perf_counter()
        outcome = await judge(pool, job)
        assert outcome.verdict is Verdict.ACCEPTED, outcome

    portal.run(work)
    return [end - start for start, end in pairwise(times)]


def marginal(language: Language) -> tuple[float, float, float, float]:
    """Return the ms of the first test, and of one more call, separate call and stdio test."""
    tests = [
        calls_test(1, separate=False),
        calls_test(1, separate=False),
        calls_test(1 + CALLS, separate=False),
        calls_test(1 + PROCESSES, separate=True),
    ]
    first, one, many, apart = durations(language, PROGRAMS[language], tests)
    smoke = SPECS[language].smoke
    test = StdioTest(smoke.stdin.encode(), smoke.stdout.encode())
    _, *others = durations(language, smoke.code, [test] * (1 + PROCESSES))
    return first, (many - one) / CALLS, (apart - one) / PROCESSES, sum(others) / PROCESSES


def floor() -> float:
    """Return how many ms a round trip takes without a sandbox and a judge."""
    with tempfile.TemporaryDirectory() as place:
        harness, program = Path(place, "harness.py"), Path(place, "solution.py")
        inside = resources.files("carrel.languages.harness").joinpath("inside/harness.py")
        harness.write_bytes(inside.read_bytes())
        program.write_text(PROGRAMS[Language.PYTHON])
        argv = [sys.executable, str(harness), str(program), "after", "1", "-1"]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.read(13)  # ready
            start = time.perf_counter()
            for n in range(CALLS):
                body = bytes(8) + struct.pack(">I", 1) + b"i" + struct.pack(">q", n)
                process.stdin.write(struct.pack(">I", len(body)) + body)
                process.stdin.flush()
                answer = process.stdout.read(22)
                assert answer[-8:] == struct.pack(">q", n + 1)
            took = 1000 * (time.perf_counter() - start)
            process.stdin.close()
    return took / CALLS


def main() -> None:
    """Print a table."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    for language in HARNESSES:  # starts the pool, and reads each template once
        durations(language, PROGRAMS[language], [calls_test(1, separate=False)])
    floors: list[float] = []
    figures: list[dict[Language, tuple[float, float, float, float]]] = []
    for _ in range(wanted):
        floors.append(floor())
        figures.append({})
        for language in HARNESSES:
            figures[-1][language] = marginal(language)
            print(language.value, *(f"{figure:.2f}" for figure in figures[-1][language]))
    base = statistics.median(floors)
    print(f"floor: {base:.3f} ms a round trip without a sandbox ({wanted} rounds, medians)\n")
    print(
        f"{'language':12} {'first test':>11} {'call':>10} {'of floor':>9} "
        f"{'separate':>10} {'stdio':>10}"
    )
    for language in HARNESSES:
        one, more, apart, tests = (
            statistics.median(found[language][n] for found in figures) for n in range(4)
        )
        print(
            f"{language.value:12} {one:8.0f} ms {more:7.2f} ms {more / base:8.1f}x "
            f"{apart:7.1f} ms {tests:7.1f} ms"
        )
    portal.shutdown()


if __name__ == "__main__":
    main()
