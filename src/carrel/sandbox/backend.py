"""What isolates a sandbox: the small interface that every technology implements."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from carrel.core.errors import InvalidValueError
from carrel.core.ids import SandboxId
from carrel.core.sizes import format_size
from carrel.sandbox.cgroups import Cgroup
from carrel.sandbox.limits import SandboxLimits
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

    A technology with a machine of its own (`machine_bytes` of memory, `reserve_bytes` of
    that for its kernel) limits a program's memory inside, where alone it can be told from
    the rest; the host's limit is then the machine's. `slowdown` is how many times slower
    than this host a program runs: limits and figures of time are in this host's pace.
    """

    allowance_bytes: int
    slack_bytes: int
    machine_bytes: int | None = None
    reserve_bytes: int = 0
    slowdown: float = 1.0

    def check(self, limits: SandboxLimits) -> None:
        """Raise InvalidValueError for limits that the machine is too small for."""
        if self.machine_bytes is None:
            return
        most = self.machine_bytes - self.reserve_bytes
        if limits.memory_bytes + limits.disk_bytes > most:
            raise InvalidValueError(
                "memory_limit",
                format_size(limits.memory_bytes),
                f"with disk_limit={format_size(limits.disk_bytes)} it must fit into a micro-VM, "
                f"which has {format_size(most)} for both; "
                "CARREL_MICROVM_MEMORY sets the size of micro-VMs",
            )


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
