"""Submissions per second beside isolate: `sudo python benchmarks/beside_isolate.py /path/isolate`.

The same A+B, compiled once and run on four tests, by as many clients as there are cores:
as bare processes, under isolate (https://github.com/ioi/isolate) with control groups,
and on carrel's namespaces, in turns. What counts is each one's share of the bare rate.
isolate runs the host's own compilers and interpreters, carrel those of its template.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from carrel.bench.figures import median
from carrel.bench.programs import TESTS, adding, adding_job, host_tools
from carrel.bench.throughput import on_host, rate
from carrel.bootstrap import default_settings, open_pool
from carrel.judge.judge import judge
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS, Language

LANGUAGES = (Language.C, Language.CPP, Language.PYTHON)
RUN_DIR = Path("/run/carrel-beside-isolate")
SUBMISSIONS = 16
ROUNDS = 5
CG_KIB = 262_144


class Isolate:
    """Boxes of isolate, one per client."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._free = list(range(8))

    def _call(self, box: int, *arguments: str, given: bytes = b"") -> bytes:
        argv = [self._program, "--cg", f"--box-id={box}", "--silent", *arguments]
        return subprocess.run(argv, input=given, capture_output=True, check=True).stdout

    def submit(self, language: Language) -> None:
        """Judge A+B as a grader would: a box, the compiler in it, each test with limits."""
        tools = host_tools(language)
        assert tools is not None
        box = self._free.pop()
        patient = ("--cg-timing", "--cg-mem=1048576", "--time=60", "--wall-time=120")
        limits = ("--cg-timing", f"--cg-mem={CG_KIB}", "--time=10", "--wall-time=20", "--run", "--")
        try:
            place = Path(self._call(box, "--init").decode().strip(), "box")
            submission = adding(language)
            name = SPECS[language].entry(submission.source).source
            (place / name).write_bytes(submission.source)
            if tools.compile:
                path = "--env=PATH=/usr/bin:/bin"
                self._call(box, "--processes=64", path, *patient, "--run", "--", *tools.compile)
            for test in TESTS:
                said = self._call(box, *limits, *tools.run, given=test.input)
                if said.strip() != test.expected.strip():
                    raise RuntimeError(f"A+B in {language} printed {said[:80]!r} under isolate")
            self._call(box, "--cleanup")
        finally:
            self._free.append(box)


async def main(program: str) -> None:
    """Measure and print."""
    isolate = Isolate(program)
    settings = default_settings().model_copy(update={"isolation": "namespaces", "run_dir": RUN_DIR})
    pool = await open_pool(settings)
    try:
        for language in LANGUAGES:

            async def ours(language: Language = language) -> None:
                outcome = await judge(pool, adding_job(language))
                if outcome.verdict is not Verdict.ACCEPTED:
                    raise RuntimeError(f"A+B in {language} came out as {outcome.verdict}")

            async def bare(language: Language = language) -> None:
                tools = host_tools(language)
                assert tools is not None
                await asyncio.to_thread(on_host, language, tools)

            async def isolated(language: Language = language) -> None:
                await asyncio.to_thread(isolate.submit, language)

            ways = {"bare": bare, "isolate": isolated, "namespaces": ours}
            shares: dict[str, list[float]] = {way: [] for way in ways}
            for work in ways.values():
                await rate(work, 4)
            for _ in range(ROUNDS):
                rates = {way: await rate(work, SUBMISSIONS) for way, work in ways.items()}
                for way, found in rates.items():
                    shares[way].append(found / rates["bare"])
                print(language, {way: f"{found:.1f}/s" for way, found in rates.items()}, flush=True)
            print(language, {way: f"{100 * median(share):.0f} %" for way, share in shares.items()})
    finally:
        await pool.close()
        shutil.rmtree(RUN_DIR, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
