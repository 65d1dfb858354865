"""The one engine of all batches: grade many submissions, each once, whatever they do."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from carrel.admission.admission import Admission
from carrel.admission.rules import Kind
from carrel.core.errors import CarrelError
from carrel.grading.submission import GradedSubmission
from carrel.sandbox.pool import Lender

T = TypeVar("T")

Grader = Callable[[Lender, T], Awaitable[GradedSubmission]]
Done = Callable[[T, GradedSubmission], None]
Failed = Callable[[T, Exception], None]

_log = logging.getLogger(__name__)


async def grade_all(
    admission: Admission,
    items: Sequence[T],
    grader: Grader[T],
    *,
    done: Done[T],
    failed: Failed[T],
    at_most: int,
) -> None:
    """Grade the items, begun in this order; each is told of as soon as it is known.

    `grader` is asked when an item's turn comes, so that no more programs are in memory
    than are in flight: at most `at_most`, of which as many are busy as `admission` allows.
    `done` gets the grade, `failed` why our side has none (what `grader` raises). What
    `done` and `failed` raise ends all.
    """

    async def one(lender: Lender, item: T) -> None:
        try:
            graded = await grader(lender, item)
        except CarrelError as error:
            failed(item, error)
        except Exception as error:  # noqa: BLE001 - our mistake must not lose others' grades
            _log.exception("a submission of a batch could not be graded")
            failed(item, error)
        else:
            done(item, graded)

    try:
        await admission.work_through(Kind.BATCH, items, one, at_most=at_most)
    except BaseExceptionGroup as group:
        raise _single(group) from None


def _single(error: BaseException) -> BaseException:
    """Return the first error of a group, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
