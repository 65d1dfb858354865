"""What ten tests of a Java program cost: `sudo python benchmarks/java_tests.py [ROUNDS]`.

Ten unit tests (JUnit) and ten tests by input and output, each in a sandbox as in production,
against the same ten tests the simple way, without any isolation: one `javac` and one `java`
for each test, on this machine, with the same flags. All take turns in the same run, so that
whatever else the machine does hits all of them. The first round is thrown away: it starts
the pool and compiles our own classes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from carrel.core.sizes import MIB
from carrel.judge.kinds.unit.java import JunitTest
from carrel.judge.kinds.unit.suite import TestFile
from carrel.judge.verdict import Verdict
from carrel.languages.java import JAVA
from carrel.languages.registry import Language
from carrel.testing.judging import QUICK, judge_all
from carrel.testing.suites import judge_suite

TESTS = 10
CLASS = "class Adder { int add(int a, int b) { return a + b; } }"
PROGRAM = JAVA.smoke.code
SUITE = (
    "import static org.junit.jupiter.api.Assertions.*;\n"
    "import org.junit.jupiter.api.Test;\n"
    "class AdderTest {\n"
    + "".join(
        f"    @Test void adds{n}() {{ assertEquals({2 * n}, new Adder().add({n}, {n})); }}\n"
        for n in range(TESTS)
    )
    + "}\n"
)


def junit() -> None:
    """Judge the class by ten unit tests."""
    verdict = judge_suite(
        JunitTest((TestFile("AdderTest.java", SUITE.encode()),)), Language.JAVA, CLASS
    ).tests[0]
    assert verdict.verdict is Verdict.ACCEPTED, verdict
    assert len(verdict.parts) == TESTS


def stdio() -> None:
    """Judge the program by ten tests of input and output."""
    inputs = [JAVA.smoke.stdin] * TESTS
    verdict = judge_all(PROGRAM, Language.JAVA, inputs, expected=JAVA.smoke.stdout, limits=LIMITS)
    assert verdict.verdict is Verdict.ACCEPTED, verdict


LIMITS = type(QUICK)(cpu_ms=5000, wall_ms=10_000, memory_bytes=256 * MIB)


def simple() -> None:
    """Compile and start the program anew for each test, without isolation."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Adder.java").write_text(PROGRAM)
        flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
        for _ in range(TESTS):
            compile_flags = [f"-J{flag}" for flag in flags]
            subprocess.run(
                ["javac", *compile_flags, "-d", name, str(folder / "Adder.java")], check=True
            )
            done = subprocess.run(
                ["java", *flags, "-cp", name, "Adder"],
                input=JAVA.smoke.stdin.encode(),
                capture_output=True,
                check=True,
            )
            assert done.stdout.decode() == JAVA.smoke.stdout


def main() -> None:
    """Measure in turns and print seconds and ratios."""
    works: dict[str, Callable[[], None]] = {
        "10 unit tests (JUnit), sandboxed": junit,
        "10 tests by input and output, sandboxed": stdio,
        "10 x (javac + java), no isolation": simple,
    }
    samples: dict[str, list[float]] = {name: [] for name in works}
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for number in range(rounds + 1):
        for name, work in works.items():
            start = time.monotonic()
            work()
            seconds = time.monotonic() - start
            print(f"round {number}: {name:42} {seconds:6.2f} s", flush=True)
            if number:
                samples[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in samples.items()}
    floor = list(medians.values())[-1]
    for name, seconds in medians.items():
        low, high = min(samples[name]), max(samples[name])
        spread = f"{seconds:6.2f} s  ({low:.2f} to {high:.2f})"
        print(f"{name:42} {spread}  {floor / seconds:5.1f} x faster")


if __name__ == "__main__":
    main()
