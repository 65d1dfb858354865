"""`carrel doctor` on this machine, as root and as somebody else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from carrel.core.errors import PlatformFaultError
from carrel.ops import health
from carrel.ops.health import Machine, State
from carrel.sandbox.program import Execution, Program
from carrel.testing.sandboxes import FakePool, ended

COMMAND = (sys.executable, "-m", "carrel.cli.main", "doctor")


def doctor(*options: str, user: int | None = None, **environment: str) -> Any:
    return subprocess.run(
        [*COMMAND, *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        user=user,
        env=os.environ | environment,
    )


def findings(done: Any) -> dict[str, dict[str, Any]]:
    report = json.loads(done.stdout)
    return {found["name"]: found for found in report["findings"]}


def test_it_proves_that_isolation_works(sandboxes: Path) -> None:
    done = doctor("--json", CARREL_RUN_DIR=str(sandboxes))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["healthy"] is True
    found = findings(done)
    assert found["gVisor"]["state"] == "ok"
    assert "a program ran as uid" in found["gVisor"]["text"]
    assert found["micro-VM"]["state"] == found["namespaces"]["state"] == "note"
    for name in ("runsc", "Python", "kernel", "control groups", "memory", "swap", "disk"):
        assert found[name]["state"] in ("ok", "warning"), found[name]
    assert {"base", "code-interpreter", "node"} <= set(found)
    assert not list(sandboxes.glob("own_*"))


def test_the_table_has_no_colours_when_nobody_wants_them(sandboxes: Path) -> None:
    done = doctor(CARREL_RUN_DIR=str(sandboxes), NO_COLOR="1")
    assert "gVisor" in done.stdout
    assert "No problems" in done.stdout
    assert "\x1b" not in done.stdout


def test_missing_templates_are_problems_with_a_remedy(sandboxes: Path, tmp_path: Path) -> None:
    done = doctor("--json", CARREL_RUN_DIR=str(sandboxes), CARREL_HOME=str(tmp_path))
    assert done.returncode == 1
    assert json.loads(done.stdout)["healthy"] is False
    found = findings(done)
    assert found["gVisor"]["state"] == "unknown"
    assert found["node"]["state"] == "problem"
    assert "carrel template build node" in found["node"]["remedy"]


def test_without_runsc_it_says_what_installs_it(sandboxes: Path, tmp_path: Path) -> None:
    done = doctor("--json", CARREL_RUN_DIR=str(sandboxes), PATH=str(tmp_path))
    assert done.returncode == 1
    found = findings(done)
    assert found["gVisor"]["state"] == "problem"
    assert "scripts/setup" in found["gVisor"]["text"]


def test_dead_owners_are_told_and_then_removed(sandboxes: Path) -> None:
    dead = sandboxes / "own_deadbeef"
    dead.mkdir()
    (dead / "owner.lock").touch()
    done = doctor("--json", CARREL_RUN_DIR=str(sandboxes))
    found = findings(done)
    assert found["leftovers"]["state"] == "warning"
    assert "own_deadbeef" in found["leftovers"]["text"]
    assert not dead.exists()


def test_without_root_it_says_what_it_cannot_check(tmp_path: Path) -> None:
    """In a process of its own: the interpreter of a checkout may not be readable by others."""
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o700)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            leftovers = health.leftovers(run_dir)
            proof = health.gvisor_not_proven("starting a sandbox needs root", "sudo")
            whole = leftovers.state is proof.state is State.UNKNOWN
            code = 0 if whole and "may not be read" in leftovers.text else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def prove(behaviour: Any) -> health.Finding:
    class Pool(FakePool):
        def sandbox(self, template: str) -> Any:
            return _Lent(self, template)

    return asyncio.run(health.prove_gvisor(cast("Any", Pool(behaviour)), "base"))


class _Lent:
    def __init__(self, pool: FakePool, template: str) -> None:
        self._pool, self._template = pool, template

    async def __aenter__(self) -> Any:
        return await self._pool.acquire(self._template, cast("Any", None))

    async def __aexit__(self, *_: object) -> None:
        pass


def _fault(_: Program) -> Execution:
    raise PlatformFaultError("runsc said no")


@pytest.mark.quick
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (lambda _: ended(stdout=b"0\n4.4.0\n"), "does not isolate"),
        (lambda _: ended(stdout=f"1000\n{os.uname().release}\n".encode()), "does not isolate"),
        (lambda _: ended(exit_code=1), "went wrong"),
        (_fault, "runsc said no"),
    ],
)
def test_a_proof_that_fails_is_a_problem_with_its_reason(behaviour: Any, words: str) -> None:
    finding = prove(behaviour)
    assert finding.state is State.PROBLEM
    assert words in finding.text


@pytest.mark.quick
def test_vulnerable_and_too_old_releases_are_named() -> None:
    known = health.release(20240729, 20240729)
    assert known.state is State.WARNING
    assert "CVE-2025-2713" in known.text
    assert "not exposed" in known.text
    assert health.release(20250319, 20240729).state is State.OK
    assert health.release(20221219, 20240729).state is State.PROBLEM
    assert health.release(0, 20240729).remedy


@pytest.mark.quick
def test_swap_that_cannot_be_forbidden_and_low_memory_are_warnings(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(
        "MemTotal: 1048576 kB\nMemAvailable: 1024 kB\nSwapTotal: 0 kB\n"
    )
    memory, swap = health.memory(Machine(proc=tmp_path), 4)
    assert memory.state is State.WARNING
    assert memory.remedy
    assert (swap.state, swap.text) == (State.OK, "none")


@pytest.mark.quick
def test_what_a_machine_under_kvm_showed_is_told(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("flags\t\t: fpu vmx sse\n")
    machine = Machine(proc=tmp_path, root=True)
    without = health.microvm(machine, works=False, words="/dev/kvm is not there")
    assert without.state is State.NOTE
    assert "vmx" in without.text
    assert "is not there" in without.text
    assert without.remedy
    assert health.microvm(machine, works=True, words="a machine ran").state is State.OK
    fault = PlatformFaultError("no QEMU")
    assert health.no_microvm(fault, chosen=True).state is State.PROBLEM
    assert health.no_microvm(fault, chosen=False).state is State.NOTE
