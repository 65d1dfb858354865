"""A figure against its floor and its goal."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carrel.bench import report
from carrel.bench.figures import Compare, Figure, median, quantile, spread
from carrel.bench.programs import MIX, host_tools
from carrel.bench.sandboxes import backing_mib
from carrel.cli.bench import _print
from carrel.core.sizes import MIB
from carrel.languages.registry import Language

pytestmark = pytest.mark.quick


def figure(
    compare: Compare,
    value: float,
    floor: float | None,
    goal: float | None,
    *,
    at_least: bool = False,
) -> Figure:
    return Figure(
        "x", "Title", "ms", value, floor, "the floor", compare, goal, at_least, {"a": {"b": 1}}
    )


@pytest.mark.parametrize(
    ("given", "compared", "met"),
    [
        (figure(Compare.RATIO, 13, 10, 1.3), 1.3, True),
        (figure(Compare.RATIO, 14, 10, 1.3), 1.4, False),
        (figure(Compare.RATIO, 30, 10, 2, at_least=True), 3, True),
        (figure(Compare.RATIO, 15, 10, 2, at_least=True), 1.5, False),
        (figure(Compare.DIFFERENCE, 15, 10, 4), 5, False),
        (figure(Compare.VALUE, 3, 10, 4), 3, True),
        (figure(Compare.RATIO, 3, None, 4), None, None),
        (figure(Compare.RATIO, 3, 3, None), 1, None),
    ],
)
def test_a_figure_is_held_against_its_goal(
    given: Figure,
    compared: float | None,
    met: bool | None,  # noqa: FBT001
) -> None:
    assert given.compared == compared
    assert given.met is met
    assert json.loads(json.dumps(given.as_dict()))["met"] == met


def test_a_floor_of_nothing_makes_no_number_that_json_lacks() -> None:
    assert figure(Compare.RATIO, 1, 0, 1).as_dict()["compared"] is None


def test_quantiles_are_samples() -> None:
    samples = [float(n) for n in range(1, 101)]
    assert (median(samples), quantile(samples, 0.95), quantile([7.0], 0.95)) == (50, 95, 7)
    assert spread(samples) == {"samples": 100, "p50": 50, "p95": 95}


def test_the_table_shows_value_floor_comparison_and_goal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _print([figure(Compare.RATIO, 13, 10, 1.3)], 5)
    said = capsys.readouterr().out
    for words in ("Title", "13 ms", "10 ms", "1.30x", "the floor is the floor", "a b 1", "5 s"):
        assert words in said


def test_the_mix_has_a_program_for_every_kind_of_end() -> None:
    assert len(MIX) == 5
    for source in MIX.values():
        compile(source.replace("{steps}", "1"), "mix", "exec")


def test_what_runs_on_the_host_names_no_place_in_a_sandbox() -> None:
    for language in Language:
        tools = host_tools(language)
        if tools is not None:
            assert not any("/app" in word for word in (*tools.compile, *tools.run))


@pytest.mark.parametrize(
    ("microvm", "why"),
    [
        ({"fault": None, "on_kvm": True, "figures": []}, None),
        ({"fault": None, "on_kvm": False, "figures": []}, "emulated"),
        ({"fault": "qemu is not there", "on_kvm": None, "figures": []}, "qemu is not there"),
        (None, "no micro-VMs"),
    ],
)
def test_only_what_ran_on_kvm_counts_as_such(
    microvm: dict[str, Any] | None, why: str | None
) -> None:
    isolations = {} if microvm is None else {"microvm": microvm}
    said = report.why_not_kvm({"isolations": isolations})
    assert said is None if why is None else why in (said or "")


def test_a_file_that_sandboxes_begin_from_counts_once() -> None:
    program = (
        "import mmap, sys\n"
        "held = mmap.mmap(int(sys.argv[1]), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)\n"
        "print(len(held), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with contextlib.ExitStack() as stack:
        memory = os.memfd_create("template")
        stack.callback(os.close, memory)
        os.write(memory, b"x" * 4 * MIB)
        copies = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", program, str(memory)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    pass_fds=[memory],
                )
            )
            for _ in range(2)
        ]
        for copy in copies:
            stack.callback(copy.kill)
            assert copy.stdout is not None
            copy.stdout.readline()
        assert backing_mib(copy.pid for copy in copies) == 4
        assert backing_mib([os.getpid()]) == 0


def test_the_script_for_kvm_refuses_what_it_does_not_know() -> None:
    script = Path(__file__).parents[2] / "benchmarks/kvm.sh"
    for arguments in (["a", "b"], ["--fast"], ["--quick", "--quick"]):
        done = subprocess.run([script, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 2, arguments
        assert "usage" in done.stderr or os.geteuid() != 0
