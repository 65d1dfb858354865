"""The tools that are compared, each behind the same call."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.similarity.render import LANGUAGES

from carrel.similarity import compare
from carrel.similarity.sources import Reader

HERE = Path(__file__).parent
PEERS = ("copydetect==0.5.0", "compare50==1.2.15")
TOOLS = ("carrel", "difflib", "copydetect", "compare50", "dolos")


@dataclass(frozen=True)
class Outcome:
    """A tool's scores by folder and pair of file names, and what it took."""

    scores: dict[str, dict[frozenset[str], float]]
    seconds: float
    megabytes: float


def run(
    tool: str,
    folders: list[str],
    language: str,
    *,
    dolos: Path | None = None,
    timeout_s: int = 600,
) -> Outcome | None:
    """Run a tool on every folder; None if it is not there, fails or takes too long."""
    if tool == "carrel":
        return _in_process(carrel, folders)
    if tool == "difflib":
        return _in_process(lines, folders)
    extension = LANGUAGES[language]
    job = {"tool": tool, "folders": folders, "language": language, "extension": extension}
    if tool == "dolos":
        if dolos is None:
            return None
        command = ["node", str(HERE / "dolos.mjs")]
    else:
        peers = [part for peer in PEERS for part in ("--with", peer)]
        command = ["uv", "run", "-q", "--isolated", "--no-project", "--python", "3.11", *peers]
        command += ["python", str(HERE / "peers.py")]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=True,
            cwd=dolos if tool == "dolos" else None,
            # compare50 hashes with Python's own hash, which differs from run to run.
            env=os.environ | {"TQDM_DISABLE": "1", "PYTHONHASHSEED": "0"},
        )
    except subprocess.TimeoutExpired:
        print(f"{tool}: more than {timeout_s} s")
        return None
    except subprocess.CalledProcessError as error:
        print(f"{tool} failed: {error.stderr[-600:]}")
        return None
    answer = json.loads(done.stdout)
    scores = {
        folder: {frozenset((a, b)): float(score) for a, b, score in rows}
        for folder, rows in answer["scores"].items()
    }
    return Outcome(scores, answer["seconds"], answer["megabytes"])


def carrel(folder: str) -> dict[frozenset[str], float]:
    """Return every pair's similarity as `carrel similarity --all-pairs` gives it."""
    result = compare(Reader().submissions(Path(folder)), all_pairs=True)
    return {frozenset((pair.a, pair.b)): pair.similarity for pair in result.pairs}


def lines(folder: str) -> dict[frozenset[str], float]:
    """Return the ratio of difflib on code without blank lines, indentation, line comments."""
    texts = {}
    for path in sorted(Path(folder).iterdir()):
        kept = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        texts[path.name] = "\n".join(x for x in kept if x and not x.startswith(("#", "//")))
    names = list(texts)
    return {
        frozenset((a, b)): difflib.SequenceMatcher(None, texts[a], texts[b]).ratio()
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }


def _in_process(tool: object, folders: list[str]) -> Outcome:
    assert callable(tool)
    started = time.perf_counter()
    scores = {folder: tool(folder) for folder in folders}
    return Outcome(scores, time.perf_counter() - started, 0.0)
