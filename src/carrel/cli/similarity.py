"""`carrel similarity`: compare the submissions in a folder."""

from __future__ import annotations

import csv
import dataclasses
import math
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from carrel.core.errors import CarrelError, InvalidValueError
from carrel.similarity import Comparison, SourceFile, Submission, compare
from carrel.similarity.formats import pairs_csv, pairs_json, pseudonymous, report_json
from carrel.similarity.grammars import canonical_language
from carrel.similarity.html_report import html_report
from carrel.similarity.sources import Reader

_LISTED = 50
_MAX_ALL_PAIRS = 5_000


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("similarity")(similarity)


def similarity(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Each file or folder in it is one submission.")
    ],
    *,
    language: Annotated[
        str | None, typer.Option(help="Compare files in this language only.")
    ] = None,
    base: Annotated[
        list[Path] | None, typer.Option(help="Starter code or given files: not compared.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Earlier years' submissions or reference solutions, laid out like DIR."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Report pairs this alike or more, 0 to 1.")
    ] = 0.5,
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Report every pair, whatever its similarity.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a report to this file, to be opened in a browser.")
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(help="CSV of submission name and time handed in, shown in reports."),
    ] = None,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Show S001, S002, … instead of names.")
    ] = False,
) -> None:
    """Show which submissions are alike, and where.

    Similar programs have many honest reasons: read both before you conclude anything.
    """
    console = Console(stderr=True)
    try:
        _check(threshold, as_json=as_json, as_csv=as_csv)
        reader = Reader(canonical_language(language, "--language") if language else None)
        submissions = _submissions(reader, folder, against or [])
        if all_pairs and len(submissions) > _MAX_ALL_PAIRS:
            raise InvalidValueError(
                "--all-pairs", len(submissions), f"at most {_MAX_ALL_PAIRS:,} submissions"
            )
        given = [file for path in base or [] for file in reader.files(path)]
        if times:
            submissions = _with_times(submissions, times)
        if pseudonyms:
            pseudonymous(submissions, reader.skipped)
        result = _compare(console, submissions, given, threshold, all_pairs=all_pairs)
        result.skipped[:] = sorted(
            result.skipped + reader.skipped, key=lambda s: (s.name, s.reason)
        )
        if html:
            _write(html, html_report(result, threshold))
            console.print(f"Report: {escape(str(html))}", soft_wrap=True)
        if as_json:
            pieces = pairs_json(result) if all_pairs else report_json(result, threshold)
            sys.stdout.writelines(pieces)
        elif as_csv:
            sys.stdout.write(pairs_csv(result))
        elif html is None:
            _print(result)
    except CarrelError as error:
        console.print(f"[red]Error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from error


def _check(threshold: float, *, as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise InvalidValueError("--csv", "--json", "choose one of --json and --csv")
    if not (math.isfinite(threshold) and 0 <= threshold <= 1):
        raise InvalidValueError("--threshold", threshold, "give a number from 0 to 1")


def _submissions(reader: Reader, folder: Path, against: Iterable[Path]) -> list[Submission]:
    """Return the submissions of DIR, and those of earlier years with their folder's name."""
    submissions = reader.submissions(folder)
    used = {submission.name for submission in submissions}
    for path in against:
        prefix = f"{path.resolve().name}/"
        while any(name.startswith(prefix) for name in used):
            prefix = f"{prefix[:-1]}'/"
        earlier = reader.submissions(path, prefix=prefix, earlier=True)
        used |= {submission.name for submission in earlier}
        submissions += earlier
    return submissions


def _with_times(submissions: list[Submission], path: Path) -> list[Submission]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            known = {row[0]: row[1] for row in csv.reader(file) if len(row) > 1}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidValueError(
            "--times", str(path), f"give a CSV file of name and time ({error})"
        ) from error
    return [
        dataclasses.replace(s, submitted_at=known.get(s.name, known.get(Path(s.name).stem, "")))
        for s in submissions
    ]


def _compare(
    console: Console,
    submissions: list[Submission],
    given: list[SourceFile],
    threshold: float,
    *,
    all_pairs: bool,
) -> Comparison:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(bar.task_ids[tasks[step]], completed=done)

        return compare(
            submissions, base=given, threshold=threshold, all_pairs=all_pairs, progress=progress
        )


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write a whole file or none."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.writelines(pieces)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidValueError(
            "--html", str(path), f"give a file that can be written ({error.strerror})"
        ) from error


def _print(result: Comparison) -> None:
    console = Console()
    table = Table("first", "second", "language", "similarity", "longest match", "confidence")
    for pair in result.pairs[:_LISTED]:
        table.add_row(
            escape(pair.a),
            escape(pair.b),
            pair.language,
            f"{pair.similarity:.0%}",
            f"{pair.longest_match} tokens",
            f"{pair.confidence:.2f}",
        )
    console.print(table)
    if len(result.pairs) > _LISTED:
        console.print(f"… and {len(result.pairs) - _LISTED:,} more: see --json or --html OUT.")
    for group in result.groups:
        usual = f"usually {group.typical:.0%} alike, rarely above {group.unusual:.0%}"
        console.print(f"{group.language}: {group.submissions} submissions, {usual}.")
        if group.reason:
            console.print(f"  {escape(group.reason)}")
    for entry in result.skipped:
        console.print(f"{escape(entry.name)}: {escape(entry.reason)}", soft_wrap=True)
    console.print("Similar code has many honest reasons: read both programs first.")
