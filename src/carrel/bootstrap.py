"""The one place that picks implementations and connects them."""

from __future__ import annotations

import os

from carrel.ops.settings import Settings
from carrel.sandbox.backends.gvisor import (
    MINIMUM_RELEASE,
    GvisorBackend,
    find_runsc,
    runsc_release,
)
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.owner import Owner
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.recipes import recipes_directory
from carrel.sandbox.templates import TemplateStore

_MEMORY_PER_SANDBOX = 256 * 1024 * 1024
_BACKENDS = {"auto": GvisorBackend, "gvisor": GvisorBackend}
"""What CARREL_ISOLATION names; `auto` is the strongest of them."""


def open_templates(settings: Settings) -> TemplateStore:
    """Return the store of templates."""
    return TemplateStore(settings.home, recipes_directory())


async def open_pool(settings: Settings) -> SandboxPool:
    """Return a pool of sandboxes on the isolation that the settings name.

    PrivilegeError without root, MissingToolError when something is not installed.
    """
    owner = Owner(settings.run_dir, CgroupTree.detect())
    try:
        backend = _BACKENDS[settings.isolation](owner, find_runsc())
    except BaseException:
        await owner.close()
        raise
    return SandboxPool(
        backend,
        open_templates(settings),
        size=settings.pool_size,
        total=settings.pool_total,
        max_live=max_live(settings),
    )


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


def default_settings() -> Settings:
    """Return the settings of the environment; InvalidValueError names a bad variable."""
    return Settings.load()
