"""`carrel run`: run one program in a sandbox, as if it ran here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from carrel.cli.exit_codes import (
    RUN_COMPILE_ERROR,
    RUN_MEMORY_LIMIT,
    RUN_OUTPUT_LIMIT,
    RUN_TIME_LIMIT,
)
from carrel.cli.isolation import IsolationOption, use_isolation
from carrel.cli.privilege import require_root
from carrel.core.errors import CarrelError, InvalidValueError
from carrel.facade import portal
from carrel.judge.plan import MAX_SOURCE_BYTES, Submission
from carrel.judge.request import run_limits
from carrel.judge.single import Outcome, run_once
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language, language_of_file, parse_language
from carrel.sandbox.pool import SandboxPool

STANDARD_INPUT = "-"
_EXIT_CODES = {
    Verdict.COMPILE_ERROR: RUN_COMPILE_ERROR,
    Verdict.TIME_LIMIT: RUN_TIME_LIMIT,
    Verdict.IDLENESS_LIMIT: RUN_TIME_LIMIT,
    Verdict.OUTPUT_LIMIT: RUN_OUTPUT_LIMIT,
    Verdict.MEMORY_LIMIT: RUN_MEMORY_LIMIT,
}

_EPILOG = """\
Examples:

    carrel run hello.py

    carrel run adder.cpp --stdin numbers.txt --timeout 5 --memory 64M

    cat hello.js | carrel run - --language javascript

Exit code: the program's own, 128 + the signal's number if a signal ended it;
1 if it does not compile, 124 after the timeout, 137 over the memory limit,
153 over the output limit; 2 for wrong usage, 3 for a platform fault, 4 if a
privilege or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `run` to the command line."""
    app.command("run", epilog=_EPILOG)(run)


def run(  # noqa: PLR0917 - Typer makes a parameter an option
    file: Annotated[str, typer.Argument(help="The program; - reads it from standard input.")],
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Default: by the file's extension.")
    ] = None,
    stdin: Annotated[
        str | None,
        typer.Option("--stdin", help="A file that the program reads; - for standard input."),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds until it is stopped.")] = 30,
    memory: Annotated[str, typer.Option(help="Memory limit, such as 64M or 1G.")] = "256M",
    isolation: IsolationOption = None,
) -> None:
    """Run a program in a sandbox; its output and exit code are passed through."""
    use_isolation(isolation)
    require_root("carrel run")
    if file == stdin == STANDARD_INPUT:
        raise InvalidValueError("--stdin", stdin, "standard input already gives the program")
    submission = Submission(choose_language(file, language), read_source(file))
    given = b"" if stdin is None else _read("--stdin", stdin)
    limits = run_limits(timeout, memory)
    to_stdout, to_stderr = _writer(sys.stdout.buffer), _writer(sys.stderr.buffer)

    async def stream(pool: SandboxPool) -> Outcome:
        return await run_once(
            pool, submission, given, limits, on_stdout=to_stdout, on_stderr=to_stderr
        )

    outcome = portal.run(stream)
    sys.stdout.flush()
    if outcome.compile_message is not None:
        typer.echo(outcome.compile_message, err=True)
    elif outcome.verdict in _EXIT_CODES or outcome.execution.signal is not None:
        typer.echo(f"carrel: {outcome.verdict.words}: {outcome.reason}", err=True)
    raise typer.Exit(_EXIT_CODES.get(outcome.verdict, outcome.execution.shell_exit_code))


def choose_language(file: str, name: str | None) -> Language:
    """Return the language by name, else by the file's extension."""
    if name is not None:
        return parse_language(name, field="--language")
    language = None if file == STANDARD_INPUT else language_of_file(file)
    if language is None:
        allowed = "the language cannot be told from the name; add --language, one of "
        raise InvalidValueError("FILE", file, allowed + ", ".join(Language))
    return language


def read_source(file: str) -> bytes:
    """Return a program's source; InvalidValueError if it cannot be read or is too large."""
    source = _read("FILE", file)
    if len(source) > MAX_SOURCE_BYTES:
        allowed = f"it has {len(source):,} bytes, allowed are {MAX_SOURCE_BYTES:,}"
        raise InvalidValueError("FILE", file, allowed)
    return source


def _read(field: str, file: str) -> bytes:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidValueError(field, file, error.strerror or str(error)) from error


def _writer(stream: BinaryIO) -> Callable[[bytes], None]:
    """Return a function that writes at once, until nobody reads any more (`| head`)."""
    open_ = True

    def write(data: bytes) -> None:
        nonlocal open_
        if not open_:
            return
        try:
            stream.write(data)
            stream.flush()
        except BrokenPipeError:
            open_ = False
        except OSError as error:
            raise CarrelError(f"cannot write the program's output: {error.strerror}") from error

    return write
