"""`carrel exercise`: begin, check and show exercises."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from carrel.admission.admission import Admission
from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_PLATFORM
from carrel.cli.isolation import IsolationOption, use_isolation
from carrel.cli.privilege import require_root
from carrel.core.errors import InvalidValueError
from carrel.exercises.blank import LANGUAGES, blank_exercise
from carrel.exercises.loading import find_exercises, load_exercise
from carrel.exercises.schema import json_schema
from carrel.exercises.types import Exercise, ExerciseTest
from carrel.facade import portal
from carrel.grading.checkup import Finding, Severity, findings
from carrel.grading.rehearsal import Rehearsal, rehearse
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS, parse_language

_MAX_REPEAT = 20

_CHECK_EPILOG = """\
Examples:

    carrel exercise check my-exercise

    carrel exercise check exercises --repeat 3 --strict

Exit code: 0 if there is no error (with --strict: and no warning), 1 if there is, 2 for an
exercise that cannot be read, 3 after a platform fault, 4 if a privilege or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(help="Begin, check and show exercises.", no_args_is_help=True)
    group.command("new")(new)
    group.command("check", epilog=_CHECK_EPILOG)(check)
    group.command("show")(show)
    group.command("schema")(schema)
    app.add_typer(group, name="exercise")


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; it must not exist.")],
    *,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    language: Annotated[
        str, typer.Option(help="The language of its programs: " + ", ".join(LANGUAGES) + ".")
    ] = "python",
) -> None:
    """Make a small exercise that is complete, to start from."""
    chosen = parse_language(language)
    if chosen not in LANGUAGES:
        allowed = "give one of " + ", ".join(LANGUAGES) + "; others can be added in exercise.toml"
        raise InvalidValueError("--language", language, allowed)
    identifier = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:64]
    if not identifier:
        raise InvalidValueError("FOLDER", str(folder), "give a name with a letter or a digit")
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        allowed = "it is there already; give a folder that is not"
        raise InvalidValueError("FOLDER", str(folder), allowed) from None
    except OSError as error:
        raise InvalidValueError("FOLDER", str(folder), f"{error.strerror}") from error
    name = title.strip() or folder.name.replace("-", " ").replace("_", " ").capitalize()
    for path, text in blank_exercise(identifier, name[:200], chosen).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    load_exercise(folder)
    typer.echo(f"{folder} is ready: edit exercise.toml and statement.md, and try it with")
    typer.echo(f"  carrel exercise check {folder}")


def check(
    folder: Annotated[Path, typer.Argument(help="An exercise, or a folder of exercises.")],
    *,
    repeat: Annotated[
        int, typer.Option(help="Judge every solution so often: do the verdicts change?")
    ] = 2,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    isolation: IsolationOption = None,
) -> None:
    """See whether exercises are ready: their own solutions must come out as expected.

    It also names tests that no wrong solution fails, tests whose verdict changes between
    runs, languages without a right solution, and limits that leave too little time.
    """
    use_isolation(isolation)
    require_root("carrel exercise check")
    if not 1 <= repeat <= _MAX_REPEAT:
        raise InvalidValueError("--repeat", repeat, f"give a number from 1 to {_MAX_REPEAT}")
    exercises = _exercises(folder)
    runs = _rehearse(exercises, repeat)
    found = [
        findings(
            exercise, [[result for result in run if result.exercise is exercise] for run in runs]
        )
        for exercise in exercises
    ]
    if as_json:
        data = {
            exercise.id: [{"severity": one.severity, "text": one.text} for one in some]
            for exercise, some in zip(exercises, found, strict=True)
        }
        typer.echo(json.dumps(data))
    else:
        for exercise, some in zip(exercises, found, strict=True):
            _print_findings(exercise, some, repeat)
    if any(result.verdict is Verdict.PLATFORM_FAULT for run in runs for result in run):
        raise typer.Exit(EXIT_PLATFORM)
    severities = {one.severity for some in found for one in some}
    bad = severities if strict else severities & {Severity.ERROR}
    raise typer.Exit(EXIT_FAILED if bad else EXIT_OK)


def _exercises(folder: Path) -> list[Exercise]:
    """Return the exercises in a folder; two of the same id cannot be told apart later."""
    by_id: dict[str, Path] = {}
    exercises = []
    for path in find_exercises(folder):
        exercise = load_exercise(path)
        if exercise.id in by_id:
            allowed = f"{by_id[exercise.id]} has it already; give every exercise an id of its own"
            raise InvalidValueError(f"{path}: id", exercise.id, allowed)
        by_id[exercise.id] = path
        exercises.append(exercise)
    if not exercises:
        allowed = "give a folder with an exercise.toml, or a folder of such folders"
        raise InvalidValueError("FOLDER", str(folder), allowed)
    return exercises


