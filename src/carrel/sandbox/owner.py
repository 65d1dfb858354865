"""One process's place on the host: its directory, its lock, and who cleans up after it.

The guard notices the owner's end by a pipe, other owners by the lock; both last as long
as anybody has them open. A forked child (multiprocessing's default on Linux) inherits
them and may outlive the owner, so it lets go of them before anything else.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

from carrel.core.errors import PlatformFaultError, PrivilegeError
from carrel.core.ids import new_id
from carrel.sandbox import sweep
from carrel.sandbox.cgroups import CgroupTree
from carrel.sandbox.durable import locked

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
        self._lock: int | None = None
        self._line: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        _owners.add(self)
        try:
            run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep_dead_owners(run_dir, cgroups)
            # Locked before it appears under its name: an unlocked place is a dead one.
            with locked(run_dir / ".sweep"):
                self.directory.mkdir(mode=0o700)
                self._lock = os.open(self.directory / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
                fcntl.flock(self._lock, fcntl.LOCK_EX)  # `carrel doctor` may be looking
            self._start_guard()
        except BaseException as error:
            shutil.rmtree(self.directory, ignore_errors=True)
            self._let_go()
            if isinstance(error, OSError):
                raise PlatformFaultError(
                    f"cannot use {run_dir} (CARREL_RUN_DIR) for running sandboxes: {error}"
                ) from error
            raise

    def _start_guard(self) -> None:
        groups = [str(group) for group in self.cgroups.owner_groups(self.id)]
        end, self._line = os.pipe()
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", sweep.__file__, str(self.directory), *groups],
                stdin=end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,  # Ctrl-C is for the owner
            )
        finally:
            os.close(end)

    async def close(self) -> None:
        """Have everything removed, and wait for that; no sandbox may be in use. Idempotent."""
        self._hang_up()
        try:
            async with asyncio.timeout(3 * sweep.PATIENCE_S):
                # No thread to wait in: see cgroups.destroy_groups.
                while self._guard is not None and self._guard.poll() is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        except TimeoutError:
            _log.exception("the guard of %s does not end; it is left to the next start", self.id)
        self._let_go()

    def _hang_up(self) -> None:
        if self._line is not None:
            os.close(self._line)
            self._line = None

    def _let_go(self) -> None:
        """Close what says that the owner is alive. The lock goes with its last descriptor."""
        self._hang_up()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def leave_to_parent(self) -> None:
        """Be no owner any more, in a forked child of its process."""
        self._let_go()
        if self._guard is not None:
            self._guard.returncode = 0  # it is not this process's to wait for


_owners: weakref.WeakSet[Owner] = weakref.WeakSet()


def _leave_to_parent() -> None:
    for owner in list(_owners):
        owner.leave_to_parent()


os.register_at_fork(after_in_child=_leave_to_parent)


def sweep_dead_owners(run_dir: Path, cgroups: CgroupTree) -> list[str]:
    """Remove what owners left that are no longer alive; returns their ids.

    An owner is dead when nobody holds the lock in its directory.
    """
    swept: list[str] = []
    with locked(run_dir / ".sweep"):
        for directory in sorted(run_dir.glob("own_*")):
            try:
                if is_alive(directory):
                    continue
            except FileNotFoundError:
                shutil.rmtree(directory, ignore_errors=True)
                continue
            try:
                sweep.remove_owner(directory, cgroups.owner_groups(directory.name))
            except (OSError, TimeoutError):
                _log.exception("cannot remove what %s left", directory.name)
                continue
            swept.append(directory.name)
    return swept


def is_alive(place: Path) -> bool:
    """Whether the owner of the directory `place` lives: somebody holds its lock.

    FileNotFoundError without a lock: the place is being made or being removed.
    """
    lock = os.open(place / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)
