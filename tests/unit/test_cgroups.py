"""Control groups, read from made-up trees in either layout."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.core.errors import MissingToolError, PlatformFaultError
from carrel.core.sizes import MIB
from carrel.sandbox.cgroups import Cgroup, CgroupTree

pytestmark = pytest.mark.quick

V1_LINE = "{n} 24 0:{n} / {point} rw,relatime - cgroup cgroup rw,{name}\n"
V2_LINE = "99 24 0:99 / {point} rw,relatime - cgroup2 cgroup2 rw\n"


def mountinfo(tmp_path: Path, *, v1: tuple[str, ...] = (), v2: str | None = None) -> Path:
    """Write a mountinfo with these version 1 controllers and this version 2 offer."""
    lines = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
    for number, name in enumerate(v1, 30):
        point = tmp_path / name
        point.mkdir()
        lines += V1_LINE.format(n=number, point=point, name=name)
    if v2 is not None:
        point = tmp_path / "unified"
        point.mkdir()
        (point / "cgroup.controllers").write_text(v2)
        (point / "cgroup.subtree_control").write_text("")
        (point / "cgroup.procs").write_text("")
        lines += V2_LINE.format(point=point)
    file = tmp_path / "mountinfo"
    file.write_text(lines)
    return file


def test_version_1_is_taken_also_beside_an_empty_version_2(tmp_path: Path) -> None:
    names = ("memory", "cpu", "cpuacct", "pids", "freezer")
    tree = CgroupTree.detect(mountinfo(tmp_path, v1=names, v2=""))
    assert tree.version == 1
    tops = {path.parent.parent.name for path in tree.owner_groups("own_a")}
    # Also where only a runtime makes groups: they are removed with the others.
    assert tops == {*names, "unified"}
    group = tree.create("own_a", "sbx_b")
    assert {path.parents[3].name for path in group.entrances} == set(names[:4])
    assert group.runtime_path == "/carrel/own_a/sbx_b"


def test_controllers_that_share_a_mount_are_one_group(tmp_path: Path) -> None:
    file = mountinfo(tmp_path, v1=("memory", "cpu,cpuacct", "pids"))
    tree = CgroupTree.detect(file)
    assert tree.version == 1
    assert len(tree.owner_groups("own_a")) == 3
    group = tree.create("own_a", "sbx_b")
    assert len(group.entrances) == 3


def test_version_2_is_taken_where_it_has_the_controllers(tmp_path: Path) -> None:
    tree = CgroupTree.detect(mountinfo(tmp_path, v2="cpuset cpu io memory pids\n"))
    assert tree.version == 2
    assert tree.owner_groups("own_a") == [tmp_path / "unified/carrel/own_a"]


def test_on_version_2_a_runtimes_own_group_lies_inside_and_its_processes_count(
    tmp_path: Path,
) -> None:
    tree = CgroupTree.detect(mountinfo(tmp_path, v2="cpuset cpu io memory pids\n"))
    branch = tmp_path / "unified/carrel"
    for place in (branch, branch / "own_a"):
        place.mkdir()
        (place / "cgroup.subtree_control").write_text("cpu memory pids")
    group = tree.create("own_a", "sbx_b")
    inside = tmp_path / "unified" / group.runtime_path[1:]
    assert inside.parent == branch / "own_a/sbx_b"
    (inside.parent / "cgroup.procs").write_text("")
    assert group.processes() == []
    inside.mkdir()
    (inside / "cgroup.procs").write_text("17\n18\n")
    assert group.processes() == [17, 18]


@pytest.mark.parametrize(
    ("v1", "v2", "said"),
    [
        ((), None, "version 1 has none, version 2 is not mounted"),
        (("memory", "cpu"), "", r"version 1 has \['cpu', 'memory'\], version 2 is mounted without"),
        ((), "cpu io", "version 2 is mounted without them"),
        (("memory", "cpu", "pids"), None, "version 2 is not mounted"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, v1: tuple[str, ...], v2: str | None, said: str
) -> None:
    with pytest.raises(MissingToolError, match=said):
        CgroupTree.detect(mountinfo(tmp_path, v1=v1, v2=v2))


def test_a_mount_point_with_a_space_is_understood(tmp_path: Path) -> None:
    place = tmp_path / "a b"
    place.mkdir()
    file = mountinfo(place, v2="cpu memory pids")
    file.write_text(file.read_text().replace("a b", r"a\040b"))
    assert CgroupTree.detect(file).owner_groups("x") == [place / "unified/carrel/x"]


@pytest.fixture
def v1_group(tmp_path: Path) -> Iterator[Cgroup]:
    paths = {}
    for name in ("memory", "cpu", "cpuacct", "pids"):
        paths[name] = tmp_path / name
        paths[name].mkdir()
    memory = tmp_path / "memory"
    (memory / "memory.limit_in_bytes").write_text(str(64 * MIB))
    (memory / "memory.memsw.limit_in_bytes").write_text(str(64 * MIB))
    (memory / "memory.usage_in_bytes").write_text("1000\n")
    (memory / "memory.max_usage_in_bytes").write_text("2000\n")
    (memory / "memory.stat").write_text(
        "cache 1\ntotal_cache 700\ntotal_rss 1\ntotal_shmem 200\nrecent weights are 1 2\n"
    )
    (memory / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    (tmp_path / "cpuacct/cpuacct.usage").write_text("5000999\n")
    with contextlib.closing(Cgroup(paths, version=1)) as group:
        yield group


def test_version_1_is_read_in_the_units_of_usage(v1_group: Cgroup) -> None:
    usage = v1_group.usage()
    assert (usage.cpu_us, usage.memory_bytes, usage.peak_bytes) == (5000, 1000, 2000)
    assert (usage.file_bytes, usage.oom_kills) == (500, 3)


@pytest.mark.parametrize("size", [16 * MIB, 64 * MIB, 256 * MIB])
def test_version_1_limits_are_written(tmp_path: Path, v1_group: Cgroup, size: int) -> None:
    v1_group.limit(memory_bytes=size, cpu=0.5, processes=77)
    assert (tmp_path / "memory/memory.limit_in_bytes").read_text() == str(size)
    assert (tmp_path / "memory/memory.memsw.limit_in_bytes").read_text() == str(size)
    assert (tmp_path / "cpu/cpu.cfs_quota_us").read_text() == "50000"
    assert (tmp_path / "cpu/cpu.cfs_period_us").read_text() == "100000"
    assert (tmp_path / "pids/pids.max").read_text() == "77"


def test_version_1_without_swap_accounting_is_served(tmp_path: Path, v1_group: Cgroup) -> None:
    (tmp_path / "memory/memory.memsw.limit_in_bytes").unlink()
    v1_group.limit(memory_bytes=32 * MIB, cpu=1, processes=10)
    assert not (tmp_path / "memory/memory.memsw.limit_in_bytes").exists()


@pytest.fixture
def v2_group(tmp_path: Path) -> Iterator[Cgroup]:
    (tmp_path / "cpu.stat").write_text("usage_usec 1234\nuser_usec 1\n")
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.stat").write_text("anon 5\nfile 700\nshmem 200\n")
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    with contextlib.closing(
        Cgroup(dict.fromkeys(("memory", "cpu", "pids"), tmp_path), version=2)
    ) as group:
        yield group


def test_version_2_is_read_and_limited(tmp_path: Path, v2_group: Cgroup) -> None:
    usage = v2_group.usage()
    assert (usage.cpu_us, usage.memory_bytes, usage.file_bytes) == (1234, 1000, 500)
    assert usage.oom_kills == 2
    v2_group.limit(memory_bytes=5 * MIB, cpu=1.5, processes=9)
    assert (tmp_path / "memory.max").read_text() == str(5 * MIB)
    assert (tmp_path / "cpu.max").read_text() == "150000 100000"
    assert (tmp_path / "pids.max").read_text() == "9"
    assert v2_group.entrances == [tmp_path / "cgroup.procs"]


@pytest.mark.parametrize("file", ["memory.current", "memory.stat", "cpu.stat", "memory.events"])
def test_a_group_that_is_gone_or_garbled_is_a_platform_fault(
    tmp_path: Path, v2_group: Cgroup, file: str
) -> None:
    (tmp_path / file).unlink()
    if file != "memory.events":
        with pytest.raises(PlatformFaultError):
            v2_group.usage()
        (tmp_path / file).write_text("garbage")
    with pytest.raises(PlatformFaultError):
        v2_group.usage()


def test_a_limit_that_the_kernel_refuses_is_a_platform_fault(
    tmp_path: Path, v2_group: Cgroup
) -> None:
    (tmp_path / "pids.max").mkdir()
    with pytest.raises(PlatformFaultError, match=r"pids\.max"):
        v2_group.limit(memory_bytes=5 * MIB, cpu=1, processes=9)


def test_version_2_controllers_are_switched_on_down_to_the_group(tmp_path: Path) -> None:
    tree = CgroupTree.detect(mountinfo(tmp_path, v2="cpu memory pids"))
    unified = tmp_path / "unified"
    for place in (unified / "carrel", unified / "carrel/own_a"):
        place.mkdir()
        (place / "cgroup.subtree_control").write_text("")
    tree.create("own_a", "sbx_b")
    assert (unified / "carrel/own_a/sbx_b").is_dir()
    for place in (unified, unified / "carrel", unified / "carrel/own_a"):
        switched = (place / "cgroup.subtree_control").read_text()
        assert switched == "+memory +cpu +pids"


def test_destroying_a_group_that_is_gone_already_is_fine(tmp_path: Path) -> None:
    group = Cgroup(dict.fromkeys(("memory", "cpu", "pids"), tmp_path / "gone"), version=2)
    asyncio.run(group.destroy())
