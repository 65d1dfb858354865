"""`carrel batch`: grade what a whole course handed in."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_PLATFORM
from carrel.cli.isolation import IsolationOption, use_isolation
from carrel.cli.privilege import require_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from carrel.archives.opening import FileTree
    from carrel.batch.changes import Change
    from carrel.batch.journal import Journal
    from carrel.batch.results import Results
    from carrel.batch.run import Batch
    from carrel.languages.registry import Language
    from carrel.ops.settings import Settings

_LISTED = 20
_EPILOG = """\
Examples:

    sudo carrel batch examples/fibonacci submissions.zip

    sudo carrel batch fibonacci handed-in/ --roster course.csv --out week3

Interrupted, even by kill -9? Give the same command again: what is graded is not graded
again. SUBMISSIONS may be a folder, a .zip or a .tar.gz.

Exit code: 0 if everything that was handed in is graded, 1 if something could not be told
to be anybody's or anything to grade, 2 for wrong usage, 3 if a fault of the platform left
somebody without a grade (give the command again), 4 if a privilege or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `batch` to the command line."""
    app.command("batch", epilog=_EPILOG)(batch)


def batch(
    exercise: Annotated[Path, typer.Argument(help="The exercise's folder.")],
    submissions: Annotated[
        Path, typer.Argument(help="What was handed in: a folder, a .zip or a .tar.gz.")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results. Default: results-EXERCISE.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV of the course: id, name, email, section.")
    ] = None,
    layout: Annotated[
        str, typer.Option(help="auto, folders, moodle, canvas or gradescope.")
    ] = "auto",
    entry: Annotated[
        str | None, typer.Option(help="Which of several files is the program, such as main.py.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Take programs in this language only.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, max=1000, help="How many may be in flight at the same time.")
    ] = 50,
    again: Annotated[
        bool, typer.Option("--again", help="Grade also what is graded already.")
    ] = False,
    student_view: Annotated[
        bool, typer.Option("--student-view", help="Write a page of feedback per student, too.")
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option("--lang", help="Language of the feedback, en or de. Default: CARREL_LANG."),
    ] = None,
    isolation: IsolationOption = None,
) -> None:
    """Grade a course's submissions; results as CSV, JSON, JUnit XML and a page to read.

    The results hold hidden tests and are for teachers; only the pages of --student-view
    are for students.
    """
    use_isolation(isolation)
    require_root("carrel batch")
    from rich.console import Console  # noqa: PLC0415 - help must come quickly

    from carrel.batch.journal import Journal  # noqa: PLC0415
    from carrel.batch.roster import read_roster  # noqa: PLC0415
    from carrel.batch.run import open_submissions, take_in  # noqa: PLC0415
    from carrel.bootstrap import default_settings  # noqa: PLC0415
    from carrel.core.errors import InvalidValueError  # noqa: PLC0415
    from carrel.texts.message import LANGUAGES  # noqa: PLC0415

    settings = default_settings()
    spoken = lang or settings.lang
    if spoken not in LANGUAGES:
        raise InvalidValueError("--lang", spoken, "give one of " + ", ".join(LANGUAGES))
    tree, archive = open_submissions(submissions)
    try:
        prepared = _prepare(settings, exercise, tree, entry, language)
        people = read_roster(roster) if roster else None
        console = Console(stderr=True)
        with console.status("Looking at what was handed in"):
            prepared = take_in(prepared, people, layout=layout, archive=archive)
        folder = out or Path(f"results-{prepared.exercise.id}")
        with Journal(folder) as journal:
            _begin(console, prepared, journal, again=again)
            results = _grade(settings, console, prepared, journal, concurrency)
            changed = _write(prepared, results, folder, spoken if student_view else None)
            _report(Console(), results, changed, folder)
            code = _exit_code(results)
    finally:
        tree.close()
    raise typer.Exit(code)


def _prepare(
    settings: Settings,
    folder: Path,
    tree: FileTree,
    entry: str | None,
    language: str | None,
) -> Batch:
    from importlib.metadata import version  # noqa: PLC0415 - slow

    from carrel.batch.choosing import Wanted  # noqa: PLC0415
    from carrel.batch.run import Batch  # noqa: PLC0415
    from carrel.core.errors import InvalidValueError  # noqa: PLC0415
    from carrel.exercises.loading import load_exercise  # noqa: PLC0415
    from carrel.languages.registry import parse_language  # noqa: PLC0415

    exercise = load_exercise(folder)
    only = parse_language(language, field="--language") if language else None
    if only is not None and only not in exercise.languages:
        allowed = f"{exercise.id} takes " + ", ".join(exercise.languages)
        raise InvalidValueError("--language", only.value, allowed)
    return Batch(
        exercise=exercise,
        carrel=version("carrel"),
        templates=_templates(settings, (only,) if only else exercise.languages),
        wanted=Wanted(exercise.languages, entry, only),
        tree=tree,
        layout="",
    )


def _templates(settings: Settings, languages: tuple[Language, ...]) -> dict[Language, str]:
    """Return what each language runs on, as a word that changes with it."""
    from carrel.bootstrap import open_templates  # noqa: PLC0415
    from carrel.languages.registry import SPECS  # noqa: PLC0415

    store = open_templates(settings)
    names = {language: SPECS[language].template for language in languages}
    return {
        language: store.get(name).key if store.is_built(name) else ""
        for language, name in names.items()
    }


def _begin(console: Console, batch: Batch, journal: Journal, *, again: bool) -> None:
    """Say what there is to do, and what an earlier run has done of it."""
    from carrel.batch.rows import unlike  # noqa: PLC0415

    if journal.damaged:
        console.print(f"{journal.damaged} lines of the journal were torn off and are graded anew.")
    last = journal.last_run or {}
    if last and last.get("version") != batch.exercise.version:
        console.print("The exercise has changed since the last run: everything is graded anew.")
    elif last and (last.get("carrel") != batch.carrel or _rebuilt(last, batch)):
        console.print("carrel or its templates have changed since: programs are graded anew.")
    about = {
        "exercise": batch.exercise.id,
        "version": batch.exercise.version,
        "carrel": batch.carrel,
        "templates": _keys(batch),
    }
    journal.begin(about, again=again)
    needed = unlike(batch.rows)
    rows = sum(row.key is not None for row in batch.rows)
    before = sum(key in journal for key in needed)
    console.print(
        f"{len(batch.rows)} students, layout {batch.layout}: {rows} programs to grade, "
        f"{len(needed)} of them different, {before} of those graded before.",
        soft_wrap=True,
        highlight=False,
    )


def _rebuilt(last: Mapping[str, Any], batch: Batch) -> bool:
    """Return whether a language runs on another template than in the last run."""
    before = last.get("templates", {})
    return any(before.get(name, key) != key for name, key in _keys(batch).items())


def _keys(batch: Batch) -> dict[str, str]:
    return {language.value: key for language, key in batch.templates.items()}


def _grade(
    settings: Settings, console: Console, batch: Batch, journal: Journal, concurrency: int
) -> Results:
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text  # noqa: PLC0415

    from carrel.batch.run import Progress as Done  # noqa: PLC0415
    from carrel.batch.run import grade_batch  # noqa: PLC0415
    from carrel.bootstrap import make_admission, open_pool  # noqa: PLC0415

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.1f}/s", style="progress.data.speed")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )

    async def work() -> Results:
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("Grading", total=None)

            def show(done: Done) -> None:
                faults = f", {len(done.failed)} without a grade" if done.failed else ""
                bar.update(
                    task,
                    description=f"Grading{faults}",
                    total=done.total - done.graded,
                    completed=done.done,
                )

            pool = await open_pool(settings)
            try:
                return await grade_batch(
                    make_admission(pool, settings),
                    *(batch, journal),
                    at_most=concurrency,
                    on_progress=show,
                )
            finally:
                await pool.close()

    # Ended like with Ctrl-C, so that no sandbox is left and the journal is whole.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return asyncio.run(work())


def _write(
    batch: Batch, results: Results, folder: Path, feedback_in: str | None
) -> list[Change] | None:
    """Write all files; return what changed, None if there is nothing to compare with.

    `feedback_in` is the language of the students' pages, None for no such pages.
    """
    from carrel.batch.changes import COLUMNS, cells, changes  # noqa: PLC0415
    from carrel.batch.reports import data, junit, pages, tables  # noqa: PLC0415

    before = data.read_before(folder / data.FILE)
    changed = None if before is None else changes(before, map(data.outcome, results))
    if changed is not None:
        tables.write_table(folder / "changes.csv", COLUMNS, map(cells, changed))
    tables.write_results(results, folder / "results.csv")
    junit.write_junit(results, folder / "junit.xml")
    pages.write_report(results, batch.source, changed or [], folder / "report.html")
    if feedback_in is not None:
        pages.write_feedback(results, folder / "feedback", feedback_in)
    # The last: what the next run is compared with is that of a run which came to its end.
    data.write_data(results, folder / data.FILE)
    return changed


def _report(console: Console, results: Results, changed: list[Change] | None, folder: Path) -> None:
    from carrel.batch.rows import Status  # noqa: PLC0415

    counts = results.counts()
    for status in Status:
        rows = [row for row in results.final_rows() if row.status is status]
        if status is Status.GRADED or not rows:
            continue
        lines = [f"{row.student.id}: {row.note}".rstrip(": ") for row in rows]
        _list(console, f"{len(rows)} {status}", lines)
    noted = [row for row in results.final_rows() if row.status is Status.GRADED and row.note]
    _list(console, "Graded all the same", [f"{row.student.id}: {row.note}" for row in noted])
    left = [f"{entry.name}: {entry.reason}" for entry in results.left_over]
    _list(console, "Unmatched or unreadable files", left)
    if changed is not None:
        _changes(console, changed)
    summary = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    console.print(f"{summary or 'no students'}.", markup=False, highlight=False)
    console.print(
        _shown(f"Results: {folder}/report.html, results.csv, results.json, junit.xml"),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _list(console: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"{title}:", markup=False, highlight=False)
    for line in lines[:_LISTED]:
        console.print(f"  {_shown(line)}", markup=False, highlight=False, soft_wrap=True)
    if len(lines) > _LISTED:
        console.print(f"  … and {len(lines) - _LISTED} more: see report.html", highlight=False)


def _changes(console: Console, changed: list[Change]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not changed:
        console.print("Nothing changed since the last time.")
        return
    students = len({change.id for change in changed})
    table = Table("Student", "Test", "Before", "After", "Points before", "Points after")
    for change in changed[: 2 * _LISTED]:
        points = (
            "" if value is None else f"{value:g}"
            for value in (change.points_before, change.points_after)
        )
        words = (change.id, change.test, change.before, change.after)
        table.add_row(*(Text(_shown(word)) for word in words), *points)
    console.print(table)
    more = f"; {len(changed) - 2 * _LISTED} more lines" if len(changed) > 2 * _LISTED else ""
    console.print(f"{students} students have another result than the last time{more}: changes.csv")


def _exit_code(results: Results) -> int:
    from carrel.batch.rows import Status  # noqa: PLC0415

    counts = results.counts()
    if counts[Status.FAULT]:
        return EXIT_PLATFORM
    noted = any(row.note for row in results.final_rows() if row.status is Status.GRADED)
    return EXIT_FAILED if counts[Status.UNCLEAR] or noted or results.left_over else EXIT_OK


def _shown(text: str) -> str:
    """Return a line in which nothing drives a terminal."""
    from carrel.judge.checkers.forms import printable  # noqa: PLC0415

    return "".join(map(printable, text))
