"""What isolates the sandboxes: the backends by name, and which of them the settings come to."""

from __future__ import annotations

import os
from collections.abc import Callable

from carrel.core.errors import InvalidValueError, MissingToolError
from carrel.ops.settings import Settings
from carrel.sandbox.backend import Backend
from carrel.sandbox.backends.accelerator import probe
from carrel.sandbox.backends.gvisor import (
    MINIMUM_RELEASE,
    GvisorBackend,
    find_runsc,
    runsc_release,
)
from carrel.sandbox.backends.microvm import MicrovmBackend
from carrel.sandbox.backends.namespaces import NamespacesBackend, find_runc, runc_version
from carrel.sandbox.backends.qemu import KVM, TCG, Emulator, find_qemu, tsc_khz
from carrel.sandbox.guest_system import GuestSystem, build_guest_system, find_guest_system
from carrel.sandbox.owner import Owner

_MACHINE_CPUS = 2


def _gvisor(owner: Owner, _: Settings) -> Backend:
    return GvisorBackend(owner, find_runsc())


def _namespaces(owner: Owner, _: Settings) -> Backend:
    return NamespacesBackend(owner, find_runc())


def _microvm(owner: Owner, settings: Settings) -> Backend:
    qemu, system = find_qemu(), find_guest_system(settings.home)
    accelerator = KVM if probe(qemu, system, settings.run_dir).works else TCG
    emulator = Emulator(
        program=qemu,
        system=system,
        accelerator=accelerator,
        memory_bytes=settings.microvm_memory_bytes,
        cpus=min(_MACHINE_CPUS, os.cpu_count() or 1),
        tsc_khz=tsc_khz(system.jail) if accelerator == TCG else 0,
    )
    return MicrovmBackend(owner, emulator, slowdown=settings.emulation_slowdown)


# The weakest first.
_BACKENDS: dict[str, Callable[[Owner, Settings], Backend]] = {
    "namespaces": _namespaces,
    "gvisor": _gvisor,
    "microvm": _microvm,
}


def probe_kvm(settings: Settings) -> tuple[bool, str]:
    """Return whether a real machine answers under KVM, and in words what was seen.

    Tried once per boot of this host; MissingToolError without QEMU or the guest system.
    """
    found = probe(find_qemu(), find_guest_system(settings.home), settings.run_dir)
    return found.works, found.words


def make_guest_system(settings: Settings) -> GuestSystem:
    """Build what micro-VMs boot unless it is up to date, and return it."""
    return build_guest_system(settings.home)


def _strongest(settings: Settings) -> str:
    """Return micro-VMs where KVM runs them, else gVisor."""
    try:
        return "microvm" if probe_kvm(settings)[0] else "gvisor"
    except MissingToolError:
        return "gvisor"


def make_backend(isolation: str, owner: Owner, settings: Settings) -> Backend:
    """Return the backend of that name; MissingToolError when something is not installed."""
    return _BACKENDS[isolation](owner, settings)


def isolations() -> tuple[str, ...]:
    """Return the names of all isolations that this version has, the strongest first."""
    return tuple(reversed(_BACKENDS))


def chosen_isolation(settings: Settings) -> str:
    """Return the isolation that the settings come to.

    InvalidValueError when it is weaker than CARREL_ISOLATION_MINIMUM allows.
    """
    name = _strongest(settings) if settings.isolation == "auto" else settings.isolation
    weakest_first = list(_BACKENDS)
    if weakest_first.index(name) < weakest_first.index(settings.isolation_minimum):
        raise InvalidValueError(
            "CARREL_ISOLATION",
            name,
            f"this machine's CARREL_ISOLATION_MINIMUM forbids what is weaker than "
            f"{settings.isolation_minimum}",
        )
    return name


def gvisor_release() -> tuple[int, int]:
    """Return the release of the installed gVisor and the oldest one that will do.

    Releases are dates as numbers, 0 when there is none to be read; MissingToolError
    without `runsc`.
    """
    return runsc_release(find_runsc()), MINIMUM_RELEASE


def runc_release() -> str:
    """Return the version of the installed `runc`; MissingToolError without a safe one."""
    return runc_version(find_runc()).split(";", maxsplit=1)[0]
