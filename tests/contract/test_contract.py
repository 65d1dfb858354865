"""Every backend keeps the whole contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from carrel.facade import portal
from carrel.ops.settings import Settings
from carrel.testing import contract
from carrel.testing.leaks import Traces, assert_nothing_left

BACKENDS = sorted(set(get_args(Settings.model_fields["isolation"].annotation)) - {"auto"})


@pytest.fixture(params=BACKENDS, scope="module")
def backend(request: pytest.FixtureRequest, sandboxes: Path) -> Iterator[str]:
    """Have the sandboxes isolated by one backend after the other."""
    portal.shutdown()
    before = Traces.of(sandboxes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARREL_ISOLATION", request.param)
        yield request.param
        portal.shutdown()
        assert_nothing_left(before, sandboxes)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.alone] if case.alone else [], id=str(case))
        for case in contract.CASES
    ],
)
def test_the_backend_keeps_the_contract(backend: str, case: contract.Case) -> None:
    del backend
    contract.run(case)


def test_a_broken_promise_fails(backend: str) -> None:
    del backend

    def broken() -> None:
        contract.case.check(False, "evidence")

    with pytest.raises(AssertionError, match="evidence"):
        contract.run(contract.Case("broken", broken))
