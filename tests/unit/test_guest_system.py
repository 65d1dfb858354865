"""What micro-VMs boot: made the same way each time, and missed with a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.core.errors import InvalidValueError, MissingToolError
from carrel.core.sizes import GIB, MIB
from carrel.sandbox import guest_system
from carrel.sandbox.backend import Overhead
from carrel.sandbox.limits import SandboxLimits

pytestmark = pytest.mark.quick


def test_the_same_contents_give_the_same_archive() -> None:
    modules = {"first.ko": b"abc", "second.ko": b"12345"}
    archive = guest_system._initramfs(b"#!", modules)
    assert archive == guest_system._initramfs(b"#!", dict(modules))
    assert len(archive) % 4 == 0
    names = [b"dev/console", b"init", b"modules", b"lib/first.ko", b"lib/second.ko", b"TRAILER!!!"]
    places = [archive.index(name + b"\0") for name in names]
    assert places == sorted(places)
    assert b"/lib/first.ko\n/lib/second.ko\n" in archive


def test_a_machine_that_was_not_built_is_missed_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match=r"carrel machine build"):
        guest_system.find_guest_system(tmp_path)


def test_what_running_machines_were_started_with_stays_until_the_build_after_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(kernel: str, folder: Path) -> None:
        (folder / "manifest.json").write_text(json.dumps({"kernel": kernel}))

    monkeypatch.setattr(guest_system, "_make", make)
    built = []
    for kernel in ("linux=1", "linux=2", "linux=2", "linux=3"):
        monkeypatch.setattr(guest_system, "_offered_kernel", lambda kernel=kernel: kernel)
        built.append(guest_system.build_guest_system(tmp_path))
        kept = {file.name for file in (tmp_path / "machine").iterdir()} - {"current"}
        before = [system.key for system in built if system != built[-1]][-1:]
        assert kept == {built[-1].key, *before}
    assert guest_system.find_guest_system(tmp_path).kernel_version == "linux=3"


def test_limits_that_no_machine_has_room_for_name_field_and_setting() -> None:
    overhead = Overhead(0, 0, machine_bytes=GIB, reserve_bytes=128 * MIB)
    overhead.check(SandboxLimits(memory_bytes=512 * MIB, disk_bytes=256 * MIB))
    with pytest.raises(InvalidValueError, match="CARREL_MICROVM_MEMORY") as caught:
        overhead.check(SandboxLimits(memory_bytes=800 * MIB, disk_bytes=256 * MIB))
    assert caught.value.field == "memory_limit"
    Overhead(0, 0).check(SandboxLimits(memory_bytes=64 * GIB))
