"""The option that chooses what isolates the sandboxes of one command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from carrel.core.errors import InvalidValueError

if TYPE_CHECKING:
    from carrel.ops.settings import Settings

VARIABLE = "CARREL_ISOLATION"

IsolationOption = Annotated[
    str | None,
    typer.Option(
        "--isolation",
        help="gvisor, or the weaker namespaces. Default: CARREL_ISOLATION.",
    ),
]


def settings_with(name: str | None) -> Settings:
    """Return the settings, with this isolation unless it is None.

    InvalidValueError when there is no such isolation, or the operator forbids it.
    """
    from carrel.bootstrap import chosen_isolation, default_settings, isolations  # noqa: PLC0415

    settings = default_settings()
    if name is not None:
        known = ("auto", *isolations())
        if name not in known:
            raise InvalidValueError("--isolation", name, f"give one of {', '.join(known)}")
        settings = settings.model_copy(update={"isolation": name})
        chosen_isolation(settings)
    return settings


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
