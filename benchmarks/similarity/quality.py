"""ROC-AUC and average precision of every tool at six levels of disguise.

    uv run python -m benchmarks.similarity.quality [--dolos FOLDER] [--seed N] [--tools …]

FOLDER is where `npm install @dodona/dolos-lib` was run. Every figure is a mean
over languages of pooled pairs of all exercises with programs of 20 lines and
more; the tiny exercise is listed apart.
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
Found = dict[tuple[str, str, int, bool], tuple[list[float], list[float]]]


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
                    tiny = labelled.exercise == TINY
                    copies, honest = found[tool, language, labelled.level, tiny]
                    for i, a in enumerate(names):
                        for b in names[i + 1 :]:
                            pair = frozenset((a, b))
                            score = scores.get(pair, 0.0)
                            (copies if pair in labelled.copies else honest).append(score)
    for tiny in (False, True):
        _table(found, arguments.tools, tiny=tiny)


def _table(found: Found, tools: list[str], *, tiny: bool) -> None:
    title = "tiny exercise" if tiny else "exercises of 20 to 70 lines"
    print(f"\n{title}: ROC-AUC / average precision, mean over languages")
    print("tool       " + "".join(f"  level {level}       " for level in corpus.LEVELS))
    for tool in tools:
        cells = []
        for level in corpus.LEVELS:
            groups = [
                found[tool, language, level, tiny]
                for language in LANGUAGES
                if (tool, language, level, tiny) in found
            ]
            if not groups:
                continue
            mean_auc = sum(auc(*group) for group in groups) / len(groups)
            mean_ap = sum(average_precision(*group) for group in groups) / len(groups)
            cells.append(f"  {mean_auc:.4f} / {mean_ap:.3f}")
        print(f"{tool:11}" + "".join(cells))


if __name__ == "__main__":
    main()
