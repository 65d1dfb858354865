"""The one engine of all batches: judge many submissions, each once, whatever they do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from carrel.core.errors import CarrelError
from carrel.judge.admission import Slot, cores, run_all, watched
from carrel.judge.judge import Job, judge
from carrel.judge.verdict import SubmissionVerdict
from carrel.sandbox.pool import SandboxPool

T = TypeVar("T")

Done = Callable[[T, Job, SubmissionVerdict], None]
Failed = Callable[[T, Exception], None]

_log = logging.getLogger(__name__)


async def judge_all(
    pool: SandboxPool,
    items: Sequence[T],
    job: Callable[[T], Job],
    *,
    done: Done[T],
    failed: Failed[T],
    at_most: int,
) -> None:
    """Judge the items, begun in this order; each is told of as soon as it is known.

    `job` is asked when an item's turn comes, so that no more jobs are in memory than are
    in flight: at most `at_most`, of which as many compute as there are cores. `done` gets
    the verdicts, `failed` why our side has none (what `job` raises is one reason). What
    `done` and `failed` raise ends all.
    """

    async def one(item: T, slot: Slot) -> None:
        try:
            asked = job(item)
            outcome = await judge(watched(pool, slot), asked)
        except CarrelError as error:
            failed(item, error)
        except Exception as error:  # noqa: BLE001 - our mistake must not lose others' grades
            _log.exception("a submission of a batch could not be graded")
            failed(item, error)
        else:
            done(item, asked, outcome)

    try:
        await run_all(items, one, at_most=at_most, at_work=cores())
    except BaseExceptionGroup as group:
        raise _single(group) from None


def _single(error: BaseException) -> BaseException:
    """Return the first error of a group, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
