"""The one place that picks implementations and connects them."""

from __future__ import annotations

import os

from carrel.ops.settings import Settings
from carrel.sandbox.backends.gvisor import GvisorBackend, find_runsc
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.owner import Owner
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.recipes import recipes_directory
from carrel.sandbox.templates import TemplateStore

_MEMORY_PER_SANDBOX = 256 * 1024 * 1024


def open_templates(settings: Settings) -> TemplateStore:
    """Return the store of templates."""
    return TemplateStore(settings.home, recipes_directory())


async def open_pool(settings: Settings) -> SandboxPool:
    """Return a pool of sandboxes on the strongest isolation that works here.

    PrivilegeError without root, MissingToolError when something is not installed.
    """
    owner = Owner(settings.run_dir, CgroupTree.detect())
    try:
        backend = GvisorBackend(owner, find_runsc())
    except BaseException:
        await owner.close()
        raise
    return SandboxPool(
        backend,
        open_templates(settings),
        size=settings.pool_size,
        total=settings.pool_total,
        max_live=_max_live(),
    )


def _max_live() -> int:
    """How many sandboxes fit into the machine's memory at the default limit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(4, memory // 2 // _MEMORY_PER_SANDBOX)


def default_settings() -> Settings:
    """Return the settings of the environment; InvalidValueError names a bad variable."""
    return Settings.load()
