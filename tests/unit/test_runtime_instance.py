"""What an OCI runtime's sandbox does when a process does not do what it should."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from carrel.core.errors import PlatformFaultError
from carrel.core.ids import new_sandbox_id
from carrel.sandbox.backends import runtime
from carrel.sandbox.backends.runtime import RuntimeInstance

pytestmark = pytest.mark.quick


def test_a_process_that_no_signal_ends_is_waited_for_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def destroy() -> None:
        directory = tmp_path / "sandbox"
        directory.mkdir()
        cgroup = cast("Any", SimpleNamespace(signal=lambda _number: None))
        instance = RuntimeInstance(new_sandbox_id(), directory, cgroup, ["sleep", "60"])
        kill = instance._process.kill
        # As in an uninterruptible system call.
        monkeypatch.setattr(instance._process, "kill", lambda: None)
        with pytest.raises(PlatformFaultError, match="does not end though it was killed"):
            await instance.destroy()
        assert not directory.exists()
        kill()
        await instance.ended
        os.close(instance.to_guest)
        os.close(instance.from_guest)

    monkeypatch.setattr(runtime, "PATIENCE_S", 0.01)
    asyncio.run(destroy())


def test_a_program_that_is_not_there_leaves_no_descriptor(tmp_path: Path) -> None:
    async def start() -> None:
        cgroup = cast("Any", SimpleNamespace())
        before = descriptors()
        with pytest.raises(FileNotFoundError):
            RuntimeInstance(new_sandbox_id(), tmp_path, cgroup, ["/nowhere"])
        assert descriptors() == before

    asyncio.run(start())


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())
