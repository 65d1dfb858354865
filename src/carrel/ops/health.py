"""What `carrel doctor` finds out about a machine: findings, each with what to do about it.

Every function looks at one subject and changes nothing. What may not be read
without root is a finding too, never an error.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from carrel.core.errors import CarrelError
from carrel.core.sizes import GIB, MIB, format_measured
from carrel.sandbox import owner
from carrel.sandbox.backend import Capability
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Program
from carrel.sandbox.templates import TemplateStore

FIXED_RELEASE = 20250319
"""The first gVisor release without CVE-2025-2713."""

_LOW_DISK = 3 * GIB
_LOW_MEMORY = 512 * MIB
_PYTHON = (3, 11)
_PROOF = ("/bin/sh", "-c", "id -u; uname -r")


class State(StrEnum):
    """How a finding is to be taken; only a PROBLEM makes a machine unhealthy."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` says what to do, where something is to be done."""

    area: str
    name: str
    state: State
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Machine:
    """Where to look; tests point it elsewhere."""

    proc: Path = Path("/proc")
    kvm: Path = Path("/dev/kvm")
    root: bool = os.geteuid() == 0


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing found keeps carrel from working."""
    return all(finding.state is not State.PROBLEM for finding in findings)


# --- isolation ---------------------------------------------------------------------


async def prove_gvisor(pool: SandboxPool, template: str) -> Finding:
    """Run a program in a real sandbox: the only proof that isolation works here."""
    start = time.monotonic()
    try:
        async with pool.sandbox(template) as box:
            end = await box.execute(Program(argv=_PROOF, limits=RunLimits(wall_ms=20_000)))
    except CarrelError as error:
        return no_gvisor(error)
    seconds = time.monotonic() - start
    words = end.stdout.decode("utf-8", "replace").split()
    if end.ended is not Ended.EXITED or end.exit_code != 0 or len(words) != len(_PROOF) - 1:
        return _gvisor(State.PROBLEM, f"a program in a sandbox went wrong: {end}")
    uid, kernel = words
    if uid == "0" or kernel == platform.release():
        return _gvisor(
            State.PROBLEM, f"the sandbox does not isolate: uid {uid}, kernel {kernel}", "report it"
        )
    text = f"works: a program ran as uid {uid} on a kernel of its own, {seconds:.2f} s from nothing"
    if Capability.INODE_LIMIT not in pool.capabilities:
        text += "; the number of files is limited through memory only"
    return _gvisor(State.OK, text)


def no_gvisor(error: CarrelError) -> Finding:
    """Return the finding that no sandbox could be started."""
    return _gvisor(State.PROBLEM, f"does not work: {error}", "see the message; ./scripts/setup")


def gvisor_not_proven(why: str, remedy: str) -> Finding:
    """Return the finding that it was not tried to start a sandbox."""
    return _gvisor(State.UNKNOWN, f"not tried: {why}", remedy)


def _gvisor(state: State, text: str, remedy: str = "") -> Finding:
    return Finding("isolation", "gVisor", state, text, remedy)


def release(found: int, minimum: int) -> Finding:
    """Judge the release of `runsc`, a date as a number."""
    area, name = "versions", "runsc"
    if found < minimum:
        return Finding(
            area,
            name,
            State.PROBLEM,
            f"release {found or 'unknown'} is older than {minimum}",
            "./scripts/setup installs one that works",
        )
    if found < FIXED_RELEASE:
        return Finding(
            area,
            name,
            State.WARNING,
            f"release {found} has CVE-2025-2713: a container's first process keeps root's file "
            "access until it forks. carrel is not exposed: that process is its own agent, and "
            "student code is always a forked child under another uid",
            f"install release {FIXED_RELEASE} or later when you can",
        )
    return Finding(area, name, State.OK, f"release {found}")


def microvm(machine: Machine, *, works: bool, words: str) -> Finding:
    """Say whether micro-VMs have hardware virtualisation, as a machine that was tried showed."""
    flags = _words_of(machine.proc / "cpuinfo", "flags")
    virtual = next((flag for flag in ("vmx", "svm") if flag in flags), None)
    cpu = f"the CPU has {virtual}" if virtual else "the CPU shows neither vmx nor svm"
    if works:
        return _microvm(State.OK, f"KVM works: {words}")
    text = f"KVM does not work ({words}; {cpu}): micro-VMs are emulated here, several times slower"
    return _microvm(
        State.NOTE,
        text,
        "for the strongest isolation at full speed, take a host with vmx or svm, or switch on "
        "nested virtualisation"
        if machine.root
        else "run `sudo carrel doctor`",
    )


def no_microvm(error: CarrelError, *, chosen: bool) -> Finding:
    """Return the finding that there are no micro-VMs: a problem only where they were chosen."""
    state = State.PROBLEM if chosen else State.NOTE
    return _microvm(state, f"does not work: {error}", "./scripts/setup")


def _microvm(state: State, text: str, remedy: str = "") -> Finding:
    return Finding("isolation", "micro-VM", state, text, remedy)


_WEAKER = "weaker than gVisor: programs share the host's kernel; used only when named"


async def prove_namespaces(pool: SandboxPool, template: str, version: str) -> Finding:
    """Run a program in a real sandbox on namespaces."""
    start = time.monotonic()
    async with pool.sandbox(template) as box:
        end = await box.execute(Program(argv=_PROOF, limits=RunLimits(wall_ms=20_000)))
        owners = _owners(box.host_processes())
    seconds = time.monotonic() - start
    if end.ended is not Ended.EXITED or end.exit_code != 0:
        return _on_namespaces(State.PROBLEM, f"a program in a sandbox went wrong: {end}")
    if end.stdout.split()[:1] == [b"0"] or 0 in owners:
        return _on_namespaces(
            State.PROBLEM,
            "the sandbox does not isolate: it holds root of this machine",
            "report it",
        )
    return _on_namespaces(
        State.NOTE, f"works with runc {version}, {seconds:.2f} s from nothing; {_WEAKER}"
    )


def _owners(processes: Sequence[int]) -> set[int]:
    return {Path(f"/proc/{process}").stat().st_uid for process in processes}


def namespaces_not_proven(version: str) -> Finding:
    """Return the finding that runc is there and it was not tried to start a sandbox."""
    return _on_namespaces(State.NOTE, f"not tried; runc {version} is there; {_WEAKER}")


def namespaces_forbidden(version: str) -> Finding:
    """Return the finding that this machine's operator forbids it."""
    text = f"forbidden by CARREL_ISOLATION_MINIMUM; runc {version} is there"
    return _on_namespaces(State.NOTE, text)


