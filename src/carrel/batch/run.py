"""Grade a batch: whatever has no grade yet, each program once, written down at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from carrel.admission.admission import Admission
from carrel.archives.folder_tree import FolderTree
from carrel.archives.opening import ArchiveLimits, FileTree, Refused, open_archive
from carrel.batch.choosing import NOT_WRITTEN, Wanted
from carrel.batch.engine import grade_all
from carrel.batch.journal import Journal
from carrel.batch.layouts.sorting import sort_out
from carrel.batch.people import Roster
from carrel.batch.records import store
from carrel.batch.results import About, Results
from carrel.batch.rows import Row, assign, identify, load, unlike
from carrel.core.errors import CarrelError, InvalidValueError
from carrel.core.sizes import GIB, KIB, MIB
from carrel.exercises.types import Exercise
from carrel.grading.submission import GradedSubmission, grade_submission
from carrel.judge.plan import Submission
from carrel.languages.registry import Language
from carrel.sandbox.pool import Lender

LIMITS = ArchiveLimits(entries=100_000, entry_bytes=64 * MIB, total_bytes=8 * GIB)
"""For everything that a course hands in at once."""

_KEEP_BYTES = 16 * KIB


@dataclass(frozen=True)
class Batch:
    """Everything there is to grade. `templates` tells what each language runs on."""

    exercise: Exercise
    carrel: str
    templates: Mapping[Language, str]
    wanted: Wanted
    tree: FileTree
    layout: str
    rows: tuple[Row, ...] = ()
    left_over: tuple[Refused, ...] = ()

    def environment(self, submission: Submission) -> str:
        """Return what decides a grade beside the submission."""
        template = self.templates.get(submission.language, "")
        return f"{self.exercise.version} {self.carrel} {submission.language} {template}"

    async def grade(self, pool: Lender, row: Row) -> GradedSubmission:
        """Return a row's grade; reads its files again."""
        submission = load(row, self.tree, self.wanted, self.environment).submission
        return await grade_submission(pool, self.exercise, submission, keep_bytes=_KEEP_BYTES)

    def source(self, row: Row) -> bytes | None:
        """Return a row's program for a report; None when it cannot be had any more."""
        try:
            return load(row, self.tree, self.wanted, self.environment).submission.source
        except CarrelError:
            return None

    @property
    def about(self) -> About:
        """What is graded here, for reports."""
        tests = tuple(test.name for test in self.exercise.tests)
        exercise = self.exercise
        points = float(exercise.points)
        return About(exercise.id, exercise.title, exercise.version, self.carrel, tests, points)


@dataclass
class Progress:
    """How far a batch is, in programs; `graded` were graded before it began."""

    total: int = 0
    graded: int = 0
    done: int = 0
    failed: dict[str, Exception] = field(default_factory=dict)


def open_submissions(path: Path) -> tuple[FileTree, bool]:
    """Return the files in a folder or an archive, and whether it is an archive."""
    if path.is_dir():
        return FolderTree(path, LIMITS, passed_over=NOT_WRITTEN, field="submissions"), False
    if not path.exists():
        raise InvalidValueError("SUBMISSIONS", str(path), "there is no such folder or archive")
    return open_archive(path, limits=LIMITS), True


def take_in(
    batch: Batch,
    roster: Roster | None,
    *,
    layout: str,
    archive: bool,
    on_row: Callable[[], None] = lambda: None,
) -> Batch:
    """Return the batch with its rows: who is who, and what each of them handed in."""
    found = sort_out(batch.tree, layout, archive=archive)
    assigned = assign(found, roster)
    rows = identify(assigned.rows, batch.tree, batch.wanted, batch.environment, on_row)
    left = (*batch.tree.refused, *assigned.left_over)
    return replace(batch, layout=found.layout, rows=tuple(rows), left_over=left)


async def grade_batch(
    admission: Admission,
    batch: Batch,
    journal: Journal,
    *,
    at_most: int,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Results:
    """Grade what has no grade in the journal yet, and return all results.

    Raises PlatformFaultError when the journal cannot be written; what is in it stays.
    """
    needed = unlike(batch.rows)
    todo = [row for key, row in needed.items() if key not in journal]
    progress = Progress(total=len(needed), graded=len(needed) - len(todo))
    on_progress(progress)

    def done(row: Row, graded: GradedSubmission) -> None:
        journal.add(row.key or "", store(graded))
        progress.done += 1
        on_progress(progress)

    def failed(row: Row, error: Exception) -> None:
        progress.failed[row.key or ""] = error
        progress.done += 1
        on_progress(progress)

    await grade_all(admission, todo, batch.grade, done=done, failed=failed, at_most=at_most)
    journal.sync()
    return Results(batch.about, batch.rows, journal, progress.failed, batch.left_over)
