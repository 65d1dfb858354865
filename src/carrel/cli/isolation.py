"""The option that chooses what isolates the sandboxes of one command."""

from __future__ import annotations

import os
from typing import Annotated

import typer

VARIABLE = "CARREL_ISOLATION"

IsolationOption = Annotated[
    str | None,
    typer.Option(
        "--isolation",
        help="gvisor, or the weaker namespaces. Default: CARREL_ISOLATION.",
    ),
]


def use_isolation(name: str | None) -> None:
    """Have this process, and those it starts, isolate by `name`; None leaves the setting.

    InvalidValueError when there is no such isolation, or the operator forbids it.
    """
    if name is None:
        return
    from carrel.bootstrap import chosen_isolation, default_settings  # noqa: PLC0415 - help first

    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        chosen_isolation(default_settings())
    except BaseException:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
        raise