def no_namespaces(error: CarrelError, *, chosen: bool) -> Finding:
    """Return the finding that it cannot be used: a problem only where it was chosen."""
    state = State.PROBLEM if chosen else State.NOTE
    return _on_namespaces(state, f"does not work: {error}", "see the message" if chosen else "")


def _on_namespaces(state: State, text: str, remedy: str = "") -> Finding:
    return Finding("isolation", "namespaces", state, text, remedy)


def choice(asked: str, chosen: str, minimum: str) -> Finding:
    """Explain which isolation is used, and what would be stronger or faster."""
    why = f"CARREL_ISOLATION={asked}" if asked != "auto" else "the strongest that works here"
    if chosen == "namespaces":
        return Finding(
            "isolation",
            "choice",
            State.WARNING,
            f"namespaces ({why}): a hole in the host's kernel is a way out of the sandbox",
            "unset CARREL_ISOLATION for gVisor, unless speed matters more than strangers' programs",
        )
    faster = "namespaces would start programs faster, and isolate less"
    if minimum != "namespaces":
        faster = f"CARREL_ISOLATION_MINIMUM={minimum} forbids what is weaker"
    if chosen == "gvisor":
        faster += "; micro-VMs would isolate more where KVM works"
    return Finding("isolation", "choice", State.OK, f"{chosen} ({why}); {faster}")


# --- the machine -------------------------------------------------------------------


def versions(machine: Machine) -> list[Finding]:
    """Judge the versions of Python and of the kernel."""
    python = platform.python_version()
    good = sys.version_info[:2] >= _PYTHON
    bounded = (machine.proc / "self/cgroup").exists()
    return [
        Finding(
            "versions",
            "Python",
            State.OK if good else State.PROBLEM,
            python,
            "" if good else "install Python 3.11 or later; `uv sync` does",
        ),
        Finding(
            "versions",
            "kernel",
            State.OK if bounded else State.PROBLEM,
            f"Linux {platform.release()} on {platform.machine()}",
            "" if bounded else "boot a kernel with control groups",
        ),
    ]


def control_groups(detect: Callable[[], CgroupTree] = CgroupTree.detect) -> Finding:
    """Find the layout of the control groups and whether the needed controllers are there."""
    try:
        tree = detect()
    except (CarrelError, OSError) as error:
        return Finding(
            "machine",
            "control groups",
            State.PROBLEM,
            str(error),
            "boot with systemd's default layout, or mount cgroup2 on /sys/fs/cgroup",
        )
    hybrid = tree.version == 1 and Path("/sys/fs/cgroup/unified").exists()
    layout = f"version {tree.version}{' beside a version 2 mount (hybrid)' if hybrid else ''}"
    return Finding(
        "machine", "control groups", State.OK, f"{layout}; memory, cpu and pids are there"
    )


