"""gVisor: each sandbox has a kernel of its own, in user space (`runsc`, systrap).

The template is an EROFS image that gVisor's kernel reads itself, so there is no
file server process between sandbox and host, and a sandbox costs a third less CPU
to start than one with a directory as its root. `runsc` is started inside the
sandbox's control group; its own handling of groups is switched off, because it
does not cover version 1 and 2 alike and we read the same groups for verdicts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from carrel.core.errors import MissingToolError, PlatformFaultError
from carrel.core.ids import SandboxId, new_sandbox_id
from carrel.sandbox.backend import Capability
from carrel.sandbox.backends import oci
from carrel.sandbox.cgroups import Cgroup, destroy_groups
from carrel.sandbox.owner import Owner
from carrel.sandbox.sweep import PATIENCE_S
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

# Enter the groups, then become runsc. The script is constant; everything that
# varies is a positional parameter.
_ENTER = """\
n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n-1)); done
exec "$@"
"""

_STARTING_MEMORY = 1 << 30
_STARTING_PROCESSES = 2048
_LAST_WORDS = 600


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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _pipe(*, reader: contextlib.ExitStack, writer: contextlib.ExitStack) -> tuple[int, int]:
    """Return a pipe whose ends are closed with these."""
    reading, writing = os.pipe()
    reader.callback(os.close, reading)
    writer.callback(os.close, writing)
    return reading, writing


class GvisorInstance:
    """One sandbox of gVisor."""

    def __init__(
        self, sandbox_id: SandboxId, directory: Path, cgroup: Cgroup, argv: list[str]
    ) -> None:
        self.id = sandbox_id
        self.cgroup = cgroup
        self._directory = directory
        self._destroyed: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        with contextlib.ExitStack() as on_failure:
            with contextlib.ExitStack() as guests:
                guest_stdin, self.to_guest = _pipe(reader=guests, writer=on_failure)
                self.from_guest, guest_stdout = _pipe(reader=on_failure, writer=guests)
                os.set_blocking(self.to_guest, False)
                os.set_blocking(self.from_guest, False)
                # The agent's stderr as well: only root may open it, also by way of /proc inside.
                log = guests.enter_context(open(directory / "runsc.log", "wb", opener=_private))
                self._process = subprocess.Popen(
                    argv,
                    stdin=guest_stdin,
                    stdout=guest_stdout,
                    stderr=log,
                    cwd="/",
                    env={},
                    process_group=0,  # Ctrl-C is for the owner, which ends us in order
                )
            on_failure.callback(self._process.wait)
            on_failure.callback(self._process.kill)
            self._pidfd = os.pidfd_open(self._process.pid)
            on_failure.pop_all()  # whoever has the instance now cleans up
        asyncio.get_running_loop().add_reader(self._pidfd, self._on_end)

    def _on_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        status = self._process.wait()
        if not self.ended.done():
            self.ended.set_result(status)

    def last_words(self) -> str:
        """Return the end of what `runsc` wrote to its standard error."""
        with contextlib.suppress(OSError):
            text = (self._directory / "runsc.log").read_bytes()[-_LAST_WORDS:]
            return text.decode("utf-8", "backslashreplace").strip()
        return ""

    async def destroy(self) -> None:
        """Kill everything and remove every trace; idempotent."""
        if self._destroyed is None:
            self._destroyed = asyncio.ensure_future(self._destroy())
        await asyncio.shield(self._destroyed)

    async def _destroy(self) -> None:
        # The process itself first: before it has entered the group, that would not name it.
        self._process.kill()
        for pid in self.cgroup.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(self.ended)
            await self.cgroup.destroy()
        except TimeoutError as error:
            raise PlatformFaultError(
                f"runsc (process {self._process.pid}) does not end though it was killed"
            ) from error
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)


class GvisorBackend:
    """Starts sandboxes of gVisor."""

    name = "gvisor"
    capabilities: frozenset[Capability] = frozenset()

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

    async def start(self, template: Template) -> GvisorInstance:
        """Start a sandbox with no limits of its own yet and low priority."""
        sandbox_id = new_sandbox_id()
        directory = self._owner.directory / sandbox_id
        cgroup = self._owner.cgroups.create(self._owner.id, sandbox_id)
        try:
            cgroup.limit(
                memory_bytes=_STARTING_MEMORY,
                cpu=float(os.cpu_count() or 1),
                processes=_STARTING_PROCESSES,
            )
            cgroup.set_low_priority(True)
            return GvisorInstance(
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
        entrances = [str(path) for path in cgroup.entrances]
        return [
            *("/bin/sh", "-c", _ENTER, "carrel-enter", str(len(entrances)), *entrances),
            *(str(self._runsc), f"--root={state}", *_FLAGS),
            *("run", f"--bundle={directory}", "sandbox"),
        ]

    async def close(self) -> None:
        """Remove what all sandboxes of this owner left."""
        await destroy_groups(self._owner.cgroups.owner_groups(self._owner.id))
        await self._owner.close()