def _rehearse(exercises: Sequence[Exercise], repeat: int) -> list[list[Rehearsal]]:
    count = repeat * sum(len(exercise.solutions) for exercise in exercises)
    columns = (TextColumn("Judging"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=count)

        async def run(admission: Admission) -> list[list[Rehearsal]]:
            return [
                await rehearse(admission, exercises, on_done=lambda _: progress.advance(task))
                for _ in range(repeat)
            ]

        return portal.run_admitted(run)


def _print_findings(exercise: Exercise, found: Sequence[Finding], repeat: int) -> None:
    console = Console()
    runs = f"{len(exercise.solutions)} solutions, {repeat} times each"
    if not found:
        console.print(Text(f"✓ {exercise.id}: ready ({runs})", style="green"))
        return
    errors = sum(one.severity is Severity.ERROR for one in found)
    mark, style = ("✗", "bold red") if errors else ("!", "yellow")
    summary = f"{errors} errors, {len(found) - errors} warnings ({runs})"
    console.print(Text(f"{mark} {exercise.id}: {summary}", style=style))
    for one in found:
        style = "red" if one.severity is Severity.ERROR else "yellow"
        console.print(Text(f"  {one.severity}: {_printable(one.text)}", style=style))


def show(
    folder: Annotated[Path, typer.Argument(help="The exercise.")],
    *,
    student: Annotated[
        bool, typer.Option("--student", help="Show it as a student sees it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")] = False,
) -> None:
    """Show an exercise: its statement, tests, limits and version."""
    exercise = load_exercise(folder)
    if as_json:
        typer.echo(json.dumps(_facts(exercise, student=student)))
        return
    console = Console()
    console.print(Markdown(_printable(exercise.statement)))
    console.print(_tests_table(exercise, student=student))
    if not student:
        console.print(_limits_table(exercise))
        console.print(Text(f"version {exercise.version}", style="dim"))


def _facts(exercise: Exercise, *, student: bool) -> dict[str, object]:
    facts: dict[str, object] = {
        "id": exercise.id,
        "title": exercise.title,
        "statement": exercise.statement,
        "languages": exercise.languages,
        "points": exercise.points,
        "tests": [
            {
                "name": _name(exercise, test, student=student),
                "points": test.points,
                "hidden": test.hidden,
                "group": test.group,
            }
            for test in exercise.tests
        ],
        "data": sorted(exercise.data),
    }
    if student:
        return facts
    data = exercise.metadata
    return facts | {
        "version": exercise.version,
        "metadata": {
            "tags": data.tags,
            "difficulty": data.difficulty,
            "licence": data.licence,
            "authors": data.authors,
            "source": data.source,
        },
        "hints": [hint.text for hint in exercise.hints],
        "solutions": [
            {"file": one.file, "language": one.language, "verdict": one.verdict or one.expected}
            for one in exercise.solutions
        ],
    }


def _name(exercise: Exercise, test: ExerciseTest, *, student: bool) -> str | None:
    return None if student and test.hidden and not exercise.hidden_names else test.name


def _tests_table(exercise: Exercise, *, student: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for header in ("Test", "Group", "Points", "Hidden"):
        table.add_column(header, justify="right" if header == "Points" else "left")
    for test in exercise.tests:
        name = _name(exercise, test, student=student) or "(hidden)"
        table.add_row(
            Text(_printable(name)),
            Text(_printable(test.group or "")),
            str(test.points),
            "yes" if test.hidden else "",
        )
    table.add_section()
    table.add_row(Text("all", style="bold"), "", str(exercise.points), "")
    return table


def _limits_table(exercise: Exercise) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for header in ("Language", "CPU time", "Memory"):
        table.add_column(header, justify="left" if header == "Language" else "right")
    for language in exercise.languages:
        limits = exercise.limits[language]
        table.add_row(
            SPECS[language].title,
            f"{(limits.cpu_ms or 0) / 1000:g} s",
            f"{(limits.memory_bytes or 0) >> 20} MiB",
        )
    return table


def _printable(text: str) -> str:
    """Leave out what would change the terminal of whoever looks at an exercise."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def schema() -> None:
    """Print the JSON Schema of exercise.toml, for editors that complete and check."""
    typer.echo(json.dumps(json_schema(), indent=2))