def memory(machine: Machine, sandboxes: int) -> list[Finding]:
    """Tell how much memory there is, how many sandboxes it is good for, and of swap."""
    sizes = _meminfo(machine)
    available, total = sizes.get("MemAvailable", 0), sizes.get("MemTotal", 0)
    low = available < _LOW_MEMORY
    swap = sizes.get("SwapTotal", 0)
    return [
        Finding(
            "machine",
            "memory",
            State.WARNING if low else State.OK,
            f"{format_measured(total)}, of which {format_measured(available)} are available: "
            f"at most {sandboxes} sandboxes exist at a time",
            "free memory, or expect platform faults" if low else "",
        ),
        _swap(swap),
    ]


def _swap(swap: int) -> Finding:
    if not swap:
        return Finding("machine", "swap", State.OK, "none")
    accounted = (
        not Path("/sys/fs/cgroup/memory").exists()
        or Path("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes").exists()
    )
    if accounted:
        return Finding(
            "machine", "swap", State.OK, f"{format_measured(swap)}, forbidden to every sandbox"
        )
    return Finding(
        "machine",
        "swap",
        State.WARNING,
        f"{format_measured(swap)}, and this kernel cannot forbid it to a sandbox: a program over "
        "its memory limit becomes slow instead of being stopped",
        "swapoff -a, or boot with swapaccount=1",
    )


def disk(home: Path) -> Finding:
    """Tell how much disk is free where templates are kept."""
    place = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    low = free < _LOW_DISK
    return Finding(
        "machine",
        "disk",
        State.WARNING if low else State.OK,
        f"{format_measured(free)} free at {home} (CARREL_HOME)",
        f"building a template needs {format_measured(_LOW_DISK)}: free some, or set CARREL_HOME"
        if low
        else "",
    )


# --- carrel's own ------------------------------------------------------------------


def templates(store: TemplateStore) -> list[Finding]:
    """Tell which templates are built, how large they are and whether they are up to date."""
    built = {template.name: template for template in store.list()}
    return [
        _template(name, built[name].image_bytes, current=store.is_current(name))
        if name in built
        else Finding(
            "templates",
            name,
            State.PROBLEM,
            "not built: its languages cannot be run",
            f"sudo carrel template build {name}",
        )
        for name in store.names()
    ]


def _template(name: str, size: int, *, current: bool) -> Finding:
    if current:
        return Finding("templates", name, State.OK, f"up to date, {format_measured(size)}")
    return Finding(
        "templates",
        name,
        State.WARNING,
        f"outdated ({format_measured(size)}): built from an earlier recipe or agent, still in use",
        f"sudo carrel template build {name}",
    )


def leftovers(run_dir: Path) -> Finding:
    """Look for what owners of sandboxes left that have died."""
    area, name = "machine", "leftovers"
    try:
        dead = sorted(place.name for place in run_dir.glob("own_*") if not _is_alive(place))
        alive = len(list(run_dir.glob("own_*"))) - len(dead)
    except PermissionError:
        dead, alive = [], -1
    if alive < 0 or not (os.access(run_dir, os.R_OK) or not run_dir.exists()):
        return Finding(
            area,
            name,
            State.UNKNOWN,
            f"{run_dir} may not be read by this user",
            "run `sudo carrel doctor`",
        )
    if dead:
        return Finding(
            area,
            name,
            State.WARNING,
            f"in {run_dir} of processes that died: {', '.join(dead)}",
            "the next command that starts a sandbox removes them, this one included",
        )
    return Finding(area, name, State.OK, f"none in {run_dir}; {alive} owners are alive")


def _is_alive(place: Path) -> bool:
    try:
        return owner.is_alive(place)
    except FileNotFoundError:
        # Being made, or being removed, unless it stays so.
        return time.time() - place.stat().st_mtime < 60 if place.exists() else True  # noqa: PLR2004


# --- reading -----------------------------------------------------------------------


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _words_of(file: Path, key: str) -> frozenset[str]:
    for line in _read(file).splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return frozenset(value.split())
    return frozenset()


def _meminfo(machine: Machine) -> dict[str, int]:
    lines = (line.split() for line in _read(machine.proc / "meminfo").splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) > 1}
