"""`carrel grade`: grade one submission against an exercise folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK
from carrel.cli.feedback import render
from carrel.cli.isolation import IsolationOption, use_isolation
from carrel.cli.privilege import require_root
from carrel.cli.run import STANDARD_INPUT, choose_language, read_source
from carrel.core.errors import InvalidValueError
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import Exercise
from carrel.facade import portal
from carrel.grading.feedback import feedback
from carrel.grading.submission import GradedSubmission, grade_submission
from carrel.judge.plan import Submission
from carrel.ops.settings import Settings
from carrel.sandbox.pool import SandboxPool
from carrel.texts.message import LANGUAGES, translated

_EPILOG = """\
Examples:

    carrel grade examples/sum-two-numbers my-answer.py

    carrel grade examples/fibonacci Fib.java --json

    carrel grade examples/fibonacci Fib.java --lang de

Exit code: 0 if all tests are passed, 1 if not, 2 for wrong usage, 3 for a
platform fault (nothing is said about the submission then), 4 if a privilege
or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `grade` to the command line."""
    app.command("grade", epilog=_EPILOG)(grade_command)


def grade_command(  # noqa: PLR0917 - Typer makes a parameter an option
    exercise: Annotated[Path, typer.Argument(help="The exercise's folder.")],
    submission: Annotated[str, typer.Argument(help="The program; - reads standard input.")],
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Default: by the file's extension.")
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", help="Language of the feedback, en or de. Default: CARREL_LANG."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,  # noqa: FBT002
    isolation: IsolationOption = None,
) -> None:
    """Grade a program; shows what a student may see, hidden tests by their verdict only."""
    if lang is not None and lang not in LANGUAGES:
        raise InvalidValueError("--lang", lang, "give one of " + ", ".join(LANGUAGES))
    spoken = lang or Settings.load().lang
    use_isolation(isolation)
    require_root("carrel grade")
    loaded = load_exercise(exercise)
    chosen = choose_language(submission, language)
    if chosen not in loaded.languages:
        allowed = f"{loaded.id} takes " + ", ".join(loaded.languages)
        raise InvalidValueError("--language", chosen.value, allowed)
    answer = Submission(chosen, read_source(submission))
    name = None if submission == STANDARD_INPUT else submission
    graded = portal.run(_grade, loaded, answer, name)
    view = graded.view
    if as_json:
        told = feedback(view)
        result = {
            "exercise": loaded.id,
            "language": chosen,
            **view.as_dict(spoken),
            "summary": told.summary.in_language(spoken),
            "feedback": [translated(sentence, spoken) for sentence in told.sentences],
            "hints": list(graded.hints),
        }
        typer.echo(json.dumps(result))
    else:
        console = Console()
        for part in render(view, spoken, graded.hints):
            # A compiler's lines and carets stand below each other only if nobody wraps them.
            console.print(part, soft_wrap=isinstance(part, Text))
    raise typer.Exit(EXIT_OK if view.passed else EXIT_FAILED)


async def _grade(
    pool: SandboxPool, exercise: Exercise, submission: Submission, name: str | None
) -> GradedSubmission:
    return await grade_submission(pool, exercise, submission, file_name=name)
