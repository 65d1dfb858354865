"""Control groups: the limits that the host enforces and the usage that it believes.

Both layouts are served: version 1 (also beside a version 2 mount, "hybrid") and
version 2. A sandbox is one group (on version 1, one per controller), made before
its first process starts and entered by that process itself, so that nothing of
it ever runs outside. CPU time and memory for verdicts are read here and not in the
guest: they stay right when the machine is overloaded and when the guest lies.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carrel.core.errors import MissingToolError, PlatformFaultError
from carrel.sandbox.sweep import PATIENCE_S, groups_below, try_remove

_V1_CONTROLLERS = ("memory", "cpu", "cpuacct", "pids")
_V2_CONTROLLERS = ("memory", "cpu", "pids")
_PERIOD_US = 100_000
_NORMAL_WEIGHT = 100
_LOW_WEIGHT = 10
_V1_SHARES_PER_WEIGHT = 1024 // _NORMAL_WEIGHT
_INSIDE = "inside"
_FILE_MAX = 64 * 1024


@dataclass(frozen=True)
class Usage:
    """What a group has used: CPU time in µs, memory in bytes.

    `peak_bytes` is the highest memory since `Cgroup.restart_peak` where that was
    possible, else since the group was made. `file_bytes` is the part of the
    memory that is page cache of files and given back when memory is short.
    """

    cpu_us: int
    memory_bytes: int
    peak_bytes: int
    file_bytes: int
    oom_kills: int


class Cgroup:
    """The group of one sandbox. `paths` maps each controller to its directory.

    `below` is the group's path under any mount point, `elsewhere` the directories of
    hierarchies that we do not use, where a runtime may make the group as well.
    """

    def __init__(
        self,
        paths: dict[str, Path],
        *,
        version: int,
        below: str = "",
        elsewhere: tuple[Path, ...] = (),
    ) -> None:
        self._paths = paths
        self._version = version
        self._below = below
        self._elsewhere = elsewhere
        self._memory = paths["memory"]
        self._files: dict[str, int] = {}

    @property
    def entrances(self) -> list[Path]:
        """The files into which a process writes `0` to enter the group."""
        return [path / "cgroup.procs" for path in dict.fromkeys(self._paths.values())]

    @property
    def runtime_path(self) -> str:
        """The group for a runtime that wants to make one itself and have it empty.

        On version 1 that is this group, in hierarchies that we do not enter; on version 2
        one inside, for the runtime is in this group already.
        """
        return self._below if self._version == 1 else f"{self._below}/{_INSIDE}"

    def limit(self, *, memory_bytes: int, cpu: float, processes: int) -> None:
        """Set the limits: bytes, cores, and processes or threads of the host."""
        self.limit_memory(memory_bytes)
        if self._version == 1:
            _write(self._paths["cpu"] / "cpu.cfs_period_us", _PERIOD_US)
            _write(self._paths["cpu"] / "cpu.cfs_quota_us", round(cpu * _PERIOD_US))
        else:
            _write(self._paths["cpu"] / "cpu.max", f"{round(cpu * _PERIOD_US)} {_PERIOD_US}")
        _write(self._paths["pids"] / "pids.max", processes)

    def limit_memory(self, memory_bytes: int) -> None:
        """Set the memory limit; swap is not given.

        PlatformFaultError when more is in use (version 1; version 2 would kill, so
        look at the usage before).
        """
        if self._version == 1:
            self._limit_memory_v1(memory_bytes)
        else:
            _write(self._memory / "memory.max", memory_bytes)
            _try_write(self._memory / "memory.swap.max", 0)

    def _limit_memory_v1(self, memory_bytes: int) -> None:
        # memsw must never be below limit, so the order depends on the direction.
        names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
        if memory_bytes > int((self._memory / names[0]).read_text()):
            names.reverse()
        for name in names:
            if (self._memory / name).exists():
                _write(self._memory / name, memory_bytes)

    def set_low_priority(self, low: bool) -> None:  # noqa: FBT001
        """Yield the CPU to all normal groups (a sandbox being prepared), or no longer."""
        weight = _LOW_WEIGHT if low else _NORMAL_WEIGHT
        if self._version == 1:
            _write(self._paths["cpu"] / "cpu.shares", weight * _V1_SHARES_PER_WEIGHT)
        else:
            _write(self._paths["cpu"] / "cpu.weight", weight)

    def cpu_us(self) -> int:
        """Return the CPU time used so far, in µs."""
        if self._version == 1:
            return int(self._read("cpuacct", "cpuacct.usage")) // 1000
        return _field(self._read("cpu", "cpu.stat"), b"usage_usec")

    def waiting_us(self) -> int:
        """Return how long its living threads have waited for a free core, in µs.

        0 where the kernel does not count it.
        """
        waited_ns = 0
        for process in self.processes():
            with contextlib.suppress(OSError, IndexError, ValueError):  # it has just ended
                for thread in Path(f"/proc/{process}/task").iterdir():
                    waited_ns += int((thread / "schedstat").read_text().split()[1])
        return waited_ns // 1000

    def memory_bytes(self) -> int:
        """Return the memory in use now; 0 when the group is gone."""
        try:
            return self._memory_in_use()
        except (OSError, ValueError):
            return 0

    def peak_bytes(self) -> int:
        """Return the highest memory, as `Usage.peak_bytes` is; 0 when the group is gone."""
        try:
            return self._peak() or self._memory_in_use()
        except (OSError, ValueError):
            return 0

    def restart_peak(self) -> bool:
        """Measure the memory peak from now on; False where the kernel cannot.

        Version 1 always can, version 2 since Linux 6.12: there a write starts the
        peak anew for the descriptor it is written to.
        """
        try:
            return os.pwrite(self._open("memory", self._peak_name, os.O_RDWR), b"0\n", 0) > 0
        except OSError:
            return False

    def usage(self) -> Usage:
        """Return what was used so far; PlatformFaultError when the group is gone."""
        try:
            stat = self._read("memory", "memory.stat")
            if self._version == 1:
                files, shared = _field(stat, b"total_cache"), _field(stat, b"total_shmem", 0)
                events = self._read("memory", "memory.oom_control")
            else:
                files, shared = _field(stat, b"file"), _field(stat, b"shmem")
                events = self._read("memory", "memory.events")
            current = self._memory_in_use()
            return Usage(
                cpu_us=self.cpu_us(),
                memory_bytes=current,
                peak_bytes=self._peak() or current,
                file_bytes=max(0, files - shared),
                oom_kills=_field(events, b"oom_kill", 0),
            )
        except (OSError, KeyError, ValueError) as error:
            raise PlatformFaultError(f"cannot read the usage of {self._memory}: {error}") from error

    def _memory_in_use(self) -> int:
        name = "memory.usage_in_bytes" if self._version == 1 else "memory.current"
        return int(self._read("memory", name))

    @property
    def _peak_name(self) -> str:
        return "memory.max_usage_in_bytes" if self._version == 1 else "memory.peak"

    def _peak(self) -> int:
        """Return the kernel's peak; 0 where it keeps none (before Linux 5.19)."""
        try:
            return int(self._read("memory", self._peak_name, os.O_RDWR))
        except FileNotFoundError:
            return 0

    def _read(self, controller: str, name: str, flags: int = os.O_RDONLY) -> bytes:
        return os.pread(self._open(controller, name, flags), _FILE_MAX, 0)

    def _open(self, controller: str, name: str, flags: int) -> int:
        """Return a descriptor that stays open until `close`.

        These files are read several times for each program: opening them anew each time
        took longer than all else that is done on the host for it.
        """
        found = self._files.get(name)
        if found is None:
            path = self._paths[controller] / name
            found = self._files[name] = os.open(path, flags | os.O_CLOEXEC)
        return found

    def processes(self) -> list[int]:
        """Return the host's ids of the group's processes."""
        groups = [self._memory] if self._version == 1 else [self._memory, self._memory / _INSIDE]
        found: list[int] = []
        for group in groups:
            with contextlib.suppress(FileNotFoundError):
                found += [int(pid) for pid in (group / "cgroup.procs").read_text().split()]
        return found

    def signal(self, number: int) -> None:
        """Send a signal to every process of the group."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def destroy(self) -> None:
        """Kill every process of the group, wait for the last, and remove the group."""
        try:
            await destroy_groups([*dict.fromkeys(self._paths.values()), *self._elsewhere])
        finally:  # not before: who asks meanwhile would open them again
            self.close()

    def close(self) -> None:
        """Close the group's files; reading opens them again."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()


