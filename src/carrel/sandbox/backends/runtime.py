"""One sandbox that a program started: its pipes, its processes, its end.

What all backends share. Nothing here knows which program it is; the difference that
matters is whether its own process is the sandbox (`runsc`, QEMU) or only starts it and
is gone before the first request (`runc`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from carrel.core.errors import PlatformFaultError
from carrel.core.ids import SandboxId
from carrel.sandbox.cgroups import Cgroup
from carrel.sandbox.program import Waiter
from carrel.sandbox.sweep import PATIENCE_S

STARTING_MEMORY = 1 << 30
STARTING_PROCESSES = 2048
_LAST_WORDS = 600

# Enter the groups, then become the command. The script is constant; everything that
# varies is a positional parameter.
_ENTER = """\
n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n-1)); done
exec "$@"
"""


def entering(cgroup: Cgroup) -> list[str]:
    """Return the start of a command that runs inside `cgroup` from its first instruction."""
    entrances = [str(path) for path in cgroup.entrances]
    return ["/bin/sh", "-c", _ENTER, "carrel-enter", str(len(entrances)), *entrances]


def start_limits(cgroup: Cgroup) -> None:
    """Give a sandbox that is being prepared what it needs, and low priority."""
    cgroup.limit(
        memory_bytes=STARTING_MEMORY,
        cpu=float(os.cpu_count() or 1),
        processes=STARTING_PROCESSES,
    )
    cgroup.set_low_priority(True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _pipe(*, reader: contextlib.ExitStack, writer: contextlib.ExitStack) -> tuple[int, int]:
    """Return a pipe whose ends are closed with these."""
    reading, writing = os.pipe()
    reader.callback(os.close, reading)
    writer.callback(os.close, writing)
    return reading, writing


def _is_first(pid: int) -> bool:
    """Whether the process is the first of its PID namespace, with which the rest of it ends."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return line.split()[-1] == "1"
    return False


class RuntimeInstance:
    """One sandbox, which the command `argv` is or starts.

    `detached`: the command ends with status 0 as soon as the sandbox runs. `release` gives
    back what was taken for it, after its last process. `inherited` are descriptors that the
    command has under the same numbers.
    """

    def __init__(
        self,
        sandbox_id: SandboxId,
        directory: Path,
        cgroup: Cgroup,
        argv: list[str],
        *,
        detached: bool = False,
        release: Callable[[], Awaitable[None]] | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        self.waiting: Sequence[Waiter] = ()
        self.id = sandbox_id
        self.cgroup = cgroup
        self._directory = directory
        self._detached = detached
        self._release = release
        self._destroyed: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.launched: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Resolves when the command has ended (detached), whether or not it did its work."""
        with contextlib.ExitStack() as on_failure:
            with contextlib.ExitStack() as guests:
                guest_stdin, self.to_guest = _pipe(reader=guests, writer=on_failure)
                self.from_guest, guest_stdout = _pipe(reader=on_failure, writer=guests)
                os.set_blocking(self.to_guest, False)
                os.set_blocking(self.from_guest, False)
                # The agent's stderr as well: only root may open it, also by way of /proc inside.
                log = guests.enter_context(open(directory / "runtime.log", "ab", opener=_private))
                self._process = subprocess.Popen(
                    argv,
                    stdin=guest_stdin,
                    stdout=guest_stdout,
                    stderr=log,
                    cwd="/",
                    env={},
                    pass_fds=inherited,
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
        if not self.launched.done():
            self.launched.set_result(None)
        if self._detached and status == 0 and self._watch_first_process():
            return
        if not self.ended.done():
            self.ended.set_result(status)

    def _watch_first_process(self) -> bool:
        """Wait for the end of the sandbox itself; False when it has ended already."""
        for pid in self.cgroup.processes():
            with contextlib.suppress(OSError):
                if not _is_first(pid):
                    continue
                watched = os.pidfd_open(pid)
                asyncio.get_running_loop().add_reader(watched, self._on_first_end, watched)
                return True
        return False

    def _on_first_end(self, watched: int) -> None:
        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)
        if not self.ended.done():
            self.ended.set_result(0)

    def last_words(self) -> str:
        """Return the end of what the runtime wrote to its standard error."""
        with contextlib.suppress(OSError):
            text = (self._directory / "runtime.log").read_bytes()[-_LAST_WORDS:]
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
        self.cgroup.signal(signal.SIGKILL)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.shield(self.ended)
            await self.cgroup.destroy()
        except TimeoutError as error:
            raise PlatformFaultError(
                f"the sandbox of process {self._process.pid} does not end though it was killed"
            ) from error
        finally:
            if self._release is not None:
                await self._release()
            shutil.rmtree(self._directory, ignore_errors=True)
