"""`carrel grade`: grade one submission against an exercise folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK
from carrel.cli.privilege import require_root
from carrel.cli.run import choose_language, read_source
from carrel.core.errors import InvalidValueError
from carrel.core.sizes import format_measured
from carrel.exercises.jobs import job_for
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import Exercise
from carrel.facade import portal
from carrel.grading.feedback import DiffLine, describe, diff, shown
from carrel.grading.grade import Grade, grade
from carrel.grading.student import StudentTest, StudentView, TestDetails, student_view
from carrel.judge.judge import judge
from carrel.judge.plan import Submission
from carrel.judge.verdict import Verdict
from carrel.sandbox.pool import SandboxPool

_SHOWN_LINES = 20
_SIDES = {
    "both": ("  ", ""),
    "expected": ("- ", "green"),
    "actual": ("+ ", "red"),
}

_EPILOG = """\
Examples:

    carrel grade examples/sum-two-numbers my-answer.py

    carrel grade examples/fibonacci Fib.java --json

Exit code: 0 if all tests are passed, 1 if not, 2 for wrong usage, 3 for a
platform fault (nothing is said about the submission then), 4 if a privilege
or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `grade` to the command line."""
    app.command("grade", epilog=_EPILOG)(grade_command)


def grade_command(
    exercise: Annotated[Path, typer.Argument(help="The exercise's folder.")],
    submission: Annotated[str, typer.Argument(help="The program; - reads standard input.")],
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Default: by the file's extension.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Grade a program; shows what a student may see, hidden tests by their verdict only."""
    require_root("carrel grade")
    loaded = load_exercise(exercise)
    chosen = choose_language(submission, language)
    if chosen not in loaded.languages:
        allowed = f"{loaded.id} takes " + ", ".join(loaded.languages)
        raise InvalidValueError("--language", chosen.value, allowed)
    answer = Submission(chosen, read_source(submission))
    view = student_view(portal.run(_grade, loaded, answer))
    if as_json:
        typer.echo(json.dumps({"exercise": loaded.id, "language": chosen, **view.as_dict()}))
    else:
        Console().print(*render(view), sep="\n")
    raise typer.Exit(EXIT_OK if view.passed else EXIT_FAILED)


async def _grade(pool: SandboxPool, exercise: Exercise, submission: Submission) -> Grade:
    return grade(exercise.tests, await judge(pool, job_for(exercise, submission)))


def render(view: StudentView) -> list[RenderableType]:
    """Return what to print: the first failure, the table of tests, the score."""
    parts: list[RenderableType] = []
    first = next((test for test in view.tests if not test.passed), None)
    if view.compile_message is not None:
        parts += [
            Text("The program does not compile:", style="bold"),
            _output(view.compile_message),
        ]
    elif first is not None:
        parts += [Text(describe(first), style="bold"), *_details(first)]
    if view.compile_message is None:
        parts.append(_table(view))
    score = f"{view.earned} of {view.total} points ({view.percentage:.0f}%): {view.verdict.words}"
    parts.append(Text(score, style="bold green" if view.passed else "bold red"))
    return parts


def _details(test: StudentTest) -> list[RenderableType]:
    details = test.details
    if details is None:
        return [Text("This test is hidden: its data is not shown.", style="dim")]
    parts: list[RenderableType] = []
    if details.input:
        parts += [Text("Input:", style="dim"), _output(details.input)]
    if test.verdict is Verdict.WRONG_ANSWER:
        parts.append(Text("Expected (-) and printed (+):", style="dim"))
        parts += [_diff_line(line) for line in diff(details.expected, details.actual)]
    if details.stderr:
        parts += [Text("Standard error:", style="dim"), _output(details.stderr)]
    return parts


def _diff_line(line: DiffLine) -> Text:
    prefix, style = _SIDES[line.side]
    return Text(prefix + line.text, style=style)


def _output(text: str) -> Text:
    lines = text.rstrip("\n").split("\n")
    kept = [f"  {shown(line)}" for line in lines[:_SHOWN_LINES]]
    if len(lines) > _SHOWN_LINES:
        kept.append(f"  … and {len(lines) - _SHOWN_LINES} more lines")
    return Text("\n".join(kept))


def _table(view: StudentView) -> Table:
    table = Table("Test", "Verdict", "Points", "CPU time", "Memory")
    for column in table.columns[2:]:
        column.justify = "right"
    for test in view.tests:
        name = Text(test.name + (" (hidden)" if test.hidden else ""))
        verdict = Text(test.verdict.words, style="green" if test.passed else "red")
        table.add_row(name, verdict, f"{test.earned}/{test.points}", *_measures(test.details))
    return table


def _measures(details: TestDetails | None) -> tuple[str, str]:
    if details is None:
        return "", ""
    return f"{details.cpu_ms} ms", format_measured(details.memory_bytes)
