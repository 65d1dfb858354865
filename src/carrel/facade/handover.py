"""A sandbox on its way from the portal's loop to a caller, and whose it is after a fork."""

from __future__ import annotations

import os
import weakref

from carrel.core.errors import SandboxClosedError
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool


class HandOver:
    """One sandbox on its way to a caller who may give up waiting at any moment.

    The caller is in another thread, so a sandbox may be ready just when nobody takes
    it any more. Both methods run on the pool's loop: whichever comes second destroys it.
    """

    def __init__(self, template: str, limits: SandboxLimits) -> None:
        self._template = template
        self._limits = limits
        self._box: LiveSandbox | None = None
        self._given_up = False

    async def take(self, pool: SandboxPool) -> LiveSandbox:
        """Take a sandbox from the pool."""
        box = await pool.acquire(self._template, self._limits)
        _ours.add(box)
        self._box = box
        if self._given_up:
            await box.destroy()
        return box

    async def give_up(self, _: SandboxPool) -> None:
        """Destroy what nobody will use."""
        self._given_up = True
        if self._box is not None:
            await self._box.destroy()


_ours: weakref.WeakSet[LiveSandbox] = weakref.WeakSet()
# A forked child has its parent's objects. Leaving a `with` block there must not end
# the parent's sandbox.
os.register_at_fork(after_in_child=_ours.clear)


def is_ours(box: LiveSandbox) -> bool:
    """Whether this process made the sandbox, and not the one that it was forked from."""
    return box in _ours


def check_ours(box: LiveSandbox) -> None:
    """Raise SandboxClosedError in a child of the process that made the sandbox."""
    if not is_ours(box):
        raise SandboxClosedError("the sandbox belongs to the parent process; make one here")
