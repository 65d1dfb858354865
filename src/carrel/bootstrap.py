"""The one place that picks implementations and connects them."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable

from carrel.core.errors import InvalidValueError, MissingToolError
from carrel.languages.registry import parse_language, waiters_of
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
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.guest_system import GuestSystem, build_guest_system, find_guest_system
from carrel.sandbox.owner import Owner
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.recipes import recipes_directory
from carrel.sandbox.templates import TemplateStore

_MEMORY_PER_SANDBOX = 256 * 1024 * 1024
_MACHINE_CPUS = 2
_DESCRIPTORS = 512
_DESCRIPTORS_PER_SANDBOX = 10


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


def open_templates(settings: Settings) -> TemplateStore:
    """Return the store of templates."""
    return TemplateStore(settings.home, recipes_directory())


async def open_pool(settings: Settings) -> SandboxPool:
    """Return a pool of sandboxes on the isolation that the settings name.

    PrivilegeError without root, MissingToolError when something is not installed,
    InvalidValueError when the isolation is forbidden.
    """
    make = _BACKENDS[chosen_isolation(settings)]
    warm = [parse_language(name, field="CARREL_WARM_LANGUAGES") for name in settings.warm_languages]
    _allow_descriptors(max_live(settings))
    owner = Owner(settings.run_dir, CgroupTree.detect())
    try:
        backend = make(owner, settings)
    except BaseException:
        await owner.close()
        raise
    return SandboxPool(
        backend,
        open_templates(settings),
        size=settings.pool_size,
        total=settings.pool_total,
        max_live=max_live(settings),
        waiters=waiters_of(warm),
    )


def _allow_descriptors(sandboxes: int) -> None:
    """Have room for the pipes and the control group's files of so many, and of second ones."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS + 2 * sandboxes * _DESCRIPTORS_PER_SANDBOX
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_live(settings: Settings) -> int:
    """Return how many sandboxes may exist at the same time.

    By default as many as fit into half the machine's memory at the default limit.
    """
    if settings.max_sandboxes is not None:
        return settings.max_sandboxes
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(4, memory // 2 // _MEMORY_PER_SANDBOX)


def gvisor_release() -> tuple[int, int]:
    """Return the release of the installed gVisor and the oldest one that will do.

    Releases are dates as numbers, 0 when there is none to be read; MissingToolError
    without `runsc`.
    """
    return runsc_release(find_runsc()), MINIMUM_RELEASE


def runc_release() -> str:
    """Return the version of the installed `runc`; MissingToolError without a safe one."""
    return runc_version(find_runc()).split(";", maxsplit=1)[0]


def default_settings() -> Settings:
    """Return the settings of the environment; InvalidValueError names a bad variable."""
    return Settings.load()
