"""Whether hardware virtualisation works here: a real machine is booted to find out.

A device /dev/kvm proves nothing. There are hosts on which it opens, makes a machine and a
processor, and then a stock kernel in it turns in circles for ever. So a machine is started
that has nothing to do but say one sentence; what has not said it within seconds is killed,
and machines are emulated. The answer is kept until the host boots again.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from carrel.sandbox.backends.qemu import FIRST_ID, KVM
from carrel.sandbox.durable import locked
from carrel.sandbox.guest_system import GuestSystem, architecture

_PATIENCE_S = 4.0
"""How long the machine may take; under KVM it takes a quarter of a second."""

_DEVICE = Path("/dev/kvm")
_SENTENCE = b"carrel: this machine runs"
_MEMORY_MIB = 256


@dataclass(frozen=True)
class Probe:
    """Whether KVM works, and in words what was seen."""

    works: bool
    words: str


def probe(qemu: Path, system: GuestSystem, run_dir: Path) -> Probe:
    """Return whether a machine answers under KVM. Takes `_PATIENCE_S` at most, once per boot."""
    if not _DEVICE.exists():
        return Probe(works=False, words=f"{_DEVICE} is not there")
    if os.geteuid() != 0:
        return Probe(works=False, words="trying it needs root")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    program = qemu.stat()
    tried = f"{boot} {system.key} {program.st_mtime_ns} {program.st_size}"
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = run_dir / "kvm.json"
    with locked(run_dir / ".kvm"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(kept.read_text(encoding="utf-8"))
            if found.pop("tried") == tried:
                return Probe(**found)
        answer = _ask(qemu, system)
        kept.write_text(json.dumps({"tried": tried} | asdict(answer)), encoding="utf-8")
    return answer


def _ask(qemu: Path, system: GuestSystem) -> Probe:
    kernel, initramfs = (os.open(file, os.O_RDONLY) for file in (system.kernel, system.initramfs))
    console = architecture().console
    command = [
        *(str(system.jail), str(FIRST_ID), "--kvm", "--", str(qemu)),
        *("-M", architecture().machine, "-accel", KVM, "-cpu", "host"),
        *("-m", str(_MEMORY_MIB), "-nodefaults", "-no-user-config", "-display", "none"),
        *("-no-reboot", "-serial", "stdio"),
        *("-kernel", f"/proc/self/fd/{kernel}", "-initrd", f"/proc/self/fd/{initramfs}"),
        *("-append", f"console={console} reboot=t panic=-1 quiet -- probe"),
    ]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(kernel, initramfs),
            cwd="/",
            env={},
            start_new_session=True,
        )
    except OSError as error:
        return Probe(works=False, words=f"no machine could be started: {error}")
    finally:
        os.close(kernel)
        os.close(initramfs)
    try:
        said, _ = process.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        words = f"a machine was started on {_DEVICE} and said nothing within {_PATIENCE_S:g} s"
        return Probe(works=False, words=words)
    finally:
        # The jail first would leave the machine to die a moment later.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if _SENTENCE in said:
        return Probe(works=True, words=f"a machine ran on {_DEVICE}")
    last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
    return Probe(works=False, words=f"no machine runs on {_DEVICE}: {''.join(last)[:200]}")
