"""What isolates a sandbox: the small interface that every technology implements."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from carrel.core.ids import SandboxId
from carrel.sandbox.cgroups import Cgroup
from carrel.sandbox.program import Waiter
from carrel.sandbox.templates import Template


class Capability(StrEnum):
    """What not every backend can do; ask for these, never for a class."""

    INODE_LIMIT = "inode-limit"
    """The number of files is limited by itself, not only through memory."""


@dataclass(frozen=True)
class Overhead:
    """What of a sandbox's memory is not its program's, in bytes.

    `allowance_bytes` is what technology and agent may use beside the student's memory and
    files: it is added to the sandbox's limit. `slack_bytes` is how far they may have grown
    while a program ran: the host's figure for the program may exceed the limit by that much
    where the guest's own figure does not.
    """

    allowance_bytes: int
    slack_bytes: int


class Instance(Protocol):
    """One running sandbox, as its backend started it.

    `to_guest` and `from_guest` are descriptors of the agent's standard input and
    output; whoever opens the channel owns and closes them. `waiting` are the runtimes that
    wait in it from the start, as they do in a copy of a sandbox in which they were started.
    """

    id: SandboxId
    to_guest: int
    from_guest: int
    cgroup: Cgroup
    waiting: Sequence[Waiter]

    @property
    def ended(self) -> Awaitable[int]:
        """Resolves to the exit status when the sandbox has ended, for whatever reason."""

    def last_words(self) -> str:
        """Return what the technology itself wrote to its log, shortened, for a fault's message."""

    async def destroy(self) -> None:
        """Kill everything and remove every trace; idempotent."""


class Backend(Protocol):
    """A technology that isolates sandboxes."""

    name: str
    capabilities: frozenset[Capability]
    overhead: Overhead

    async def start(self, template: Template) -> Instance:
        """Start a sandbox with no limits of its own yet and low priority.

        PlatformFaultError when the machine does not manage to.
        """

    async def close(self) -> None:
        """Remove what all sandboxes of this owner left; no sandbox may be running."""
