"""A comparison as values that JSON knows, and as the cells of a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carrel.bench.turns import Found, Side


def machine() -> dict[str, Any]:
    """Return what a reader of figures must know of the machine that they are of."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    models = (line.partition(":")[2] for line in cpuinfo.splitlines() if "model name" in line)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "cpu": next(models, "").strip() or platform.machine(),
        "kernel": platform.release(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def isolations(
    sides: Sequence[Side], absent: Mapping[str, str], rows: Sequence[Found]
) -> dict[str, Any]:
    """Return each isolation's figures, and why it has none or not all.

    `on_kvm` is None for what could not be started.
    """
    found: dict[str, Any] = {
        side.isolation: {
            "fault": side.fault,
            "on_kvm": side.on_kvm,
            "figures": [row[side.isolation].as_dict() for row in rows if side.isolation in row],
        }
        for side in sides
    }
    for name, reason in absent.items():
        found[name] = {"fault": reason, "on_kvm": None, "figures": []}
    return found


def table(report: Mapping[str, Any]) -> list[list[str]]:
    """Return the header and the lines of a table of all figures, an isolation per column."""
    by_isolation = {
        name: {figure["id"]: figure for figure in one["figures"]}
        for name, one in report["isolations"].items()
        if one["figures"]
    }
    titles: dict[str, str] = {}
    for figures in by_isolation.values():
        titles |= {name: figure["title"] for name, figure in figures.items()}
    lines = [["Figure", "Bare process", *by_isolation]]
    for name, title in titles.items():
        row = [figures.get(name) for figures in by_isolation.values()]
        floors = {figure["floor"] for figure in row if figure}
        bare = next(iter(floors)) if len(floors) == 1 else None
        unit = next(figure["unit"] for figure in row if figure)
        lines.append([title, "-" if bare is None else number(bare, unit), *map(_cell, row)])
    return lines


def _cell(figure: Mapping[str, Any] | None) -> str:
    """Return value, ratio to the floor, and the goal with whether it is met."""
    if figure is None:
        return "-"
    text = number(figure["value"], figure["unit"])
    if figure["floor"]:
        text += f" ({figure['value'] / figure['floor']:.2f}x)"
    if figure["goal"] is None:
        return text
    sign = "≥" if figure["at_least"] else "≤"
    goal = (
        f"{figure['goal']:.2f}x"
        if figure["compare"] == "ratio"
        else number(figure["goal"], figure["unit"])
    )
    return f"{text}\n{'✓' if figure['met'] else '✗'} {sign} {goal}"


def markdown(report: Mapping[str, Any]) -> str:
    """Return the table in Markdown, the machine above it and remarks on the isolations below."""
    where = report["machine"]
    head = (
        f"{where['date']}: {where['cpu']}, {where['cores']} cores, Linux {where['kernel']}, "
        f"load {where['load_1min']} before"
    )
    header, *lines = table(report)
    rows = [header, ["---", *["---:"] * (len(header) - 1)], *lines]
    body = ["| " + " | ".join(cell.replace("\n", "<br>") for cell in row) + " |" for row in rows]
    remarks = [f"- {remark}" for remark in remarks_on(report)]
    return "\n".join([head, "", *body, *([""] if remarks else []), *remarks, ""])


def remarks_on(report: Mapping[str, Any]) -> list[str]:
    """Return what must be said of the isolations beside their figures."""
    remarks: list[str] = []
    for name, one in report["isolations"].items():
        if one["on_kvm"]:
            remarks.append(f"{name}: ran on KVM")
        if one["fault"] is not None:
            remarks.append(f"{name}: {one['fault']}")
    return remarks


def why_not_kvm(report: Mapping[str, Any]) -> str | None:
    """Return why these are no figures of micro-VMs on KVM; None when they are."""
    found = report["isolations"].get("microvm")
    if found is None:
        return "there are no micro-VMs among these figures"
    if found["fault"] is not None:
        return f"the micro-VMs could not be measured: {found['fault']}"
    if not found["on_kvm"]:
        return "the micro-VMs were emulated (TCG): these are no figures of a KVM host"
    return None


def number(value: float, unit: str) -> str:
    """Return a value with three digits and its unit."""
    return f"{value:.3g} {unit}" if abs(value) < 1000 else f"{value:.0f} {unit}"  # noqa: PLR2004
