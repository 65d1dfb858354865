"""A case of the contract, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from carrel.facade import portal
from carrel.sandbox.backend import Capability
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Execution

Work = Callable[[], None]


@dataclass(frozen=True)
class Case:
    """One promise. `work` raises AssertionError when it is not kept.

    `needs` is what a backend must declare to be held to it; `otherwise` shows what holds
    where it does not. `alone`: it tells time used from time passed, which only a machine
    that does nothing else shows without doubt.
    """

    name: str
    work: Work
    needs: Capability | None = None
    otherwise: Work | None = None
    alone: bool = False

    def __str__(self) -> str:
        return self.name


def cases_of(*works: Work, alone: bool = False) -> tuple[Case, ...]:
    """Return these functions as cases that every backend is held to, named like them."""
    return tuple(Case(work.__name__, work, alone=alone) for work in works)


def run(case: Case) -> None:
    """Run a case on the backend that the settings name."""
    lacking = case.needs is not None and case.needs not in _capabilities()
    work = case.otherwise if lacking else case.work
    if work is None:
        raise AssertionError(f"{case}: nothing says what holds without {case.needs}")
    work()


def _capabilities() -> frozenset[Capability]:
    async def look(pool: SandboxPool) -> frozenset[Capability]:
        return pool.capabilities

    return portal.run(look)


def check(condition: object, evidence: object = "") -> None:
    """Fail with the evidence unless the condition holds."""
    if not condition:
        raise AssertionError(f"the contract is not kept: {evidence}")


def check_equal(got: object, wanted: object) -> None:
    """Fail with both unless they are equal."""
    check(got == wanted, f"{got!r} instead of {wanted!r}")


def check_exited(done: Execution, code: int = 0) -> None:
    """Fail unless the program exited by itself with `code`."""
    check((done.ended, done.exit_code) == (Ended.EXITED, code), done)


@contextmanager
def raises(kind: type[Exception], number: int | None = None) -> Iterator[None]:
    """Fail unless the block raises an error of this kind (and with this errno)."""
    try:
        yield
    except kind as error:
        check(number is None or getattr(error, "errno", None) == number, repr(error))
    else:
        raise AssertionError(f"the contract is not kept: no {kind.__name__}")
