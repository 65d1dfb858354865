"""What the parent tells its children, and how they answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from carrel.core.errors import CarrelError, PlatformFaultError
from carrel.link.failures import error_of, failure_of
from carrel.link.messages import FailureMessage

SOCKET_NAME = "worker.sock"
"""Of the line's socket, in the directory that the web process works in."""


class WorkerConfig(BaseModel):
    """For the worker: `link` is the descriptor of the line's socket, bound and listening.

    `user` and `group` are those of the web process.
    """

    parent: int
    settings: dict[str, Any]
    link: int
    user: int
    group: int


class WebConfig(BaseModel):
    """For the web process.

    `listener` is the descriptor of the HTTP socket, `directory` that of the directory with
    the line's socket. `user` and `group` are what the process becomes. `readable` are
    paths that it needs to read, wherever they are, `writable` those that it writes to.
    """

    parent: int
    listener: int
    directory: int
    user: int
    group: int
    readable: list[str]
    writable: list[str]
    hosts: list[str]
    version: str
    drain_s: int
    settings: dict[str, Any]
    is_playground: bool


C = TypeVar("C", bound=BaseModel)


class Started(BaseModel):
    """A child's one line: `error` says why it did not start.

    `sign_in` is the secret of a link by which the administrator can sign in once.
    """

    error: FailureMessage | None = None
    sign_in: str = ""


def read_config(model: type[C]) -> C:
    """Return what the parent says on standard input."""
    return model.model_validate_json(sys.stdin.buffer.read())


def say_started(sign_in: str = "") -> None:
    """Tell the parent that everything is ready; what is printed later goes to stderr."""
    _say(Started(sign_in=sign_in))
    os.dup2(2, 1)


def run_child(main: Callable[[], None]) -> None:
    """Run a child's main function; an error of ours is told to the parent and ends it."""
    try:
        main()
    except CarrelError as error:
        _say(Started(error=failure_of(error)))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(1)


def _say(started: Started) -> None:
    sys.stdout.write(json.dumps(started.model_dump(mode="json")) + "\n")
    sys.stdout.flush()


def check_started(line: bytes, name: str) -> Started:
    """Return what a child told, or raise the error that it told instead of being ready."""
    if not line:
        raise PlatformFaultError(f"the {name} ended before it was ready; its messages say why")
    started = Started.model_validate_json(line)
    if started.error is not None:
        raise error_of(started.error)
    return started
