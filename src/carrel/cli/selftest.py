"""`carrel selftest`: grade the examples, and see that every verdict is the expected one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path, PurePath
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from carrel.admission.admission import Admission
from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_PLATFORM
from carrel.cli.isolation import IsolationOption, use_isolation
from carrel.cli.privilege import require_root
from carrel.core.errors import InvalidValueError
from carrel.exercises.loading import find_exercises, load_exercise
from carrel.exercises.types import Exercise, Solution
from carrel.facade import portal
from carrel.grading.rehearsal import Rehearsal, rehearse
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS

EXAMPLES = Path("examples")

_EPILOG = """\
Examples:

    carrel selftest

    carrel selftest my-exercises --json

Exit code: 0 if every verdict is the expected one, 1 if not, 2 for wrong usage,
3 if a platform fault kept a verdict from being found, 4 if a privilege or tool
is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `selftest` to the command line."""
    app.command("selftest", epilog=_EPILOG)(selftest)


def selftest(
    folder: Annotated[
        Path, typer.Argument(help="An exercise, or a folder of exercises.")
    ] = EXAMPLES,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,  # noqa: FBT002
    isolation: IsolationOption = None,
) -> None:
    """Judge the solutions that come with exercises, right and wrong ones."""
    use_isolation(isolation)
    require_root("carrel selftest")
    exercises = [load_exercise(path) for path in find_exercises(folder)]
    count = sum(len(exercise.solutions) for exercise in exercises)
    if not count:
        allowed = "give an exercise folder with [[solutions]], or a folder of such folders"
        raise InvalidValueError("FOLDER", str(folder), allowed)
    start = time.monotonic()
    results = _rehearse(exercises, count)
    seconds = time.monotonic() - start
    if as_json:
        typer.echo(json.dumps({"seconds": seconds, "results": [as_dict(r) for r in results]}))
    else:
        _print(results, seconds)
    if any(result.verdict is Verdict.PLATFORM_FAULT for result in results):
        raise typer.Exit(EXIT_PLATFORM)
    raise typer.Exit(EXIT_OK if all(result.as_expected for result in results) else EXIT_FAILED)


def _rehearse(exercises: Sequence[Exercise], count: int) -> list[Rehearsal]:
    columns = (TextColumn("Judging"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=count)

        async def run(admission: Admission) -> list[Rehearsal]:
            return await rehearse(admission, exercises, on_done=lambda _: progress.advance(task))

        return portal.run_admitted(run)


def _print(results: Sequence[Rehearsal], seconds: float) -> None:
    console = Console()
    for exercise, group in groupby(results, key=lambda result: result.exercise):
        console.print(_table(exercise, group))
        console.print()
    wrong = [result for result in results if not result.as_expected]
    for result in wrong:
        text = f"{result.exercise.id}/{result.solution.file}: {result.message or 'no reason given'}"
        console.print(Text(text, style="red"))
    good = len(results) - len(wrong)
    summary = f"{good} of {len(results)} verdicts as expected, in {seconds:.1f} s"
    console.print(Text(summary, style="bold red" if wrong else "bold green"))


def _table(exercise: Exercise, results: Iterable[Rehearsal]) -> Table:
    """Return one exercise's results, narrow enough for a terminal of 80 columns."""
    table = Table(
        title=Text(exercise.title, style="bold"),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for header in ("Language", "Submission", "Expected", "Verdict"):
        table.add_column(header, no_wrap=True)
    for header in ("Points", "Time"):
        table.add_column(header, justify="right", no_wrap=True)
    for result in results:
        table.add_row(
            SPECS[result.solution.language].title,
            Text(PurePath(result.solution.file).name),
            _expected(result.solution),
            _verdict(result),
            f"{result.points}/{exercise.points}",
            f"{result.seconds:.2f} s",
        )
    return table


def _expected(solution: Solution) -> str:
    if solution.verdict is not None:
        return solution.verdict.short
    return " or ".join(verdict.short for verdict in solution.required or solution.permitted)


def _verdict(result: Rehearsal) -> Text:
    if result.as_expected:
        return Text(f"✓ {result.verdict.short}", style="green")
    return Text(f"✗ {result.verdict.short}", style="bold red")


def as_dict(result: Rehearsal) -> dict[str, Any]:
    """Return a result as values that JSON knows."""
    return {
        "exercise": result.exercise.id,
        "language": result.solution.language,
        "submission": result.solution.file,
        "expected": result.solution.verdict or result.solution.expected,
        "verdict": result.verdict,
        "as_expected": result.as_expected,
        "points": result.points,
        "total_points": result.exercise.points,
        "seconds": round(result.seconds, 3),
        "message": result.message,
        "isolation": result.isolation,
    }
