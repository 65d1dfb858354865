"""Removal of what an owner of sandboxes leaves behind; also a program of its own.

An owner is one process that makes sandboxes. While it lives, a second process
runs this file (`python -I -S sweep.py RUN_DIRECTORY GROUP…`) and waits for the end
of its standard input, which the kernel closes however the owner ends, `kill -9`
included. Then it kills what is left in the owner's control groups and removes the
groups and the owner's directory. Should this process be killed as well, the next
owner finds the directory unlocked and does the same (`sweep_dead_owners`).

Standard library only, and nothing of carrel: it must start in milliseconds.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE_S = 10.0


def kill_and_remove_group(path: Path) -> None:
    """Kill all processes in a control group and below, then remove it.

    Waits up to 10 s for the kernel to let go; TimeoutError after that.
    """
    deadline = time.monotonic() + PATIENCE_S
    for below in groups_below(path):
        while not try_remove(below):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{below} still has processes after {PATIENCE_S:.0f} s")
            time.sleep(0.0005)


def groups_below(path: Path) -> list[Path]:
    """Return `path` and the groups below it, deepest first."""
    found = [Path(where) for where, _, _ in os.walk(path)]
    return sorted(found, key=lambda group: len(group.parts), reverse=True)


def try_remove(group: Path) -> bool:
    """Kill what is in the group now; True when the group is gone."""
    try:
        os.rmdir(group)  # noqa: PTH106
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
    else:
        return True
    with contextlib.suppress(OSError):
        kill = group / "cgroup.kill"
        if kill.exists():
            kill.write_text("1")
            return False
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    return False


def remove_owner(directory: Path, groups: list[Path]) -> None:
    """Remove all that the owner of `directory` left: processes, groups and files."""
    for group in groups:
        kill_and_remove_group(group)
    shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Wait for the end of standard input, then remove the owner named in argv."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    remove_owner(Path(sys.argv[1]), [Path(group) for group in sys.argv[2:]])


if __name__ == "__main__":
    main()
