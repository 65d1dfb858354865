"""`carrel import`: take over a problem from another system's format."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from carrel.admission.admission import Admission
from carrel.cli.exit_codes import EXIT_OK, EXIT_PLATFORM
from carrel.cli.privilege import require_root
from carrel.core.errors import InvalidValueError
from carrel.exercises.formats import FORMATS
from carrel.exercises.formats.source import open_source
from carrel.exercises.formats.types import Imported
from carrel.exercises.formats.writing import REPORT, set_time_limit, write_exercise
from carrel.exercises.types import Exercise
from carrel.facade import portal
from carrel.grading.rehearsal import Rehearsal, rehearse
from carrel.judge.verdict import Verdict

_MEASURE_S = 60.0
"""How much CPU time a right solution may need while its time is measured."""

_EPILOG = """\
Examples:

    carrel import kattis different.zip

    carrel import kattis problems/oddecho --into exercises/odd-echo --measure

    carrel exercise check exercises/odd-echo

What cannot be kept is printed and stands in IMPORTED.md. Exit code: 0 if the exercise is
written, 2 for a package that cannot be imported (nothing is written then), 3 after a platform
fault, 4 if a privilege or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("import", epilog=_EPILOG)(import_)


def import_(
    format: Annotated[  # noqa: A002 - what the command line calls it
        str, typer.Argument(help="One of: " + ", ".join(FORMATS) + ".")
    ],
    path: Annotated[Path, typer.Argument(help="The package: a folder, or a zip or tar archive.")],
    *,
    into: Annotated[
        Path | None,
        typer.Option(help="The folder to make; by default one named after the package, here."),
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Run the right solutions to find the time limit, if the package gives none.",
        ),
    ] = False,
) -> None:
    """Make an exercise of a problem package from another system."""
    reader = FORMATS.get(format)
    if reader is None:
        raise InvalidValueError("FORMAT", format, "give one of " + ", ".join(FORMATS))
    if not path.exists():
        raise InvalidValueError("PATH", str(path), "there is no such file or folder")
    if measure:
        require_root("carrel import --measure")
    tree = open_source(path)
    try:
        imported = reader(tree, path.resolve().name)
    finally:
        tree.close()
    folder = into or Path(str(imported.table["id"]))
    exercise = write_exercise(imported, folder, source=path.resolve().name)
    _print(exercise, imported, folder)
    if measure and imported.time_factor is not None:
        _measure(exercise, imported, folder)
    typer.echo(f"Try it: carrel exercise check {folder}")


def _print(exercise: Exercise, imported: Imported, folder: Path) -> None:
    console = Console(soft_wrap=True, highlight=False)
    done = f"✓ {folder}: {len(exercise.tests)} tests, {len(exercise.solutions)} solutions"
    console.print(Text(done, style="green"))
    for heading, texts, style in (
        ("not kept", imported.notes.dropped, "yellow"),
        ("not quite the same", imported.notes.changed, ""),
    ):
        for text in texts:
            shown = "".join(char if char.isprintable() else " " for char in text)
            console.print(Text(f"  {heading}: {shown}", style=style))
    console.print(Text(f"  All of this stands in {folder / REPORT}.", style="dim"))


def _measure(exercise: Exercise, imported: Imported, folder: Path) -> None:
    """Set the time limit as the format does: by the slowest right solution."""
    right = tuple(one for one in exercise.solutions if one.is_right)
    generous = {
        language: replace(limits, cpu_ms=round(_MEASURE_S * 1000), wall_ms=round(_MEASURE_S * 3000))
        for language, limits in exercise.limits.items()
    }
    trial = replace(exercise, solutions=right, limits=MappingProxyType(generous))

    async def run(admission: Admission) -> list[Rehearsal]:
        return await rehearse(admission, [trial])

    results = portal.run_admitted(run)
    for result in results:
        if not result.as_expected:
            typer.echo(
                f"  {result.solution.file} is not accepted ({result.verdict.words}) and does not "
                f"count for the time limit. {result.message}".rstrip(),
                err=True,
            )
    if any(result.verdict is Verdict.PLATFORM_FAULT for result in results):
        raise typer.Exit(EXIT_PLATFORM)
    slowest = max(
        (test.cpu_ms for result in results if result.as_expected for test in result.tests),
        default=None,
    )
    if slowest is None:
        typer.echo("  No solution is accepted: the time limit is carrel's usual one.", err=True)
        raise typer.Exit(EXIT_OK)
    seconds = time_limit(slowest, imported.time_factor or 1.0, imported.time_step)
    set_time_limit(folder, seconds)
    typer.echo(f"  Time limit: {seconds:g} s; the slowest right solution needs {slowest} ms.")


def time_limit(slowest_ms: int, factor: float, step: float) -> float:
    """Return the least multiple of `step` seconds that leaves right solutions `factor` times."""
    steps = max(1, math.ceil(slowest_ms / 1000 * factor / step - 1e-9))
    return min(round(steps * step, 3), 600.0)
