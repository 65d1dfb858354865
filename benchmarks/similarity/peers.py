"""Runs one of the Python peers on folders; started in an environment of its own.

Reads {"tool", "folders", "extension"} as JSON from standard input, writes
{"scores": {folder: [[a, b, score], …]}, "seconds", "megabytes"}.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

Scores = list[tuple[str, str, float]]


def copydetect(folder: str, extension: str) -> Scores:
    """Return copydetect's mean overlap of both files, with its default settings."""
    from copydetect import CopyDetector  # type: ignore[import-not-found]  # noqa: PLC0415

    detector = CopyDetector(
        test_dirs=[folder], extensions=[extension], display_t=0, silent=True, autoopen=False
    )
    detector.run()
    matrix, files = detector.similarity_matrix, detector.test_files
    found = []
    for i, a in enumerate(files):
        for j, b in enumerate(files):
            if i < j:
                both = max(matrix[i, j].mean(), matrix[j, i].mean(), 0.0)
                found.append((Path(a).name, Path(b).name, float(both)))
    return found


def preprocess(tokens: Any) -> Any:
    """Apply compare50's steps of the pass "structure"; it pickles this function."""
    from compare50 import passes  # type: ignore[import-not-found]  # noqa: PLC0415

    for step in passes.structure.preprocessors:
        tokens = step(tokens)
    return tokens


def compare50(folder: str, extension: str) -> Scores:
    """Return the scores of compare50's default pass "structure"."""
    import compare50 as tool  # noqa: PLC0415
    from compare50 import passes  # noqa: PLC0415

    del extension

    submissions = [
        tool.Submission(folder, [name], preprocessor=preprocess)
        for name in sorted(path.name for path in Path(folder).iterdir())
    ]
    with tool.progress_bar("", disable=True):
        scores = tool.rank(submissions, [], set(), passes.structure, n=10**7)
    return [
        (str(s.sub_a.files[0].name), str(s.sub_b.files[0].name), float(s.score)) for s in scores
    ]


def main() -> None:
    """Run the tool on every folder and print its scores."""
    job = json.load(sys.stdin)
    tool = {"copydetect": copydetect, "compare50": compare50}[job["tool"]]
    scores = {}
    with contextlib.redirect_stdout(sys.stderr):
        tool(job["folders"][0], job["extension"])  # imports and caches are not measured
        started = time.perf_counter()
        for folder in job["folders"]:
            scores[folder] = tool(folder, job["extension"])
        seconds = time.perf_counter() - started
    # Not getrusage: its maximum is handed on from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    megabytes = int(peak.split()[1]) / 1024
    json.dump({"scores": scores, "seconds": seconds, "megabytes": megabytes}, sys.stdout)


if __name__ == "__main__":
    main()
