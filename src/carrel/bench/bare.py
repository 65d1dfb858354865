"""The floor under every gVisor figure: `runsc` by itself, with the least it needs.

The same template image and the same flags as carrel's sandboxes, but no agent, no
limits and no cleaning up beyond what `runsc` does.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from carrel.core.errors import MissingToolError, PlatformFaultError
from carrel.sandbox.cgroups import Cgroup, CgroupTree

_FLAGS = ("--platform=systrap", "--network=none", "--ignore-cgroups", "--overlay2=none")
_TIMEOUT_S = 60
_ENTER = 'for group; do echo 0 >"$group" || exit 125; done'


def run_true(image: Path) -> float:
    """Return how many ms `runsc run` takes for `/bin/true` in this image."""
    with _bundle(image, ["/bin/true"]) as (argv, _):
        start = time.monotonic()
        done = subprocess.run(
            argv, capture_output=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL, check=False
        )
        elapsed = 1000 * (time.monotonic() - start)
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace")[-300:]
        raise PlatformFaultError(f"a bare `runsc run` failed: {words}")
    return elapsed


@contextlib.asynccontextmanager
async def sleeping(image: Path, beside: int) -> AsyncIterator[Cgroup]:
    """Keep a bare sandbox that runs `sleep` for a `with` block; yields its control group.

    The group is made beside the one of the process `beside`, a sandbox of ours:
    whoever cleans up after its owner cleans up here too.
    """
    owner = _owner_of(beside)
    with _bundle(image, ["/bin/sleep", "600"]) as (argv, directory):
        group = CgroupTree.detect().create(owner, directory.name)
        entrances = [str(path) for path in group.entrances]
        process = subprocess.Popen(  # noqa: ASYNC220 - it starts in no time
            ["/bin/sh", "-c", f"{_ENTER}; exec {' '.join(argv)}", "enter", *entrances],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield group
        finally:
            process.kill()
            await group.destroy()
            process.wait()


@contextlib.contextmanager
def _bundle(image: Path, command: list[str]) -> Iterator[tuple[list[str], Path]]:
    runsc = shutil.which("runsc")
    if runsc is None:
        raise MissingToolError("runsc (gVisor) is not on PATH; ./scripts/setup installs it")
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as name:
        directory = Path(name)
        (directory / "empty").mkdir()
        config = {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": 0, "gid": 0},
                "args": command,
                "env": ["PATH=/usr/bin:/bin"],
                "cwd": "/",
            },
            "root": {"path": str(directory / "empty"), "readonly": True},
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "mount")]},
            "annotations": {
                "dev.gvisor.spec.rootfs.source": str(image),
                "dev.gvisor.spec.rootfs.type": "erofs",
            },
        }
        (directory / "config.json").write_text(json.dumps(config))
        state = f"--root={directory / 'state'}"
        yield [runsc, state, *_FLAGS, "run", f"--bundle={name}", directory.name], directory


def _owner_of(pid: int) -> str:
    groups = Path(f"/proc/{pid}/cgroup").read_text().replace("\n", "/").split("/")
    return next(part for part in groups if part.startswith("own_"))
