"""The owner's side of `mount_keeper`: starts it, asks it, and says how to get inside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import subprocess
import sys
from pathlib import Path

from carrel.core.errors import PlatformFaultError
from carrel.sandbox.backends import mount_keeper
from carrel.sandbox.backends.runtime import entering
from carrel.sandbox.cgroups import Cgroup

_START_S = 10.0
_ANSWER_S = 10.0


def _place(directory: Path) -> Path:
    """Return where the keeper mounts, in its own namespace: a directory of every host.

    A sandbox's root must be able to walk there, and is nobody on the way: below a
    private run directory it could not.
    """
    for place in map(Path, ("/mnt", "/media", "/srv")):
        if place.is_dir() and not directory.is_relative_to(place):
            return place
    raise PlatformFaultError("none of the directories /mnt, /media and /srv is there to mount over")


class Mounts:
    """A running keeper. PlatformFaultError when it cannot be started."""

    def __init__(self, directory: Path, cgroup: Cgroup) -> None:
        self._cgroup = cgroup
        self._lock = asyncio.Lock()
        log = directory / "mounts.log"
        try:
            with log.open("wb") as stderr:
                # In a group of the owner's, so that its guard ends it too: a forked child
                # of the owner may hold the other end of its standard input.
                self._process = subprocess.Popen(
                    [
                        *entering(cgroup),
                        *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
                        *("--mount-proc", "--propagation", "private", "--"),
                        *(
                            sys.executable,
                            "-I",
                            "-S",
                            mount_keeper.__file__,
                            str(_place(directory)),
                        ),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    bufsize=0,
                    cwd="/",
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                    start_new_session=True,
                )
        except OSError as error:
            raise PlatformFaultError(f"cannot start the keeper of mounts: {error}") from error
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError  # pipes were asked for
        self._to_keeper = self._process.stdin.fileno()
        self._from_keeper = self._process.stdout.fileno()
        self._log = log
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        """Wait for its first line, once per pool: before, it may not be entered."""
        readable, _, _ = select.select([self._from_keeper], [], [], _START_S)
        said = os.read(self._from_keeper, 4096) if readable else b""
        if not said.endswith(b"\n"):
            self._process.kill()
            self._process.wait()
            raise self._fault("it did not begin")

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    @property
    def entrance(self) -> list[str]:
        """The start of a command that runs inside the keeper's namespaces.

        Names the process and not descriptors: nothing of this may be inherited by a
        sandbox. The id stays ours until `close` has waited for the process.
        """
        place = f"/proc/{self._process.pid}/ns"
        return ["nsenter", f"--mount={place}/mnt", f"--pid={place}/pid_for_children", "--"]

    async def root(self, image: Path, name: str, base: int, size: int) -> str:
        """Mount `image` for the sandbox `name`; PlatformFaultError when the kernel refuses."""
        return await self._ask(
            {"do": "root", "image": str(image), "name": name, "base": base, "size": size}
        )

    async def drop(self, name: str) -> None:
        """Unmount what `root` mounted; a keeper that has ended has done so already."""
        with contextlib.suppress(PlatformFaultError):
            await self._ask({"do": "drop", "name": name})

    async def _ask(self, request: dict[str, str | int]) -> str:
        # To its end whatever happens to the caller: the next answer is the next request's.
        return await asyncio.shield(asyncio.ensure_future(self._exchange(request)))

    async def _exchange(self, request: dict[str, str | int]) -> str:
        async with self._lock:
            try:
                os.write(self._to_keeper, json.dumps(request).encode() + b"\n")
            except OSError as error:
                raise self._fault(str(error)) from error
            return await self._answer(_ANSWER_S)

    async def _answer(self, within_s: float) -> str:
        loop = asyncio.get_running_loop()
        line = b""
        try:
            async with asyncio.timeout(within_s):
                while not line.endswith(b"\n"):
                    readable = loop.create_future()
                    loop.add_reader(self._from_keeper, _resolve, readable)
                    try:
                        await readable
                    finally:
                        loop.remove_reader(self._from_keeper)
                    piece = os.read(self._from_keeper, 65536)
                    if not piece:
                        raise self._fault("it ended")
                    line += piece
        except TimeoutError as error:
            self._process.kill()
            raise self._fault(f"no answer within {within_s:.0f} s") from error
        answer = json.loads(line)
        if "error" in answer:
            raise PlatformFaultError(f"cannot mount a template: {answer['error']}")
        return str(answer["ok"])

    def _fault(self, why: str) -> PlatformFaultError:
        with contextlib.suppress(OSError):
            why += ": " + self._log.read_text(errors="replace")[-300:].strip()
        return PlatformFaultError(f"the keeper of mounts failed ({why})")

    async def close(self) -> None:
        """End it and everything inside its namespaces; idempotent."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        await self._cgroup.destroy()
        self._process.wait()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
