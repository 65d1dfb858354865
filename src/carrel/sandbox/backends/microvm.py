"""Micro-VMs: each sandbox is a virtual machine of its own, with Debian's kernel (QEMU).

Between a program and the host stand the machine's own kernel, QEMU with few devices, and
QEMU's jail: a user who owns nothing, empty namespaces, no privileges, a list of refused
system calls, control groups. With hardware virtualisation (KVM) this is the strongest
isolation and as fast as the host; without it (TCG) the same machine is emulated, several
times slower, and the limits of time are read in the machine's own pace.

A sandbox is a clone of a machine that was booted once per template (see `snapshot`).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import random
import shutil
import socket

from carrel.core.errors import PlatformFaultError
from carrel.core.ids import SandboxId, new_sandbox_id
from carrel.core.sizes import MIB
from carrel.sandbox.backend import Capability, Overhead
from carrel.sandbox.backends import snapshot
from carrel.sandbox.backends.qemu import (
    EMULATOR_BYTES,
    FIRST_ID,
    IDS,
    KVM,
    Emulator,
    Monitor,
    open_log,
)
from carrel.sandbox.backends.runtime import RuntimeInstance, entering, start_limits
from carrel.sandbox.backends.snapshot import Snapshot
from carrel.sandbox.cgroups import Cgroup, destroy_groups
from carrel.sandbox.owner import Owner
from carrel.sandbox.templates import Template
from carrel.wire.frames import encode_request
from carrel.wire.messages import Request

_log = logging.getLogger(__name__)

RESERVE_BYTES = 160 * MIB
"""Of a machine's memory, what its kernel and the agent need: no program can be given it."""

_SLACK_BYTES = 8 * MIB


class MicrovmBackend:
    """Starts sandboxes that are virtual machines.

    `slowdown` is how many times slower than this host a program runs in them.
    """

    capabilities: frozenset[Capability] = frozenset({Capability.INODE_LIMIT})

    def __init__(self, owner: Owner, emulator: Emulator, *, slowdown: float) -> None:
        emulated = emulator.accelerator != KVM
        self.name = "microvm (emulated)" if emulated else "microvm"
        self.overhead = Overhead(
            allowance_bytes=EMULATOR_BYTES,
            slack_bytes=_SLACK_BYTES,
            machine_bytes=emulator.memory_bytes,
            reserve_bytes=RESERVE_BYTES,
            slowdown=slowdown if emulated else 1.0,
        )
        self._owner = owner
        self._emulator = emulator
        self._ids: set[int] = set()
        self._snapshots: dict[str, Snapshot] = {}
        self._keys: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def start(self, template: Template) -> RuntimeInstance:
        """Start a sandbox with no limits of its own yet and low priority.

        The first one of a template also boots the machine that all are clones of.
        """
        frozen = await self._snapshot(template)
        uid = self._take_id()
        sandbox_id = new_sandbox_id()
        directory = self._owner.directory / sandbox_id
        cgroup = self._owner.cgroups.create(self._owner.id, sandbox_id)
        try:
            directory.mkdir(mode=0o700)
            start_limits(cgroup)
            cgroup.limit_memory(self._emulator.memory_bytes + EMULATOR_BYTES)
            return self._clone(frozen, uid, sandbox_id, cgroup)
        except BaseException as error:
            self._ids.discard(uid)
            await cgroup.destroy()
            shutil.rmtree(directory, ignore_errors=True)
            if isinstance(error, OSError):
                raise PlatformFaultError(f"cannot start a micro-VM: {error}") from error
            raise

    def _clone(
        self, frozen: Snapshot, uid: int, sandbox_id: SandboxId, cgroup: Cgroup
    ) -> RuntimeInstance:
        directory = self._owner.directory / sandbox_id
        with contextlib.ExitStack() as passing:
            log = open_log(directory)
            passing.callback(os.close, log)
            state = _pipe_of(frozen.state)
            passing.callback(os.close, state)
            ours, theirs = socket.socketpair()
            passing.callback(theirs.close)
            monitor = Monitor(ours, state)

            async def release() -> None:
                self._ids.discard(uid)
                monitor.close()

            command = self._emulator.command(
                uid=uid, memory=frozen.memory, image=frozen.image, log=log, monitor=theirs.fileno()
            )
            try:
                instance = RuntimeInstance(
                    sandbox_id,
                    directory,
                    cgroup,
                    [*entering(cgroup), *command],
                    release=release,
                    inherited=[frozen.memory, frozen.image, log, theirs.fileno(), state],
                )
            except BaseException:
                monitor.close()
                raise
        # Its agent said READY before it was frozen; asked, it says so again.
        os.write(instance.to_guest, encode_request(Request.HELLO, 0, b""))
        return instance

    async def _snapshot(self, template: Template) -> Snapshot:
        """Return the frozen machine of `template`; the first call boots it."""
        async with self._locks.setdefault(template.key, asyncio.Lock()):
            found = self._snapshots.get(template.key)
            if found is None:
                found = await self._boot(template)
                before = self._keys.get(template.name)
                self._snapshots[template.key] = found
                self._keys[template.name] = template.key
                if before is not None:
                    self._snapshots.pop(before).close()
            return found

    async def _boot(self, template: Template) -> Snapshot:
        uid = self._take_id()
        name = f"boot-{new_sandbox_id()}"
        cgroup = self._owner.cgroups.create(self._owner.id, name)
        directory = self._owner.directory / name
        directory.mkdir(mode=0o700)
        try:
            return await snapshot.take(
                self._emulator, template.image, uid=uid, directory=directory, cgroup=cgroup
            )
        except OSError as error:
            raise PlatformFaultError(f"cannot boot a micro-VM: {error}") from error
        finally:
            self._ids.discard(uid)

    def _take_id(self) -> int:
        """Return a user id that no other machine of this owner has."""
        while len(self._ids) < IDS:
            number = FIRST_ID + random.randrange(IDS)  # noqa: S311 - to meet other owners' rarely
            if number not in self._ids:
                self._ids.add(number)
                return number
        raise PlatformFaultError(f"all {IDS} user ids of emulators are in use")

    async def close(self) -> None:
        """Remove what all sandboxes of this owner left."""
        for frozen in self._snapshots.values():
            frozen.close()
        self._snapshots.clear()
        await destroy_groups(self._owner.cgroups.owner_groups(self._owner.id))
        await self._owner.close()


def _pipe_of(content: bytes) -> int:
    """Return the reading end of a pipe that holds all of `content` and then ends."""
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, max(len(content), 65536))
        os.set_blocking(writing, False)
        held = os.write(writing, content)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    if held != len(content):
        os.close(reading)
        raise PlatformFaultError(f"a pipe does not hold {len(content)} bytes")
    return reading
