"""What carrel may leave on a host: look before, look after, and nothing may be new.

Other carrels may run on the same machine, so everything is told apart by the
directory that the owner under test keeps its places in (`CARREL_RUN_DIR`). Give a
test run one of its own.
"""

from __future__ import annotations

import contextlib
import os
import select
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from carrel.sandbox.cgroups import CgroupTree

_GUARD = b"sweep.py"
_NOBODYS = frozenset({".sweep", ".kvm", "kvm.json"})
"""Lock files, and what is known of the machine for as long as it runs."""
_SHARED_TMP = Path("/tmp")  # noqa: S108  # looked at, not written to


@dataclass(frozen=True)
class Traces:
    """Everything of carrel's that was found on the host at one moment, as words.

    `descriptors` are those of this process; `sockets` the Unix sockets, abstract
    ones included, that this process holds or whose name is carrel's.
    """

    processes: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    entries: frozenset[str]
    descriptors: frozenset[str]
    sockets: frozenset[str]
    temporary_files: frozenset[str]

    @classmethod
    def of(cls, run_dir: Path) -> Traces:
        """Look at the host now; `run_dir` tells our owners from others'."""
        # Groups before processes: a group whose guard we do not see then is nobody else's.
        groups = list(_groups())
        processes = dict(_processes())
        foreign = _foreign_owners(processes, run_dir) | _foreign_places(run_dir)
        return cls(
            processes=frozenset(_our_processes(processes, run_dir, foreign)),
            mounts=frozenset(_mounts(run_dir)),
            cgroups=frozenset(
                str(path)
                for owner, path in groups
                # An owner's own group appears with its first sandbox and stays as long as it.
                if owner not in foreign and not (path.name == owner and (run_dir / owner).exists())
            ),
            entries=frozenset(_entries(run_dir)),
            descriptors=frozenset(_descriptors()),
            sockets=frozenset(_sockets(run_dir)),
            temporary_files=frozenset(_temporary_files()),
        )

    def new_since(self, before: Traces) -> list[str]:
        """Return what is here and was not there before, one line each."""
        return [
            f"{field.name}: {trace}"
            for field in fields(self)
            for trace in sorted(getattr(self, field.name) - getattr(before, field.name))
        ]


_LOOK_S = 0.2


def assert_nothing_left(before: Traces, run_dir: Path, *, within_s: float = 60.0) -> None:
    """Fail when something new stays on the host for longer than `within_s` seconds.

    What is still ending is waited for: a process by its descriptor, the rest by
    looking again.
    """
    deadline = time.monotonic() + within_s
    while left := _held(Traces.of(run_dir).new_since(before)):
        now = time.monotonic()
        if now > deadline:
            raise AssertionError("left on the host:\n" + "\n".join(left))
        pids = [int(line.split()[1]) for line in left if line.startswith("processes: ")]
        _wait_for_end(pids, deadline - now)


def _held(left: list[str]) -> list[str]:
    """Leave out sockets that no process holds: the kernel collects those when it likes."""
    return [line for line in left if not line.startswith("sockets: ") or _is_held(line.split()[1])]


def _wait_for_end(pids: list[int], within_s: float) -> None:
    poll = select.poll()
    with contextlib.ExitStack() as stack:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                stack.callback(os.close, descriptor)
                poll.register(descriptor, select.POLLIN)
        # Without a process to wait for, what is left has no event: look again soon. And one
        # whose owner elsewhere was only just beginning is known for somebody else's then.
        poll.poll(1000 * min(within_s, _LOOK_S) if pids else 5)


def _processes() -> Iterator[tuple[int, tuple[list[bytes], str]]]:
    """Yield each process's id, arguments and control groups."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            argv = (entry / "cmdline").read_bytes().split(b"\0")
            yield int(entry.name), (argv, (entry / "cgroup").read_text())


def _foreign_owners(processes: dict[int, tuple[list[bytes], str]], run_dir: Path) -> frozenset[str]:
    """Return the ids of owners elsewhere: each has a guard that names its directory."""
    found = set()
    for argv, _ in processes.values():
        for at, argument in enumerate(argv[:-1]):
            if argument.endswith(_GUARD):
                place = Path(os.fsdecode(argv[at + 1]))
                if place.parent != run_dir:
                    found.add(place.name)
    return frozenset(found)


def _foreign_places(run_dir: Path) -> frozenset[str]:
    """Return the ids of owners with a place beside `run_dir`.

    One that was killed with its guard is nobody's process any more, and its groups stay
    until somebody sweeps there. The place goes after the groups.
    """
    places = run_dir.parent.glob("*/own_*")
    return frozenset(place.name for place in places if place.parent != run_dir)


def _our_processes(
    processes: dict[int, tuple[list[bytes], str]], run_dir: Path, foreign: frozenset[str]
) -> Iterator[str]:
    place = os.fsencode(f"{run_dir}/")
    for pid, (argv, groups) in processes.items():
        owners = {part for part in groups.replace("\n", "/").split("/") if part.startswith("own_")}
        if owners - foreign or any(place in argument for argument in argv):
            words = b" ".join(argv)[:120].decode("utf-8", "backslashreplace")
            yield f"{pid} {words}"


def _groups() -> Iterator[tuple[str, Path]]:
    """Yield the owner and the path of every control group of carrel's."""
    for group in CgroupTree.detect().owner_groups("any"):
        branch = group.parent
        for where, _, _ in os.walk(branch):
            below = Path(where).relative_to(branch).parts
            if below:
                yield below[0], Path(where)


def _mounts(run_dir: Path) -> Iterator[str]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = line.split()[4]
        if "runsc" in line or Path(point).is_relative_to(run_dir):
            yield point


def _entries(run_dir: Path) -> Iterator[str]:
    """Yield what stands in the owners' places, two levels deep."""
    with contextlib.suppress(OSError):
        for entry in run_dir.iterdir():
            if entry.name in _NOBODYS:
                continue
            yield str(entry)
            if entry.is_dir():
                with contextlib.suppress(OSError):
                    yield from (str(below) for below in entry.iterdir())


def _descriptors() -> Iterator[str]:
    """Yield what this process has open, by number, type and inode."""
    listing = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in os.listdir(listing):  # noqa: PTH208  # by descriptor, to leave it out
            if int(name) == listing:
                continue
            with contextlib.suppress(OSError):
                target = os.readlink(name, dir_fd=listing)
                yield f"{name} {target}"
    finally:
        os.close(listing)


def _sockets(run_dir: Path) -> Iterator[str]:
    held = {text.split(" ", 1)[1] for text in _descriptors()}
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        words = line.split()
        inode, name = words[6], words[7] if len(words) > 7 else ""  # noqa: PLR2004
        if f"socket:[{inode}]" in held or str(run_dir) in name:
            yield f"{inode} {name}"


def _is_held(inode: str) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while it is looked at
            for link in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(link.readlink()) == f"socket:[{inode}]":
                        return True
    return False


def _temporary_files() -> Iterator[str]:
    """Yield temporary files: all that are in a test run's own place, gVisor's elsewhere."""
    place = Path(tempfile.gettempdir())
    for entry in place.iterdir():
        if place != _SHARED_TMP or entry.name.startswith("runsc"):
            yield str(entry)
