"""`carrel machine`: build what micro-VMs boot."""

from __future__ import annotations

import typer

from carrel.cli.privilege import require_root

_BUILD_EPILOG = """\
Example:

    sudo carrel machine build

Takes Debian's cloud kernel, as apt offers it here, without installing it. What is up to date is
left as it is. ./scripts/setup does this too.
"""


def register(app: typer.Typer) -> None:
    """Add the `machine` group to the command line."""
    group = typer.Typer(name="machine", help="Build what micro-VMs boot.", no_args_is_help=True)
    group.callback()(_group)
    group.command("build", epilog=_BUILD_EPILOG)(build)
    app.add_typer(group)


def _group() -> None:
    """Build what micro-VMs boot."""


def build() -> None:
    """Build the guest system of micro-VMs: kernel, initramfs and QEMU's jail."""
    from carrel.bootstrap import default_settings, make_guest_system  # noqa: PLC0415

    require_root("carrel machine build")
    system = make_guest_system(default_settings())
    typer.echo(f"{system.kernel_version}: {system.key}")
