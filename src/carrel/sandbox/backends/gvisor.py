"""gVisor: each sandbox has a kernel of its own, in user space (`runsc`, systrap).

The template is an EROFS image that gVisor's kernel reads itself, so there is no
file server process between sandbox and host, and a sandbox costs a third less CPU
to start than one with a directory as its root. `runsc` is started inside the
sandbox's control group; its own handling of groups is switched off, because it
does not cover version 1 and 2 alike and we read the same groups for verdicts.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from carrel.core.errors import MissingToolError, PlatformFaultError
from carrel.core.ids import new_sandbox_id
from carrel.core.sizes import MIB
from carrel.sandbox.backend import Capability, Overhead
from carrel.sandbox.backends import oci
from carrel.sandbox.backends.runtime import RuntimeInstance, entering, start_limits
from carrel.sandbox.cgroups import Cgroup, destroy_groups
from carrel.sandbox.owner import Owner
from carrel.sandbox.templates import Template

MINIMUM_RELEASE = 20240729
"""The first release with everything used here (systrap, EROFS root)."""

_FLAGS = (
    "--platform=systrap",
    "--network=none",
    "--ignore-cgroups",
    "--overlay2=none",
    "--host-uds=none",
    "--host-fifo=none",
    "--oci-seccomp=false",
)


def find_runsc() -> Path:
    """Return the path of `runsc`; MissingToolError when there is none."""
    found = shutil.which("runsc")
    if found is None:
        raise MissingToolError("runsc (gVisor) is not on PATH; ./scripts/setup installs it")
    return Path(found)


def runsc_release(runsc: Path) -> int:
    """Return the release date of `runsc` as a number such as 20240729; 0 when it has none."""
    output = subprocess.run([runsc, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(20\d{6})", output.stdout)
    return int(match[1]) if match else 0


class GvisorBackend:
    """Starts sandboxes of gVisor."""

    name = "gvisor"
    capabilities: frozenset[Capability] = frozenset()
    overhead = Overhead(allowance_bytes=96 * MIB, slack_bytes=48 * MIB)

    def __init__(self, owner: Owner, runsc: Path) -> None:
        release = runsc_release(runsc)
        if release < MINIMUM_RELEASE:
            raise MissingToolError(
                f"{runsc} is release {release or 'unknown'}; "
                f"{MINIMUM_RELEASE} or later is needed, and ./scripts/setup installs it"
            )
        self._owner = owner
        self._runsc = runsc
        self._empty = owner.directory / "empty"
        self._empty.mkdir()

    async def start(self, template: Template) -> RuntimeInstance:
        """Start a sandbox with no limits of its own yet and low priority."""
        sandbox_id = new_sandbox_id()
        directory = self._owner.directory / sandbox_id
        cgroup = self._owner.cgroups.create(self._owner.id, sandbox_id)
        try:
            start_limits(cgroup)
            return RuntimeInstance(
                sandbox_id, directory, cgroup, self._argv(template, directory, cgroup)
            )
        except BaseException as error:
            await cgroup.destroy()
            shutil.rmtree(directory, ignore_errors=True)
            if isinstance(error, OSError):
                raise PlatformFaultError(f"cannot start a gVisor sandbox: {error}") from error
            raise

    def _argv(self, template: Template, directory: Path, cgroup: Cgroup) -> list[str]:
        state = directory / "state"
        state.mkdir(parents=True, mode=0o700)
        config = oci.bundle(
            root=str(self._empty),
            annotations={
                "dev.gvisor.spec.rootfs.source": str(template.image),
                "dev.gvisor.spec.rootfs.type": "erofs",
            },
        )
        (directory / "config.json").write_text(json.dumps(config))
        return [
            *entering(cgroup),
            *(str(self._runsc), f"--root={state}", *_FLAGS),
            *("run", f"--bundle={directory}", "sandbox"),
        ]

    async def close(self) -> None:
        """Remove what all sandboxes of this owner left."""
        await destroy_groups(self._owner.cgroups.owner_groups(self._owner.id))
        await self._owner.close()
