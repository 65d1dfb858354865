"""How QEMU is started for a micro-VM: its arguments, its jail, its first commands.

The machine has a processor, memory, a read-only disk, one line to the agent and a source
of randomness: no network, no display, no firmware beyond the boot loader, no monitor that
a guest could reach. Everything it uses is a descriptor that we opened, so that its user
needs no access to any path of the host's but /usr.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from carrel.core.errors import MissingToolError
from carrel.core.sizes import MIB
from carrel.sandbox.guest_system import GuestSystem, architecture

KVM = "kvm"
TCG = "tcg"

FIRST_ID = 0x7FFC0000
IDS = 0x20000
"""User ids of emulators: what is left of systemd's unused range above those of namespaces."""

_TRANSLATIONS_MIB = 128
"""How much translated code emulation keeps."""

EMULATOR_BYTES = (_TRANSLATIONS_MIB + 160) * MIB
"""What QEMU itself may use beside the machine's memory."""

_SECCOMP = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"


@dataclass(frozen=True)
class Emulator:
    """What is the same for all machines of an owner. `tsc_khz` 0: the guest finds it out."""

    program: Path
    system: GuestSystem
    accelerator: str
    memory_bytes: int
    cpus: int
    tsc_khz: int = 0

    def command(
        self, *, uid: int, memory: int, image: int, log: int, monitor: int, boot: Sequence[int] = ()
    ) -> list[str]:
        """Return the command of one machine, whose line to the agent is its stdin and stdout.

        `memory`, `image`, `log` and `monitor` are inherited descriptors, and so are those of
        `boot`, kernel and initramfs, which start it from nothing. Without, it waits for
        another one's state.
        """
        names = architecture()
        how = self._booting(*boot) if boot else ("-incoming", "defer")
        return [
            *(str(self.system.jail), str(uid), *(("--kvm",) if self.accelerator == KVM else ())),
            *("--", str(self.program)),
            *("-M", f"{names.machine},memory-backend=memory"),
            *("-accel", self._acceleration(), "-cpu", self._processor()),
            *("-m", f"{self.memory_bytes // MIB}", "-smp", str(self.cpus)),
            *("-object", self._memory(memory, shared=bool(boot))),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-sandbox", _SECCOMP),
            *("-add-fd", f"fd={image},set=1", "-blockdev", json.dumps(_DISK)),
            *("-device", "virtio-blk-device,drive=template"),
            *("-device", "virtio-serial-device", "-chardev", "stdio,id=agent,signal=off"),
            *("-device", "virtserialport,chardev=agent,name=agent"),
            *("-device", "virtio-rng-device"),
            *("-add-fd", f"fd={log},set=2"),
            *("-chardev", "file,id=console,path=/dev/fdset/2,append=on"),
            *("-serial", "chardev:console"),
            *("-chardev", f"socket,id=monitor,fd={monitor}"),
            *("-mon", "chardev=monitor,mode=control"),
            *how,
        ]

    def _acceleration(self) -> str:
        return KVM if self.accelerator == KVM else f"tcg,tb-size={_TRANSLATIONS_MIB}"

    def _processor(self) -> str:
        # Emulated page tables of five levels cost a level more.
        return "host" if self.accelerator == KVM else "max,la57=off"

    def _memory(self, descriptor: int, *, shared: bool) -> str:
        share = "on" if shared else "off"
        return (
            f"memory-backend-file,id=memory,size={self.memory_bytes},"
            f"mem-path=/proc/self/fd/{descriptor},share={share}"
        )

    def _booting(self, kernel: int, initramfs: int) -> tuple[str, ...]:
        return (
            *("-kernel", f"/proc/self/fd/{kernel}", "-initrd", f"/proc/self/fd/{initramfs}"),
            *("-append", self._kernel_line()),
        )

    def _kernel_line(self) -> str:
        words = [
            f"console={architecture().console}",
            # A machine that stops is gone: nothing waits, nothing starts again.
            *("reboot=t", "panic=-1", "quiet", "loglevel=4"),
            # It is frozen, cloned and stopped for minutes: no time is too long for it.
            *("nowatchdog", "rcupdate.rcu_cpu_stall_suppress=1"),
            *("random.trust_cpu=on", "no_timer_check", "audit=0"),
        ]
        if self.accelerator == TCG:
            # There is nothing of which translated code could speculate into.
            words += ["mitigations=off"]
            if self.tsc_khz:
                # The machine has no other clock to measure it by.
                words += [f"tsc_early_khz={self.tsc_khz}", "tsc=reliable"]
        return " ".join(words)


_DISK = {
    "driver": "raw",
    "node-name": "template",
    "read-only": True,
    "file": {"driver": "file", "filename": "/dev/fdset/1", "locking": "off"},
}


def find_qemu() -> Path:
    """Return the path of QEMU for this machine's CPU; MissingToolError when there is none."""
    names = architecture()
    found = shutil.which(names.emulator)
    if found is None:
        raise MissingToolError(
            f"{names.emulator} is not on PATH; ./scripts/setup installs it "
            f"(apt-get install {names.emulator_package})"
        )
    return Path(found)


@functools.cache
def tsc_khz(jail: Path) -> int:
    """Return the rate of the CPU's time stamp counter, 0 where there is none to know."""
    done = subprocess.run([jail, "--tsc"], capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else 0


class Monitor:
    """Our end of a clone's monitor: says where its state comes from, and is closed.

    All commands are written before QEMU runs and no answer decides what comes next, so a
    client library would only add its round trips to each start. A machine that runs has
    no monitor any more.
    """

    def __init__(self, ours: socket.socket, state: int) -> None:
        self._ours: socket.socket | None = ours
        self._left = b""
        self._answers = 0
        ignore = [{"capability": "x-ignore-shared", "state": True}]
        commands: Sequence[dict[str, object]] = (
            {"execute": "qmp_capabilities"},
            {"execute": "migrate-set-capabilities", "arguments": {"capabilities": ignore}},
            {"execute": "migrate-incoming", "arguments": {"uri": f"fd:{state}"}},
        )
        self._expected = len(commands)
        # QEMU reads a monitor byte by byte, so they are short.
        for command in commands:
            ours.sendall(json.dumps(command, separators=(",", ":")).encode() + b"\n")
        ours.setblocking(False)
        asyncio.get_running_loop().add_reader(ours, self._read)

    def _read(self) -> None:
        if self._ours is None:
            return
        data = b""
        with contextlib.suppress(OSError):
            data = self._ours.recv(65536)
        *lines, self._left = (self._left + data).split(b"\n")
        self._answers += sum(line.startswith((b'{"return"', b'{"error"')) for line in lines)
        if not data or self._answers >= self._expected:
            self.close()

    def close(self) -> None:
        """Hang up; idempotent."""
        if self._ours is not None:
            asyncio.get_running_loop().remove_reader(self._ours)
            self._ours.close()
            self._ours = None


def open_log(directory: Path) -> int:
    """Return a descriptor for the machine's console: the log of `RuntimeInstance`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    return os.open(directory / "runtime.log", flags, 0o600)
