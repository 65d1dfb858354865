"""`carrel submit`: hand in, follow the grading, and show the result as `carrel grade` does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK
from carrel.core.errors import InvalidValueError, PlatformFaultError
from carrel.judge.verdict import Verdict

if TYPE_CHECKING:
    from carrel.cli.server import Server

_CONNECTIONS = 5
_EPILOG = """\
Examples:

    carrel submit asg_4f0c sum.py

    carrel submit asg_4f0c Main.java Shapes.java --lang de

Sign in once before: `carrel login URL`. The first file is the program, others lie beside it.

Exit code: 0 if all tests are passed, 1 if not, 2 for wrong usage or a submission that is not
taken, 3 for a platform fault (it uses up no attempt), 4 if you are not signed in.
"""


def register(app: typer.Typer) -> None:
    """Add `submit` to the command line."""
    app.command("submit", epilog=_EPILOG)(submit)


def submit(
    assignment: Annotated[str, typer.Argument(help="The assignment's id, asg_…")],
    files: Annotated[list[str], typer.Argument(metavar="FILES…", help="The program's files.")],
    language: Annotated[
        str | None,
        typer.Option("--language", "-l", help="Default: by the first file's extension."),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", help="Language of the feedback, en or de. Default: CARREL_LANG."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Hand in a program for an assignment, and show its result when it is graded."""
    from carrel.cli.run import choose_language  # noqa: PLC0415 - help must come quickly
    from carrel.cli.server import remembered  # noqa: PLC0415
    from carrel.ops.settings import Settings  # noqa: PLC0415
    from carrel.texts.message import LANGUAGES  # noqa: PLC0415

    if lang is not None and lang not in LANGUAGES:
        raise InvalidValueError("--lang", lang, "give one of " + ", ".join(LANGUAGES))
    spoken = lang or Settings.load().lang
    body = {
        "language": choose_language(files[0], language).value,
        "files": [{"name": Path(file).name, "content": _read(file)} for file in files],
    }
    with remembered() as server:
        submission = server.post(f"/assignments/{assignment}/submissions", body)
        _follow(server, submission["id"])
        form = "sentences" if as_json else "stored"
        found = server.get(f"/submissions/{submission['id']}", lang=spoken, form=form)
    if found.get("view") is None:
        raise PlatformFaultError(
            f"submission {submission['id']} could not be graded; it uses up no attempt"
        )
    if as_json:
        typer.echo(json.dumps(found))
        passed = found["view"]["verdict"] == Verdict.ACCEPTED
    else:
        passed = _show(found["view"], spoken)
    raise typer.Exit(EXIT_OK if passed else EXIT_FAILED)


def _read(file: str) -> str:
    try:
        return Path(file).read_bytes().decode("utf-8")
    except OSError as error:
        raise InvalidValueError("FILE", file, f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidValueError("FILE", file, "it is not UTF-8 text: save it as UTF-8") from error


def _follow(server: Server, submission: str) -> None:
    """Show how far the grading is, to its end; a line that breaks off is opened again."""
    console = Console(stderr=True)
    with console.status("handed in") as status:
        for left in range(_CONNECTIONS, 0, -1):
            try:
                for name, data in server.events(f"/submissions/{submission}/events"):
                    if name in ("graded", "fault"):
                        return
                    status.update(_words(name, data))
            except PlatformFaultError:
                if left == 1:
                    raise
    raise PlatformFaultError(f"the server does not tell how far submission {submission} is")


def _words(name: str, data: dict[str, Any]) -> str:
    if name == "testing":
        return f"test {data.get('done')} of {data.get('total')}"
    if name != "queued" or data.get("place") is None:
        return name
    seconds = data.get("estimate_s")
    soon = "" if seconds is None else f", about {seconds} s"
    return f"queued, place {data['place']}{soon}"


def _show(view: dict[str, Any], spoken: str) -> bool:
    """Print a result as `carrel grade` prints it; return whether all tests passed."""
    from rich.text import Text  # noqa: PLC0415 - slow, and not needed for JSON

    from carrel.cli.feedback import render  # noqa: PLC0415
    from carrel.grading.stored import student_view_from  # noqa: PLC0415

    result = student_view_from(view)
    console = Console()
    for part in render(result, spoken):
        console.print(part, soft_wrap=isinstance(part, Text))
    return result.passed
