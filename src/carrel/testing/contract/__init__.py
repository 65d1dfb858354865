"""What every backend promises, as cases that run on real sandboxes of any of them.

`CASES` is the whole contract. A test runs each with the backend under test chosen by the
settings (`CARREL_ISOLATION`), so that a case takes the way that a submission takes:

    @pytest.mark.parametrize("case", contract.CASES, ids=str)
    def test_the_contract(case: contract.Case) -> None:
        contract.run(case)

A case that only some backends can pass names the capability it needs, and on a backend that
does not declare it the opposite is checked (`Case.otherwise`): nothing is skipped.
The abuse cases (tests/security) belong to the contract too, and run on every backend.
"""

from carrel.testing.contract import apart, files, lifecycle, limits, programs, waiting
from carrel.testing.contract.case import Case, run

CASES: tuple[Case, ...] = (
    *lifecycle.CASES,
    *files.CASES,
    *programs.CASES,
    *limits.CASES,
    *apart.CASES,
    *waiting.CASES,
)

__all__ = ["CASES", "Case", "run"]
