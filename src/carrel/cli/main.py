"""The entry of the `carrel` command: which commands there are, and how errors end it."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from carrel.cli.errors import RefusedError
from carrel.cli.exit_codes import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PLATFORM,
    EXIT_PRIVILEGE,
    EXIT_USAGE,
)
from carrel.core.errors import (
    CarrelError,
    ConflictError,
    InvalidValueError,
    MissingToolError,
    NotAllowedError,
    NotFoundError,
    PrivilegeError,
    SignInRequiredError,
)

COMMANDS = {
    "run": "carrel.cli.run",
    "grade": "carrel.cli.grade",
    "batch": "carrel.cli.batch",
    "exercise": "carrel.cli.exercise",
    "import": "carrel.cli.import_",
    "selftest": "carrel.cli.selftest",
    "serve": "carrel.cli.serve",
    "demo": "carrel.cli.demo",
    "login": "carrel.cli.login",
    "submit": "carrel.cli.submit",
    "template": "carrel.cli.template",
    "machine": "carrel.cli.machine",
    "doctor": "carrel.cli.doctor",
    "bench": "carrel.cli.bench",
    "similarity": "carrel.cli.similarity",
}
"""Every command and the module whose `register(app)` adds it."""

_ONLY_TOLD = {"--help", "--version"}
"""Options that end a command before it does anything, whatever the settings are."""

_EPILOG = """\
Exit codes: 0 all is well; 1 what was asked about failed, such as a submission that is not
accepted; 2 wrong usage; 3 a fault of the platform; 4 a missing privilege or tool; 130 interrupted.

CARREL_DEBUG=1 shows where in the code an error arose; NO_COLOR=1 leaves colours out.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (default: this process's) and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given and not _ONLY_TOLD & set(given):
            _start_logging()
        _app(given)(args=given, prog_name="carrel")
    except SystemExit as end:  # how Typer ends, after it has explained wrong usage
        return (
            end.code if isinstance(end.code, int) else EXIT_OK if end.code is None else EXIT_FAILED
        )
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can say it in words
        return _explain(error)
    return EXIT_OK


def exit_code_of(error: BaseException) -> int:
    """Return the exit code that stands for `error`."""
    match error:
        case InvalidValueError():
            return EXIT_USAGE
        case PrivilegeError() | MissingToolError() | SignInRequiredError() | NotAllowedError():
            return EXIT_PRIVILEGE
        case NotFoundError() | ConflictError() | RefusedError():
            return EXIT_USAGE
        case _:
            return EXIT_PLATFORM


def _app(arguments: Sequence[str]) -> typer.Typer:
    app = typer.Typer(
        name="carrel",
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


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and rarely asked for

        typer.echo(f"carrel {version('carrel')}")
        raise typer.Exit(EXIT_OK)


def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print carrel's version.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """Run and grade untrusted student programs, each in a sandbox of its own."""


def _start_logging() -> None:
    from carrel.ops.settings import Settings  # noqa: PLC0415 - slow, and help must come quickly

    logging.basicConfig(level=Settings.load().log_level.upper())


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


if __name__ == "__main__":
    sys.exit(main())
