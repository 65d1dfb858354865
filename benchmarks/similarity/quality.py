"""ROC-AUC and average precision of every tool at six levels of disguise.

    uv run python -m benchmarks.similarity.quality [--dolos FOLDER] [--seed N] [--tools …]

FOLDER is where `npm install @dodona/dolos-lib` was run. Every figure is a mean
over languages, of the pooled pairs of all exercises with programs of 20 lines
and more and again for each exercise by itself (a tool's scores need not mean the
same in two exercises); the tiny exercise is listed apart.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.similarity import corpus
from benchmarks.similarity.measures import auc, average_precision
from benchmarks.similarity.render import LANGUAGES
from benchmarks.similarity.tools import TOOLS, run

TINY = "countdown"
Scores = tuple[list[float], list[float]]
Found = dict[tuple[str, str, int, str], Scores]


def main() -> None:
    """Write the corpus, run the tools, print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dolos", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tools", nargs="*", default=list(TOOLS), choices=TOOLS)
    parser.add_argument("--timeout", type=int, default=600)
    arguments = parser.parse_args()
    found: Found = defaultdict(lambda: ([], []))
    with tempfile.TemporaryDirectory() as scratch:
        for language in LANGUAGES:
            groups = {}
            for level in corpus.LEVELS:
                for labelled in corpus.labelled(language, level, arguments.seed):
                    folder = Path(scratch, language, str(level), labelled.exercise)
                    corpus.write(labelled.files, folder)
                    groups[str(folder)] = labelled
            for tool in arguments.tools:
                outcome = run(
                    tool, list(groups), language, dolos=arguments.dolos, timeout_s=arguments.timeout
                )
                if outcome is None:
                    continue
                for folder_name, labelled in groups.items():
                    scores = outcome.scores[folder_name]
                    names = sorted(labelled.files)
                    key = (tool, language, labelled.level, labelled.exercise)
                    copies, honest = found[key]
                    for i, a in enumerate(names):
                        for b in names[i + 1 :]:
                            pair = frozenset((a, b))
                            score = scores.get(pair, 0.0)
                            (copies if pair in labelled.copies else honest).append(score)
    exercises = sorted(corpus.exercises())
    usual = [name for name in exercises if name != TINY]
    _table(found, arguments.tools, usual, "20 to 70 lines, pairs of all exercises pooled")
    _table(found, arguments.tools, usual, "20 to 70 lines, mean over exercises", pooled=False)
    _table(found, arguments.tools, [TINY], "tiny exercise")


def _table(
    found: Found, tools: list[str], exercises: list[str], title: str, *, pooled: bool = True
) -> None:
    print(f"\n{title}: ROC-AUC / average precision, mean over languages")
    print("tool       " + "".join(f"  level {level}       " for level in corpus.LEVELS))
    for tool in tools:
        cells = []
        for level in corpus.LEVELS:
            groups: list[Scores] = []
            for language in LANGUAGES:
                parts = [
                    found[tool, language, level, exercise]
                    for exercise in exercises
                    if (tool, language, level, exercise) in found
                ]
                if pooled and parts:
                    parts = [([x for p in parts for x in p[0]], [x for p in parts for x in p[1]])]
                groups += parts
            if not groups:
                continue
            mean_auc = sum(auc(*group) for group in groups) / len(groups)
            mean_ap = sum(average_precision(*group) for group in groups) / len(groups)
            cells.append(f"  {mean_auc:.4f} / {mean_ap:.3f}")
        print(f"{tool:11}" + "".join(cells))


if __name__ == "__main__":
    main()
