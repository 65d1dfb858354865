"""The entry of the `carrel` command: which commands there are, and how errors end it."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import click
import typer

from carrel.core.errors import CarrelError, InvalidValueError, MissingToolError, PrivilegeError

COMMANDS = {
    "run": "carrel.cli.run",
    "grade": "carrel.cli.grade",
    "selftest": "carrel.cli.selftest",
    "template": "carrel.cli.template",
}
"""Every command and the module whose `register(app)` adds it."""

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PLATFORM = 3
EXIT_PRIVILEGE = 4
EXIT_INTERRUPTED = 130

_EPILOG = """\
Exit codes: 0 all is well; 1 what was asked about failed, such as a submission that is not
accepted; 2 wrong usage; 3 a fault of the platform; 4 a missing privilege or tool; 130 interrupted.

CARREL_DEBUG=1 shows where in the code an error arose; NO_COLOR=1 leaves colours out.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (default: this process's) and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = _app(given)(args=given, prog_name="carrel", standalone_mode=False)
    except click.exceptions.Abort:  # Ctrl-C or the end of input at a question
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is wrong, and nobody to tell it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the last place that can say it in words
        return _explain(error)
    return result if isinstance(result, int) else EXIT_OK


def exit_code_of(error: BaseException) -> int:
    """Return the exit code that stands for `error`."""
    match error:
        case InvalidValueError():
            return EXIT_USAGE
        case PrivilegeError() | MissingToolError():
            return EXIT_PRIVILEGE
        case _:
            return EXIT_PLATFORM


def _app(arguments: Sequence[str]) -> typer.Typer:
    app = typer.Typer(
        name="carrel",
        help="Run and grade untrusted student programs, each in a sandbox of its own.",
        epilog=_EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    # Importing every command takes longer than most of them run: only the one that is
    # asked for, or all of them when help or a suggestion has to know them.
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, module in COMMANDS.items():
        if asked not in COMMANDS or name == asked:
            importlib.import_module(module).register(app)
    return app


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print carrel's version.", is_eager=True)
    ] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of  # noqa: PLC0415 - slow, rarely asked

        typer.echo(f"carrel {version_of('carrel')}")
        raise typer.Exit(EXIT_OK)


def _explain(error: Exception) -> int:
    if os.environ.get("CARREL_DEBUG", "") not in ("", "0"):
        traceback.print_exception(error)
    if isinstance(error, CarrelError):
        typer.echo(f"carrel: {error}", err=True)
    else:
        typer.echo(
            f"carrel: unexpected {type(error).__name__}: {error} "
            "(CARREL_DEBUG=1 shows where; please report it)",
            err=True,
        )
    return exit_code_of(error)


def _interrupted() -> int:
    typer.echo("carrel: interrupted", err=True)
    return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
