"""Namespaces: sandboxes on the host's own kernel (`runc`), weaker than gVisor and faster.

A program here calls the host's kernel directly. Between the two stand: a user
namespace whose root is a host id that owns nothing, an allow-list of system calls,
empty network, PID, IPC, UTS and control-group namespaces, a read-only root, a /proc
with the host's parts hidden, no devices but null, zero, full, random, urandom and tty,
and the control groups. One hole in the kernel's calls that are allowed undoes all of
it, which is why this is never chosen unless it is named.

The template is the same EROFS image as gVisor's, mounted by `mount_keeper`. `runc`
runs inside the keeper's namespaces, starts the agent and ends: no process of it stays,
and the agent's pipes are ours. Its control groups are ours too; it only enters them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

from carrel.core.errors import MissingToolError, PlatformFaultError
from carrel.core.ids import new_sandbox_id
from carrel.core.sizes import MIB
from carrel.sandbox.backend import Capability, Overhead
from carrel.sandbox.backends import oci
from carrel.sandbox.backends.mounts import Mounts
from carrel.sandbox.backends.runtime import RuntimeInstance, entering, start_limits
from carrel.sandbox.cgroups import Cgroup, destroy_groups
from carrel.sandbox.owner import Owner
from carrel.sandbox.templates import Template

MINIMUM_VERSION = (1, 1, 12)
"""The first version without CVE-2024-21626: before it, a directory of the host's control
groups stayed open in the sandbox."""

_PATCHED = re.compile(r"1\.1\.5\+ds1-1\+deb12u([1-9]\d*)")
"""Debian 12's, which has that mended under its old number."""

# Of the ids that systemd's table leaves to nobody (1879048192 to 2147352575): 4,092 ranges.
_FIRST_ID = 0x70000000
_IDS = 0x10000
_RANGES = 0xFFC


def find_runc() -> Path:
    """Return the path of `runc`; MissingToolError when there is none, or none that is safe."""
    for tool, package in (("runc", "runc"), ("nsenter", "util-linux"), ("unshare", "util-linux")):
        if shutil.which(tool) is None:
            raise MissingToolError(
                f"{tool} is not on PATH, and isolation by namespaces needs it: "
                f"apt-get install {package}"
            )
    runc = Path(shutil.which("runc") or "")
    words = runc_version(runc)
    if not is_safe(words):
        raise MissingToolError(
            f"{runc} is version {words.split(';', maxsplit=1)[0] or 'unknown'}, which lets a "
            f"sandbox reach the host (CVE-2024-21626); "
            f"{'.'.join(map(str, MINIMUM_VERSION))} or later is needed"
        )
    return runc


def runc_version(runc: Path) -> str:
    """Return `version;commit` of `runc` in its own words; empty when it has none."""
    done = subprocess.run([runc, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"^runc version (\S+)", done.stdout, re.MULTILINE)
    commit = re.search(r"^commit: (\S+)", done.stdout, re.MULTILINE)
    return f"{version[1]};{commit[1] if commit else ''}" if version else ""


def is_safe(words: str) -> bool:
    """Whether `version;commit` is one without CVE-2024-21626."""
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", words)
    found = tuple(int(number) for number in numbers.groups()) if numbers else (0,)
    return found >= MINIMUM_VERSION or _PATCHED.search(words) is not None


class NamespacesBackend:
    """Starts sandboxes on namespaces."""

    name = "namespaces"
    capabilities = frozenset({Capability.INODE_LIMIT})
    # The agent idles at 2 MiB and holds a program's input (64 MiB at most) while it takes it.
    # While a program runs, the group grows by it alone, but for the agent's buffers and for
    # what the kernel charges ahead of use.
    overhead = Overhead(allowance_bytes=80 * MIB, slack_bytes=8 * MIB)

    def __init__(self, owner: Owner, runc: Path) -> None:
        self._owner = owner
        self._runc = runc
        self._in_use: set[int] = set()
        self._lock = asyncio.Lock()
        self._mounts = self._new_keeper()

    async def start(self, template: Template) -> RuntimeInstance:
        """Start a sandbox with no limits of its own yet and low priority."""
        sandbox_id = new_sandbox_id()
        directory = self._owner.directory / sandbox_id
        mounts = await self._keeper()
        number = self._take_range()
        cgroup = self._owner.cgroups.create(self._owner.id, sandbox_id)
        instance = None

        async def release() -> None:
            await mounts.drop(sandbox_id)
            self._in_use.discard(number)

        try:
            start_limits(cgroup)
            first_id = _FIRST_ID + number * _IDS
            root = await mounts.root(template.image, sandbox_id, first_id, _IDS)
            shared = oci.SharedKernel(first_id, _IDS, cgroup.runtime_path)
            argv = self._argv(directory, cgroup, mounts, root, shared)
            instance = RuntimeInstance(
                sandbox_id, directory, cgroup, argv, detached=True, release=release
            )
            # Until runc is gone: what it uses is not the program's.
            await instance.launched
        except BaseException as error:
            if instance is not None:
                os.close(instance.to_guest)  # there will be no channel that owns them
                os.close(instance.from_guest)
                await instance.destroy()
            else:
                await cgroup.destroy()
                await release()
                shutil.rmtree(directory, ignore_errors=True)
            if isinstance(error, OSError):
                raise PlatformFaultError(
                    f"cannot start a sandbox on namespaces: {error}"
                ) from error
            raise
        return instance

    async def _keeper(self) -> Mounts:
        """Return the keeper of mounts, a new one when the one before has ended."""
        async with self._lock:
            if not self._mounts.is_alive:
                await self._mounts.close()
                self._mounts = self._new_keeper()
            return self._mounts

    def _new_keeper(self) -> Mounts:
        return Mounts(self._owner.directory, self._owner.cgroups.create(self._owner.id, "mounts"))

    def _take_range(self) -> int:
        """Return the number of a range of ids that no other sandbox of this owner has."""
        free = [number for number in range(_RANGES) if number not in self._in_use]
        if not free:
            raise PlatformFaultError(f"all {_RANGES} ranges of user ids are in use")
        number = random.choice(free)  # noqa: S311 - only to meet other owners' rarely
        self._in_use.add(number)
        return number

    def _argv(
        self, directory: Path, cgroup: Cgroup, mounts: Mounts, root: str, shared: oci.SharedKernel
    ) -> list[str]:
        state = directory / "state"
        state.mkdir(parents=True, mode=0o700)
        config = oci.bundle(root=root, annotations={}, shared=shared)
        (directory / "config.json").write_text(json.dumps(config))
        return [
            *entering(cgroup),
            *mounts.entrance,
            *(str(self._runc), f"--root={state}", "run", "--detach"),
            *(f"--bundle={directory}", "sandbox"),
        ]

    async def close(self) -> None:
        """Remove what all sandboxes of this owner left."""
        await self._mounts.close()
        await destroy_groups(self._owner.cgroups.owner_groups(self._owner.id))
        await self._owner.close()
