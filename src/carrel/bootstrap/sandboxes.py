"""The pool of sandboxes and the store of templates, made from the settings."""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping

from carrel.admission.admission import Admission, cores
from carrel.admission.rules import Kind, default_rules
from carrel.bootstrap.isolation import chosen_isolation, make_backend
from carrel.languages.registry import parse_language, waiters_of
from carrel.ops.settings import Settings
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.owner import Owner
from carrel.sandbox.pool import Lender, SandboxPool
from carrel.sandbox.recipes import recipes_directory
from carrel.sandbox.templates import TemplateStore

_MEMORY_PER_SANDBOX = 256 * 1024 * 1024
_DESCRIPTORS = 512
_DESCRIPTORS_PER_SANDBOX = 10


def open_templates(settings: Settings) -> TemplateStore:
    """Return the store of templates."""
    return TemplateStore(settings.home, recipes_directory())


async def open_pool(settings: Settings) -> SandboxPool:
    """Return a pool of sandboxes on the isolation that the settings name.

    PrivilegeError without root, MissingToolError when something is not installed,
    InvalidValueError when the isolation is forbidden.
    """
    isolation = chosen_isolation(settings)
    warm = [parse_language(name, field="CARREL_WARM_LANGUAGES") for name in settings.warm_languages]
    _allow_descriptors(max_live(settings))
    owner = Owner(settings.run_dir, CgroupTree.detect())
    try:
        backend = make_backend(isolation, owner, settings)
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


def make_admission(
    pool: Lender, settings: Settings, *, queues: Mapping[Kind, int] | None = None
) -> Admission:
    """Return what says how much of each kind of work may use a pool's machine at a time.

    `queues` bounds how much of a kind may wait. Make one for each pool.
    """
    return Admission(pool, default_rules(cores(), max_live(settings), queues=queues))


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
