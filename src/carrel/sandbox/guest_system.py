"""The guest system of micro-VMs: Debian's kernel, a small initramfs, and QEMU's jail.

    home/machine/<key>/{kernel, initramfs, jail, manifest.json}
    home/machine/current -> <key>

The kernel comes from Debian's cloud package, unpacked and never installed: nothing in
/boot changes. Its modules that a template's image and the line to the agent need go into
an initramfs whose /init is ours (`guest/machine/init.c`). `key` hashes all of that, so a new
kernel package or a changed source makes a new folder, and the same inputs the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carrel.core.errors import MissingToolError, TemplateError
from carrel.sandbox.agent import FLAGS
from carrel.sandbox.durable import locked, publish, remove_tree, sync

_SOURCES = {
    "init": Path(__file__).resolve().parent.parent / "guest" / "machine" / "init.c",
    "jail": Path(__file__).resolve().parent / "backends" / "machine" / "jail.c",
}
_TIMEOUT_S = 600
_FORMAT = 1
"""Counts changes of how an initramfs is made."""


@dataclass(frozen=True)
class Architecture:
    """What of a micro-VM has another name on another CPU.

    `modules` are loaded in this order; what the kernel has built in is not among its files
    and left out.
    """

    kernel_package: str
    emulator: str
    emulator_package: str
    machine: str
    console: str
    modules: tuple[str, ...]


_MODULES = (
    *("libcrc32c", "virtio_ring", "virtio", "virtio_mmio", "virtio_blk"),
    *("virtio_console", "rng-core", "virtio-rng", "erofs"),
)
ARCHITECTURES: Mapping[str, Architecture] = {
    "x86_64": Architecture(
        kernel_package="linux-image-cloud-amd64",
        emulator="qemu-system-x86_64",
        emulator_package="qemu-system-x86",
        # Nothing that a guest does not need: no PCI, no PIT, PIC and RTC, no option ROMs.
        machine="microvm,acpi=on,pit=off,pic=off,rtc=off,x-option-roms=off",
        console="ttyS0",
        modules=("crc32c-intel", *_MODULES),
    ),
    "aarch64": Architecture(
        kernel_package="linux-image-cloud-arm64",
        emulator="qemu-system-aarch64",
        emulator_package="qemu-system-arm",
        machine="virt,gic-version=max,acpi=off",
        console="ttyAMA0",
        modules=("crc32-arm64", *_MODULES),
    ),
}


@dataclass(frozen=True)
class GuestSystem:
    """A built guest system; `key` names it, `kernel_version` is Debian's package and version."""

    key: str
    kernel: Path
    initramfs: Path
    jail: Path
    kernel_version: str


def architecture() -> Architecture:
    """Return the names for this machine; MissingToolError on a CPU without any."""
    found = ARCHITECTURES.get(platform.machine())
    if found is None:
        raise MissingToolError(f"micro-VMs are not made for a {platform.machine()} machine yet")
    return found


def find_guest_system(home: Path) -> GuestSystem:
    """Return the guest system as it was last built; MissingToolError when there is none."""
    current = home / "machine" / "current"
    try:
        folder = current.parent / current.readlink()
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return GuestSystem(
            key=folder.name,
            kernel=folder / "kernel",
            initramfs=folder / "initramfs",
            jail=folder / "jail",
            kernel_version=manifest["kernel"],
        )
    except (OSError, ValueError, KeyError) as error:
        raise MissingToolError(
            f"the guest system of micro-VMs is not built in {home}: run ./scripts/setup, "
            "or `sudo carrel machine build`"
        ) from error


def build_guest_system(home: Path) -> GuestSystem:
    """Build the guest system unless it is up to date.

    MissingToolError names what is not installed, TemplateError the step that failed; the
    one built before stays in use then.
    """
    for tool, package in (("apt-get", "apt"), ("dpkg-deb", "dpkg"), ("gcc", "gcc libc6-dev")):
        if shutil.which(tool) is None:
            raise MissingToolError(f"{tool} is not installed: apt-get install {package}")
    place = home / "machine"
    with locked(home / "locks" / "machine"):
        kernel = _offered_kernel()
        key = _key(kernel)
        if not (place / key / "manifest.json").is_file():
            place.mkdir(parents=True, exist_ok=True)
            for leftover in place.glob(".build-*"):
                remove_tree(leftover)
            scratch = Path(tempfile.mkdtemp(prefix=".build-", dir=place))
            try:
                _make(kernel, scratch)
                scratch.chmod(0o755)
                scratch.rename(place / key)
            except OSError as error:
                raise TemplateError(f"building the guest system in {home}: {error}") from error
            finally:
                remove_tree(scratch)
        if not (place / "current").is_symlink() or str((place / "current").readlink()) != key:
            publish(place, key)
    return find_guest_system(home)


