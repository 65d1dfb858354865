"""`carrel doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from carrel.cli.exit_codes import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrel.ops.health import Finding, Machine
    from carrel.ops.settings import Settings
    from carrel.sandbox.pool import SandboxPool
    from carrel.sandbox.templates import TemplateStore

_EPILOG = """\
Examples:

    sudo carrel doctor

    carrel doctor --json

As root it starts a sandbox and runs a program in it, which proves that isolation works.
Without root it looks at what it may and says what it could not.

Exit code: 0 if there is no problem (warnings and notes may be there), 1 if there is one.
"""
_STYLES = {
    "ok": ("✓", "green"),
    "note": ("·", "dim"),
    "warning": ("!", "yellow"),
    "problem": ("✗", "bold red"),
    "unknown": ("?", "cyan"),
}


def register(app: typer.Typer) -> None:
    """Add `doctor` to the command line."""
    app.command("doctor", epilog=_EPILOG)(doctor)


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Examine this machine: isolation, versions, control groups, templates, space."""
    from carrel.ops.health import is_healthy  # noqa: PLC0415 - help must come quickly

    findings = examine()
    healthy = is_healthy(findings)
    if as_json:
        rows = [
            {
                "area": finding.area,
                "name": finding.name,
                "state": finding.state.value,
                "text": finding.text,
                "remedy": finding.remedy or None,
            }
            for finding in findings
        ]
        typer.echo(json.dumps({"healthy": healthy, "findings": rows}, indent=2))
    else:
        _print(findings, healthy=healthy)
    raise typer.Exit(EXIT_OK if healthy else EXIT_FAILED)


def examine() -> list[Finding]:
    """Look at everything; the proof that gVisor works comes first in the list."""
    from carrel.bootstrap import (  # noqa: PLC0415
        chosen_isolation,
        default_settings,
        gvisor_release,
        max_live,
        open_templates,
        probe_kvm,
        runc_release,
    )
    from carrel.core.errors import CarrelError  # noqa: PLC0415
    from carrel.ops import health  # noqa: PLC0415

    settings = default_settings()
    machine = health.Machine()
    store = open_templates(settings)
    # Before the proof, whose owner removes what dead ones left.
    leftovers = health.leftovers(settings.run_dir)
    found: list[Finding] = []
    try:
        release = health.release(*gvisor_release())
    except CarrelError as error:
        found.append(health.no_gvisor(error))
    else:
        found += [_proof(settings, store, machine), release]
    chosen = chosen_isolation(settings)
    try:
        works, words = probe_kvm(settings)
    except CarrelError as error:
        found.append(health.no_microvm(error, chosen=chosen == "microvm"))
    else:
        found.append(health.microvm(machine, works=works, words=words))
    try:
        version = runc_release()
    except CarrelError as error:
        found.append(health.no_namespaces(error, chosen=chosen == "namespaces"))
    else:
        found.append(_namespaces(settings, store, machine, version))
    found.append(health.choice(settings.isolation, chosen, settings.isolation_minimum))
    found += health.versions(machine)
    found.append(health.control_groups())
    found += health.memory(machine, max_live(settings))
    found += [health.disk(settings.home), leftovers]
    found += health.templates(store)
    order = ("isolation", "versions", "machine", "templates")
    return sorted(found, key=lambda finding: order.index(finding.area))


def _namespaces(
    settings: Settings, store: TemplateStore, machine: Machine, version: str
) -> Finding:
    from carrel.core.errors import CarrelError  # noqa: PLC0415
    from carrel.ops import health  # noqa: PLC0415

    built = store.list()
    if settings.isolation_minimum != "namespaces":
        return health.namespaces_forbidden(version)
    if not machine.root or not built:
        return health.namespaces_not_proven(version)
    smallest = min(built, key=lambda template: template.image_bytes)
    try:
        return asyncio.run(
            _in_a_pool(
                settings.model_copy(update={"isolation": "namespaces"}),
                lambda pool: health.prove_namespaces(pool, smallest.name, version),
            )
        )
    except CarrelError as error:
        return health.no_namespaces(error, chosen=settings.isolation == "namespaces")


async def _in_a_pool(
    settings: Settings, work: Callable[[SandboxPool], Awaitable[Finding]]
) -> Finding:
    from carrel.bootstrap import open_pool  # noqa: PLC0415

    pool = await open_pool(settings.model_copy(update={"pool_size": 0}))
    try:
        return await work(pool)
    finally:
        await pool.close()


def _proof(settings: Settings, store: TemplateStore, machine: Machine) -> Finding:
    from carrel.core.errors import CarrelError  # noqa: PLC0415
    from carrel.ops import health  # noqa: PLC0415

    if not machine.root:
        return health.gvisor_not_proven("starting a sandbox needs root", "run `sudo carrel doctor`")
    built = store.list()
    if not built:
        return health.gvisor_not_proven(
            "no template is built to start a sandbox from", "sudo carrel template build"
        )
    smallest = min(built, key=lambda template: template.image_bytes)
    try:
        return asyncio.run(
            _in_a_pool(
                settings.model_copy(update={"isolation": "gvisor"}),
                lambda pool: health.prove_gvisor(pool, smallest.name),
            )
        )
    except CarrelError as error:
        return health.no_gvisor(error)


def _print(findings: list[Finding], *, healthy: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - not needed for JSON
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table("", "Subject", "Finding")
    area = findings[0].area
    for finding in findings:
        if finding.area != area:
            table.add_section()
            area = finding.area
        sign, style = _STYLES[finding.state.value]
        text = Text(finding.text)
        if finding.remedy:
            text.append(f"\nWhat to do: {finding.remedy}", style="bold")
        table.add_row(Text(sign, style=style), finding.name, text)
    console = Console()
    console.print(table)
    problems = sum(finding.state.value == "problem" for finding in findings)
    warnings = sum(finding.state.value == "warning" for finding in findings)
    console.print(
        Text(
            "No problems" if healthy else f"{problems} problem{'s' if problems > 1 else ''}",
            style="bold green" if healthy else "bold red",
        ),
        f"({warnings} warning{'' if warnings == 1 else 's'})",
    )
