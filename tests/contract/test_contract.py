"""Every backend keeps the whole contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from _pytest.mark import ParameterSet

from carrel.facade import portal
from carrel.ops.settings import Settings
from carrel.testing import contract
from carrel.testing.leaks import Traces, assert_nothing_left

BACKENDS = sorted(set(get_args(Settings.model_fields["isolation"].annotation)) - {"auto"})


EMULATED = "microvm"
SMOKE = {
    "a_sandbox_says_what_isolates_it",
    "destroy_leaves_nothing_on_the_host",
    "bytes_come_back_as_they_were_written",
    "exit_codes_and_signals_are_the_programs_own",
    "each_identity_is_another_user_without_rights",
    "nothing_of_a_fresh_program_is_left_for_the_next",
    "a_busy_program_meets_the_cpu_limit",
    "memory_up_to_the_limit_is_had_and_more_is_not",
    "no_network_is_reached_and_every_attempt_fails_at_once",
    "one_that_waits_serves_one_run_and_the_next_starts_as_ever",
}
"""One promise of each kind: an emulated machine takes minutes for all. `scripts/test all` has
the whole contract kept by it, and says so in last-full-run.txt."""


def _cases() -> Iterator[ParameterSet]:
    for backend in BACKENDS:
        for case in contract.CASES:
            marks = [pytest.mark.alone] if case.alone else []
            if backend == EMULATED and str(case) not in SMOKE:
                marks.append(pytest.mark.full)
            yield pytest.param(backend, case, marks=marks, id=f"{backend}-{case}")


@pytest.fixture(scope="module")
def backend(request: pytest.FixtureRequest, sandboxes: Path) -> Iterator[str]:
    """Have the sandboxes isolated by one backend after the other."""
    portal.shutdown()
    before = Traces.of(sandboxes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREL_ISOLATION", request.param)
        yield request.param
        portal.shutdown()
        assert_nothing_left(before, sandboxes)


@pytest.mark.parametrize(("backend", "case"), list(_cases()), indirect=["backend"])
def test_the_backend_keeps_the_contract(backend: str, case: contract.Case) -> None:
    del backend
    contract.run(case)


def test_the_smoke_cases_are_of_the_contract() -> None:
    assert {str(case) for case in contract.CASES} >= SMOKE


@pytest.mark.parametrize("backend", ["namespaces"], indirect=True)
def test_a_broken_promise_fails(backend: str) -> None:
    del backend

    def broken() -> None:
        contract.case.check(False, "evidence")

    with pytest.raises(AssertionError, match="evidence"):
        contract.run(contract.Case("broken", broken))
