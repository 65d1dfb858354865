"""`carrel template`: build, list and remove the root file systems of the sandboxes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from carrel.cli.privilege import require_root

if TYPE_CHECKING:
    from carrel.sandbox.templates import TemplateStore

ALL = "all"

_BUILD_EPILOG = """\
Examples:

    carrel template build

    carrel template build base node

    carrel template build base --force

Templates that are up to date are left as they are. --force takes Debian's newest packages.
A build that fails or is interrupted leaves the template built before in use.
"""
_LIST_EPILOG = """\
Examples:

    carrel template list

    carrel template list --json
"""
_REMOVE_EPILOG = """\
Example:

    carrel template remove node

Running sandboxes keep the template until they end.
"""


def register(app: typer.Typer) -> None:
    """Add the `template` group to the command line."""
    group = typer.Typer(
        name="template",
        help="Build, list and remove the root file systems of the sandboxes.",
        no_args_is_help=True,
    )
    group.command("build", epilog=_BUILD_EPILOG)(build)
    group.command("list", epilog=_LIST_EPILOG)(list_)
    group.command("remove", epilog=_REMOVE_EPILOG)(remove)
    app.add_typer(group)


def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="Templates to build; none or all: every one.")
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Build from nothing.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing of templates that are up to date.")
    ] = False,
) -> None:
    """Build templates that are missing or whose recipe has changed."""
    require_root("carrel template build")
    store = _store()
    for name in _expand(names or [ALL], store):
        if not force and store.is_current(name):
            if not quiet:
                typer.echo(f"{name}: up to date")
            continue
        with _progress(name) as report:
            template = store.build(name, force=force, progress=report)
        typer.echo(f"{name}: built, {template.image_bytes / 1e6:.0f} MB")


def list_(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the templates: what they hold, and whether they are built."""
    store = _store()
    built = {template.name: template for template in store.list()}
    states = {name: _state(store, name) for name in store.names()}
    if as_json:
        rows = [
            {
                "name": name,
                "state": state,
                "summary": store.summary(name),
                "key": built[name].key if name in built else None,
                "image": str(built[name].image) if name in built else None,
                "image_bytes": built[name].image_bytes if name in built else None,
                "built_at": built[name].built_at.isoformat() if name in built else None,
                "packages": dict(built[name].packages) if name in built else {},
            }
            for name, state in states.items()
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - not needed for JSON
    from rich.table import Table  # noqa: PLC0415

    table = Table("Template", "State", "Size", "Built", "Holds")
    for name, state in states.items():
        template = built.get(name)
        table.add_row(
            name,
            state,
            f"{template.image_bytes / 1e6:.0f} MB" if template else "",
            f"{template.built_at:%Y-%m-%d %H:%M}" if template else "",
            store.summary(name),
        )
    Console().print(table)


def remove(
    name: Annotated[str, typer.Argument(help="The template to remove.")],
) -> None:
    """Remove a template and what was kept to build it quickly."""
    require_root("carrel template remove")
    existed = _store().remove(name)
    typer.echo(f"{name}: removed" if existed else f"{name}: was not built")


def _store() -> TemplateStore:
    from carrel.bootstrap import open_templates  # noqa: PLC0415 - help must come quickly
    from carrel.ops.settings import Settings  # noqa: PLC0415

    return open_templates(Settings.load())


def _expand(names: Sequence[str], store: TemplateStore) -> Sequence[str]:
    if ALL in names:
        return store.names()
    for name in names:
        store.summary(name)  # an unknown one is refused before the first is built
    return tuple(dict.fromkeys(names))


def _state(store: TemplateStore, name: str) -> str:
    if store.is_current(name):
        return "up to date"
    return "outdated" if store.is_built(name) else "not built"


@contextmanager
def _progress(name: str) -> Iterator[Callable[[str, str], None]]:
    """Show the running step: a moving line on a terminal, a line each elsewhere."""
    from rich.console import Console  # noqa: PLC0415 - help must come quickly
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _, step: typer.echo(f"{name}: {step}", err=True)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name)
        yield lambda _, step: progress.update(task, description=f"{name}: {step}")