def _offered_kernel() -> str:
    """Return `package=version` of the kernel that apt would install."""
    wanted = architecture().kernel_package
    shown = _run(["apt-cache", "show", "--no-all-versions", wanted], "looking for a kernel")
    depends = re.search(r"^Depends: .*?(linux-image-[^ ,]+) \(= ([^)]+)\)", shown, re.MULTILINE)
    if depends is None:
        raise TemplateError(
            f"apt offers no {wanted}, whose kernel micro-VMs run: run `apt-get update`, or add "
            "Debian's main archive"
        )
    return f"{depends[1]}={depends[2]}"


def _key(kernel: str) -> str:
    digest = hashlib.sha256(f"{_FORMAT}\0{kernel}\0{FLAGS}\0{architecture()}".encode())
    for name, source in sorted(_SOURCES.items()):
        digest.update(f"{name}\0".encode() + hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _make(kernel: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="carrel-kernel-") as temporary:
        work = Path(temporary)
        work.chmod(0o755)  # apt's own user downloads
        _run(["apt-get", "download", "-qq", kernel], f"downloading {kernel}", cwd=work)
        package = next(work.glob("*.deb"))
        tree = work / "tree"
        _run(["dpkg-deb", "--extract", str(package), str(tree)], f"unpacking {package.name}")
        image = next(iter(sorted((tree / "boot").glob("vmlinuz-*"))), None)
        if image is None:
            raise TemplateError(f"{package.name} holds no /boot/vmlinuz")
        shutil.copyfile(image, folder / "kernel")
        for name, source in _SOURCES.items():
            _compile(source, work / name)
        shutil.copyfile(work / "jail", folder / "jail")
        modules = _modules(tree)
        (folder / "initramfs").write_bytes(_initramfs((work / "init").read_bytes(), modules))
    (folder / "jail").chmod(0o755)
    (folder / "manifest.json").write_text(json.dumps({"kernel": kernel}), encoding="utf-8")
    for file in folder.iterdir():
        sync(file)


def _compile(source: Path, output: Path) -> None:
    _run(["gcc", *FLAGS, "-o", str(output), source.name], f"compiling {source.name}", source.parent)


def _modules(tree: Path) -> dict[str, bytes]:
    """Return the modules to load, in order, by the names of their files."""
    found = {
        re.sub(r"\.ko(\.xz)?$", "", file.name): file
        for pattern in ("*.ko", "*.ko.xz")
        for file in tree.glob(f"**/{pattern}")
    }
    contents = {}
    for name in architecture().modules:
        file = found.get(name)
        if file is not None:
            packed = file.read_bytes()
            contents[f"{name}.ko"] = lzma.decompress(packed) if file.suffix == ".xz" else packed
    return contents


def _initramfs(init: bytes, modules: Mapping[str, bytes]) -> bytes:
    """Return a cpio archive ("newc"), the same for the same contents."""
    listed = "".join(f"/lib/{name}\n" for name in modules).encode()
    directory, file = 0o040755, 0o100644
    entries = [
        *((name, directory, b"", (0, 0)) for name in ("dev", "lib", "proc", "root", "sys")),
        ("dev/console", 0o020600, b"", (5, 1)),
        ("init", 0o100755, init, (0, 0)),
        ("modules", file, listed, (0, 0)),
        *((f"lib/{name}", file, content, (0, 0)) for name, content in modules.items()),
        ("TRAILER!!!", 0, b"", (0, 0)),
    ]
    archive = bytearray()
    for number, (name, mode, content, device) in enumerate(entries, start=1):
        path = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(path), 0)
        archive += b"070701" + b"".join(b"%08x" % field for field in fields)
        for part in (path, content):
            archive += part
            archive += bytes(-len(archive) % 4)
    return bytes(archive)


def _run(command: list[str], step: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TemplateError(f"{step} failed: {error}") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()[-4:]
        raise TemplateError(f"{step} failed ({done.returncode}): {' '.join(words)}")
    return done.stdout
