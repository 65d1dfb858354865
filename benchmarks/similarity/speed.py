"""Time and memory of every tool, beside the floor: parsing the same files once.

    uv run python -m benchmarks.similarity.speed [--dolos FOLDER] [--language python]

Every measurement is a process of its own, started on files in a folder; start-up
and imports are not counted. The last figure is the ratio to the floor of the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.similarity import corpus
from benchmarks.similarity.render import LANGUAGES
from benchmarks.similarity.tools import run

from carrel.similarity import compare
from carrel.similarity.grammars import load_grammar
from carrel.similarity.sources import Reader

CASES = ((50, 30), (100, 30), (200, 30), (400, 30), (2000, 30), (200, 1000))
OURS = ("floor", "carrel", "carrel --all-pairs")
PEERS = ("difflib", "copydetect", "compare50", "dolos")
REPEATS = 3


def measure(tool: str, folder: str, language: str) -> dict[str, float]:
    """Return the best time in seconds of a few runs in this process, and its peak memory."""
    load_grammar(language)
    read = Reader(language).submissions
    best = float("inf")
    for _ in range(REPEATS):
        best = min(best, _timed(_task(tool, folder, language, read)))
    # Not getrusage: its maximum is handed on from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return {"seconds": best, "megabytes": int(peak.split()[1]) / 1024}


def _task(tool: str, folder: str, language: str, read: object) -> Callable[[], object]:
    assert callable(read)
    if tool == "floor":
        grammar = load_grammar(language)
        assert grammar is not None
        parse = grammar.parser.parse
        return lambda: [parse(s.files[0].text) for s in read(Path(folder))]
    return lambda: compare(read(Path(folder)), all_pairs=tool.endswith("pairs"))


def _timed(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def main() -> None:
    """Print one line for each number of files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dolos", type=Path)
    parser.add_argument("--language", default="python", choices=list(LANGUAGES))
    parser.add_argument("--timeout", type=int, default=60)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        tool, where = arguments.measure
        json.dump(measure(tool, where, arguments.language), sys.stdout)
        return
    late: set[str] = set()
    for count, lines in CASES:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "files")
            corpus.write(corpus.crowd(arguments.language, count, lines), folder)
            cells = _ours(str(folder), arguments.language)
            floor = cells["floor"][0]
            for tool in PEERS:
                # A tool that was too slow for fewer files is not tried with more.
                if tool in late:
                    continue
                outcome = run(
                    tool,
                    [str(folder)],
                    arguments.language,
                    dolos=arguments.dolos,
                    timeout_s=arguments.timeout,
                )
                if outcome is None or outcome.seconds > arguments.timeout / 4:
                    late.add(tool)
                if outcome is not None:
                    cells[tool] = (outcome.seconds, outcome.megabytes)
        print(f"{count} files of {lines} lines", flush=True)
        for tool, (seconds, megabytes) in cells.items():
            memory = f"{megabytes:8.0f} MB" if megabytes else ""
            print(
                f"  {tool:20}{seconds:10.3f} s {seconds / floor:10.1f} floors{memory}", flush=True
            )


def _ours(folder: str, language: str) -> dict[str, tuple[float, float]]:
    cells = {}
    for tool in OURS:
        module = "benchmarks.similarity.speed"
        done = subprocess.run(
            [sys.executable, "-m", module, "--language", language, "--measure", tool, folder],
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(done.stdout)
        cells[tool] = (answer["seconds"], answer["megabytes"])
    return cells


if __name__ == "__main__":
    main()
