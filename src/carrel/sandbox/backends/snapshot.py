"""A booted and warmed machine, frozen: what every sandbox of a template begins as.

Theory of operation. A machine takes seconds to boot and milliseconds to clone. So one is
booted per template, asked whether its agent lives, given the chance to warm up, and
stopped; its memory is a file in memory (memfd) that nobody may write from then on (it is
sealed: also an attacker inside QEMU cannot), its device state a few ten thousand bytes. A
clone maps that file privately, reads the device state, and goes on where the first one
stood: the kernel copies the pages that it writes, and only those. Nothing of it has a
name, so nothing is left when the owner dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from carrel.core.errors import CarrelError, PlatformFaultError
from carrel.core.ids import new_sandbox_id
from carrel.core.sizes import MIB
from carrel.sandbox.backends.qemu import EMULATOR_BYTES, Emulator, open_log
from carrel.sandbox.backends.runtime import RuntimeInstance, entering, start_limits
from carrel.sandbox.cgroups import Cgroup
from carrel.sandbox.channel import GuestChannel
from carrel.wire.messages import Request

BOOT_TIMEOUT_S = 60.0
"""Emulated, on a machine that is busy with other things; one that is idle needs four seconds."""

_FREEZE_TIMEOUT_S = 60.0
_STATE_MAX = 16 * MIB
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


@dataclass(frozen=True)
class Snapshot:
    """A frozen machine. `memory` and `image` are descriptors, ours until `close`."""

    memory: int
    image: int
    state: bytes

    def close(self) -> None:
        """Give its memory back as soon as the last clone has ended."""
        os.close(self.memory)
        os.close(self.image)


async def warm_up(channel: GuestChannel) -> None:
    """Let the machine do before it is frozen what every sandbox of it would begin with.

    The one place for that: what runs or is in memory here is so in every clone.
    """
    await channel.ask(Request.PING)


async def take(
    emulator: Emulator, image: Path, *, uid: int, directory: Path, cgroup: Cgroup
) -> Snapshot:
    """Boot a machine from `image` and freeze it; PlatformFaultError when it does not come up."""
    with contextlib.ExitStack() as on_failure, contextlib.ExitStack() as passing:
        memory = os.memfd_create("carrel-machine", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        on_failure.callback(os.close, memory)
        os.ftruncate(memory, emulator.memory_bytes)
        disk = os.open(image, os.O_RDONLY | os.O_CLOEXEC)
        on_failure.callback(os.close, disk)
        ours, theirs = socket.socketpair()
        log = open_log(directory)
        system = emulator.system
        files = [os.open(file, os.O_RDONLY) for file in (system.kernel, system.initramfs)]
        for descriptor in (log, *files):
            passing.callback(os.close, descriptor)
        passing.callback(theirs.close)
        start_limits(cgroup)
        cgroup.limit_memory(emulator.memory_bytes + EMULATOR_BYTES)
        command = emulator.command(
            uid=uid, memory=memory, image=disk, log=log, monitor=theirs.fileno(), boot=files
        )
        try:
            machine = RuntimeInstance(
                new_sandbox_id(),
                directory,
                cgroup,
                [*entering(cgroup), *command],
                inherited=[memory, disk, log, theirs.fileno(), *files],
            )
        except BaseException:
            ours.close()
            await cgroup.destroy()
            shutil.rmtree(directory, ignore_errors=True)
            raise
        passing.close()
        channel = GuestChannel(machine.to_guest, machine.from_guest)
        try:
            async with asyncio.timeout(BOOT_TIMEOUT_S):
                await asyncio.shield(channel.ready)
                await warm_up(channel)
            async with asyncio.timeout(_FREEZE_TIMEOUT_S):
                frozen = await _freeze(ours)
        except (TimeoutError, CarrelError, OSError) as error:
            words = machine.last_words() or str(error) or "it did not answer in time"
            raise PlatformFaultError(
                f"a machine of {image.parent} did not boot: {words}"
            ) from error
        finally:
            channel.fail("the machine is frozen")
            ours.close()
            await machine.destroy()
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, _SEALS)
        on_failure.pop_all()
        return Snapshot(memory, disk, frozen)


async def _freeze(monitor: socket.socket) -> bytes:
    """Stop the machine and return the state of its devices; its memory stays in its file."""
    from qemu.qmp import QMPClient, QMPError  # noqa: PLC0415 - a tenth of a second, once per template

    client = QMPClient("machine")
    state, state_in = os.pipe()
    try:
        await client.connect(monitor)
        client.send_fd_scm(state_in)
        await client.execute("getfd", {"fdname": "state"})
        ignore = [{"capability": "x-ignore-shared", "state": True}]
        await client.execute("migrate-set-capabilities", {"capabilities": ignore})
        # Not stopped before: a machine that was would stop its clones as well.
        await client.execute("migrate", {"uri": "fd:state"})
        os.close(state_in)
        state_in = -1
        frozen = await _read_all(state)
        status = await client.execute("query-migrate")
        if not isinstance(status, dict) or status.get("status") != "completed":
            raise PlatformFaultError(f"freezing a machine ended with {status}")
    except QMPError as error:
        raise PlatformFaultError(f"a machine cannot be frozen: {error}") from error
    finally:
        os.close(state)
        if state_in >= 0:
            os.close(state_in)
        with contextlib.suppress(Exception):
            await client.disconnect()
    return frozen


async def _read_all(descriptor: int) -> bytes:
    """Read a pipe to its end without blocking the loop."""
    loop = asyncio.get_running_loop()
    os.set_blocking(descriptor, False)
    content = bytearray()
    while True:
        readable = loop.create_future()
        loop.add_reader(descriptor, _done, readable)
        try:
            await readable
        finally:
            loop.remove_reader(descriptor)
        piece = os.read(descriptor, MIB)
        if not piece:
            return bytes(content)
        content += piece
        if len(content) > _STATE_MAX:
            raise PlatformFaultError("the state of a machine is larger than it can be")


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