async def destroy_groups(paths: list[Path]) -> None:
    """Kill every process in these groups and below, and remove them.

    Without a thread, because it also runs when the interpreter ends. Waits up to
    10 s for the kernel to let go; PlatformFaultError after that.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            for path in paths:
                for group in groups_below(path):
                    while not try_remove(group):  # noqa: ASYNC110  # the kernel has no event
                        await asyncio.sleep(0.0005)
    except (OSError, TimeoutError) as error:
        raise PlatformFaultError(f"cannot remove a control group: {error!r}") from error


@functools.cache
def counts_waiting() -> bool:
    """Whether this kernel counts how long threads wait for a free core."""
    return Path("/proc/self/schedstat").exists()


class CgroupTree:
    """Where this machine keeps its control groups, and carrel's branch of them."""

    def __init__(
        self,
        roots: dict[str, Path],
        *,
        version: int,
        branch: str = "carrel",
        others: tuple[Path, ...] = (),
    ) -> None:
        self.version = version
        self._roots = roots
        self._branch = branch
        self._others = others

    @classmethod
    def detect(cls, mountinfo: Path = Path("/proc/self/mountinfo")) -> CgroupTree:
        """Find the mounted controllers; MissingToolError says which one is missing."""
        v1: dict[str, Path] = {}
        v2: Path | None = None
        all_v1: list[Path] = []
        for kind, point, options in _mounts(mountinfo):
            if kind == "cgroup":
                all_v1.append(point)
                v1.update({name: point for name in _V1_CONTROLLERS if name in options})
            elif kind == "cgroup2":
                v2 = v2 or point
        if all(name in v1 for name in _V1_CONTROLLERS):
            places = [*all_v1, v2] if v2 is not None else all_v1
            others = tuple(place for place in places if place not in v1.values())
            return cls(v1, version=1, others=others)
        if v2 is not None:
            offered = (v2 / "cgroup.controllers").read_text().split()
            if all(name in offered for name in _V2_CONTROLLERS):
                return cls(dict.fromkeys(_V2_CONTROLLERS, v2), version=2)
        raise MissingToolError(
            "the control groups memory, cpu and pids are needed and not all mounted: "
            f"version 1 has {sorted(v1) or 'none'}, version 2 is "
            f"{'mounted without them' if v2 else 'not mounted'}; "
            "boot with systemd's default layout or mount cgroup2 on /sys/fs/cgroup"
        )

    def owner_groups(self, owner: str) -> list[Path]:
        """Return the directories that hold all groups of one owner, ours and runtimes'."""
        tops = dict.fromkeys((*self._roots.values(), *self._others))
        return [top / self._branch / owner for top in tops]

    def create(self, owner: str, name: str) -> Cgroup:
        """Make the group `name` of `owner`; PlatformFaultError when the kernel refuses."""
        paths = {kind: root / self._branch / owner / name for kind, root in self._roots.items()}
        try:
            for path in dict.fromkeys(paths.values()):
                if self.version == 2:  # noqa: PLR2004
                    self._delegate(path)
                path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PlatformFaultError(f"cannot make a control group: {error}") from error
        below = f"/{self._branch}/{owner}/{name}"
        elsewhere = tuple(top / below[1:] for top in self._others)
        return Cgroup(paths, version=self.version, below=below, elsewhere=elsewhere)

    def _delegate(self, path: Path) -> None:
        """Switch the controllers on from the root down to the parent of `path`."""
        root = self._roots["memory"]
        wanted = " ".join(f"+{name}" for name in _V2_CONTROLLERS)
        for parent in (root, root / self._branch, path.parent):
            parent.mkdir(exist_ok=True)
            control = parent / "cgroup.subtree_control"
            if set(_V2_CONTROLLERS) <= set(control.read_text().split()):
                continue
            try:
                control.write_text(wanted)
            except OSError:
                # A container's root group that holds processes cannot also have
                # limited children: move the processes to a leaf of their own.
                leaf = root / "carrel-host"
                leaf.mkdir(exist_ok=True)
                for pid in (parent / "cgroup.procs").read_text().split():
                    with contextlib.suppress(OSError):
                        (leaf / "cgroup.procs").write_text(pid)
                control.write_text(wanted)


def _mounts(mountinfo: Path) -> Iterator[tuple[str, Path, set[str]]]:
    for line in mountinfo.read_text().splitlines():
        before, _, after = line.partition(" - ")
        fields, kind_fields = before.split(), after.split()
        point = fields[4].encode().decode("unicode_escape")
        yield kind_fields[0], Path(point), set(kind_fields[-1].split(","))


def _field(text: bytes, name: bytes, missing: int | None = None) -> int:
    """Return the number in the line of this name; KeyError when there is none to fall back on."""
    _, found, rest = (b"\n" + text).partition(b"\n" + name + b" ")
    if found:
        return int(rest.partition(b"\n")[0])
    if missing is None:
        raise KeyError(name.decode())
    return missing


def _write(path: Path, value: int | str) -> None:
    try:
        path.write_text(str(value))
    except OSError as error:
        raise PlatformFaultError(f"cannot set {path.name} to {value}: {error}") from error


def _try_write(path: Path, value: int) -> bool:
    try:
        path.write_text(str(value))
    except OSError:
        return False
    return True
