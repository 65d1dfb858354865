"""`carrel bench`: what carrel costs on this machine, each figure beside its floor."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from carrel.cli.privilege import require_root

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from carrel.bench.figures import Figure
    from carrel.ops.settings import Settings

_T = TypeVar("_T")

_EPILOG = """\
Examples:

    sudo carrel bench --quick

    sudo carrel bench --json > figures.json

    sudo carrel bench --isolation all

    sudo carrel bench --isolation gvisor,namespaces --quick

The machine should be otherwise idle. --quick takes about a minute, all of it about ten
minutes on two cores; with emulated micro-VMs several times as long.

Exit code: 0 when it was measured, whether the goals are met or not; 2 for wrong
usage, 3 for a platform fault, 4 if a privilege or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `bench` to the command line."""
    app.command("bench", epilog=_EPILOG)(bench)


def bench(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few repetitions: shows that it works.")
    ] = False,
    isolation: Annotated[
        str | None,
        typer.Option(
            "--isolation",
            metavar="all|NAME,…",
            help="Compare isolations, side by side with a bare process.",
        ),
    ] = None,
) -> None:
    """Measure creation, tests, throughput, memory, growth and fairness with their floors.

    With --isolation: the same of several isolations beside each other, without growth and
    fairness.
    """
    require_root("carrel bench")
    from carrel.bootstrap import default_settings  # noqa: PLC0415

    settings = default_settings()
    compared = None if isolation is None else _isolations(isolation)
    run_dir = settings.run_dir / f"bench-{os.getpid()}"
    # Ended like with Ctrl-C, so that sandboxes and busy processes are gone afterwards.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if compared is None:
            _one(settings, run_dir, quick=quick, as_json=as_json)
        else:
            _several(settings, compared, run_dir, quick=quick, as_json=as_json)
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def _isolations(text: str) -> tuple[str, ...]:
    """Return the isolations that a list names; InvalidValueError for one that there is not."""
    from carrel.bootstrap import isolations  # noqa: PLC0415
    from carrel.core.errors import InvalidValueError  # noqa: PLC0415

    known = isolations()
    names = known if text == "all" else tuple(dict.fromkeys(text.split(",")))
    if not set(names) <= set(known):
        raise InvalidValueError(
            "--isolation", text, f"give all, or some of {', '.join(known)} with commas between"
        )
    return names


def _one(settings: Settings, run_dir: Path, *, quick: bool, as_json: bool) -> None:
    from carrel.bootstrap import gvisor_release  # noqa: PLC0415

    start = time.monotonic()
    figures = asyncio.run(_measure(settings, run_dir, quick=quick))
    seconds = time.monotonic() - start
    if as_json:
        machine = {
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "runsc": gvisor_release()[0],
            "load_1min": os.getloadavg()[0],
        }
        report = {
            "quick": quick,
            "seconds": round(seconds, 1),
            "machine": machine,
            "figures": [figure.as_dict() for figure in figures],
        }
        typer.echo(json.dumps(report, indent=2))
    else:
        _print(figures, seconds)


async def _measure(settings: Settings, run_dir: Path, *, quick: bool) -> list[Figure]:
    from carrel.bench.suite import FULL, QUICK, open_suite  # noqa: PLC0415

    async with open_suite(settings, run_dir, QUICK if quick else FULL) as steps:
        return await _take(steps)


async def _take(steps: Sequence[tuple[str, Callable[[], Awaitable[_T]]]]) -> list[_T]:
    """Make the measurements one after another and tell which one it is."""
    from rich.console import Console  # noqa: PLC0415 - help must come quickly
    from rich.progress import MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    found: list[_T] = []
    columns = (TextColumn("Measuring {task.description}"), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(steps))
        for name, measure in steps:
            progress.update(task, description=name)
            found.append(await measure())
            progress.advance(task)
    return found


def _several(
    settings: Settings, names: Sequence[str], run_dir: Path, *, quick: bool, as_json: bool
) -> None:
    from carrel.bench import report  # noqa: PLC0415
    from carrel.bench.comparison import FULL, QUICK, open_comparison  # noqa: PLC0415

    start = time.monotonic()
    machine = report.machine()

    async def measure() -> dict[str, Any]:
        sizes = QUICK if quick else FULL
        async with open_comparison(settings, names, run_dir, sizes) as comparison:
            rows = [row for rows in await _take(comparison.steps) for row in rows]
        return report.isolations(comparison.sides, comparison.absent, rows)

    isolations = asyncio.run(measure())
    found = {
        "quick": quick,
        "seconds": round(time.monotonic() - start, 1),
        "machine": machine,
        "isolations": isolations,
    }
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        _print_comparison(found)


def _print_comparison(found: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from carrel.bench.report import remarks_on, table  # noqa: PLC0415

    header, *lines = table(found)
    shown = Table(*header, show_lines=True)
    for column in shown.columns[1:]:
        column.justify = "right"
    for line in lines:
        shown.add_row(*map(Text, line))
    console = Console()
    console.print(shown)
    for remark in remarks_on(found):
        console.print(Text(remark))
    console.print(f"measured in {found['seconds']:.0f} s; ratios are to bare processes of this run")


def _print(figures: Sequence[Figure], seconds: float) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table("Figure", "Value", "Floor", "Compared", "Goal", "")
    for column in table.columns[1:5]:
        column.justify = "right"
    for figure in figures:
        table.add_row(
            Text(figure.title),
            _number(figure.value, figure.unit),
            "-" if figure.floor is None else _number(figure.floor, figure.unit),
            _compared(figure, figure.compared),
            ("≥ " if figure.at_least else "≤ ") + _compared(figure, figure.goal),
            _mark(figure),
        )
    console = Console()
    console.print(table)
    for figure in figures:
        console.print(Text(f"{figure.title}: {_notes(figure)}", style="dim"))
    console.print(f"measured in {seconds:.0f} s; floors are of the same run")


def _number(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}" if abs(value) < 1000 else f"{value:.0f} {unit}"  # noqa: PLR2004


def _compared(figure: Figure, value: float | None) -> str:
    if value is None:
        return "-"
    match figure.compare.value:
        case "ratio":
            return f"{value:.2f}x"
        case "difference":
            return f"{value:+.1f} {figure.unit}"
        case _:
            return _number(value, figure.unit)


def _mark(figure: Figure) -> str:
    if figure.met is None:
        return ""
    return "[green]✓[/green]" if figure.met else "[red]✗[/red]"


def _notes(figure: Figure) -> str:
    shown = {key: value for key, value in figure.details.items() if not isinstance(value, list)}
    words = (f"{key.replace('_', ' ')} {_plain(value)}" for key, value in shown.items())
    parts = [f"the floor is {figure.floor_is}", *words]
    return "; ".join(parts)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "/".join(map(str, value))
    return "none" if value is None else str(value)
