"""The place in the queue and an honest estimate; pure."""

from __future__ import annotations

from carrel.submissions.types import Place


def place(number: int, running: int, workers: int, mean_s: float | None) -> Place:
    """Return the place of a queued submission.

    `number` is 1 for the next one, `running` how many are being graded, `workers` how many
    can be at a time, `mean_s` how long one takes on average.
    """
    if workers < 1 or mean_s is None:
        return Place(number, None)
    # Those that run are half done on average; this one itself takes its whole time.
    before = max(0, number - 1 + running - (workers - 1)) - min(running, workers) / 2
    rounds = max(0.0, before) / workers
    return Place(number, max(1, round((rounds + 1) * mean_s)))
