"""One process's place on the host: its directory, its lock, and who cleans up after it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from carrel.core.errors import PlatformFaultError, PrivilegeError
from carrel.core.ids import new_id
from carrel.sandbox import sweep
from carrel.sandbox.cgroups import CgroupTree

_log = logging.getLogger(__name__)
_LOCK = "owner.lock"


class Owner:
    """The place of this process under `run_dir`; see `sweep` for what happens at its end."""

    def __init__(self, run_dir: Path, cgroups: CgroupTree) -> None:
        """Make the place and remove those of owners that died."""
        if os.geteuid() != 0:
            raise PrivilegeError(
                "sandboxes need root (they use control groups and namespaces); run this with sudo"
            )
        self.id = new_id("own")
        self.cgroups = cgroups
        self.directory = run_dir / self.id
        try:
            run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep_dead_owners(run_dir, cgroups)
            # Locked before it appears under its name: an unlocked place is a dead one.
            with _locked(run_dir / ".sweep"):
                self.directory.mkdir(mode=0o700)
                self._lock = os.open(self.directory / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PlatformFaultError(
                f"cannot use {run_dir} (CARREL_RUN_DIR) for running sandboxes: {error}"
            ) from error
        self._guard = self._start_guard()

    def _start_guard(self) -> subprocess.Popen[bytes]:
        groups = [str(group) for group in self.cgroups.owner_groups(self.id)]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", sweep.__file__, str(self.directory), *groups],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,  # Ctrl-C is for the owner
        )

    async def close(self) -> None:
        """Have everything removed, and wait for that; no sandbox may be in use."""
        assert self._guard.stdin is not None  # noqa: S101  # it is a pipe, see above
        with contextlib.suppress(OSError):
            self._guard.stdin.close()
        try:
            async with asyncio.timeout(3 * sweep.PATIENCE_S):
                # No thread to wait in: see cgroups.destroy_groups.
                while self._guard.poll() is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        except TimeoutError:
            _log.exception("the guard of %s does not end; it is left to the next start", self.id)
        os.close(self._lock)


def sweep_dead_owners(run_dir: Path, cgroups: CgroupTree) -> list[str]:
    """Remove what owners left that are no longer alive; returns their ids.

    An owner is dead when nobody holds the lock in its directory.
    """
    swept: list[str] = []
    with _locked(run_dir / ".sweep"):
        for directory in sorted(run_dir.glob("own_*")):
            try:
                lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                shutil.rmtree(directory, ignore_errors=True)
                continue
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            finally:
                os.close(lock)
            try:
                sweep.remove_owner(directory, cgroups.owner_groups(directory.name))
            except (OSError, TimeoutError):
                _log.exception("cannot remove what %s left", directory.name)
                continue
            swept.append(directory.name)
    return swept


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
