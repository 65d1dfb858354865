"""Which programs a runtime that waits can become, and in which sandboxes one waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from carrel.core.errors import SandboxLostError
from carrel.judge.plan import Submission, make_plan
from carrel.languages.registry import SPECS, Language, waiters_of
from carrel.sandbox.backend import Overhead
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Identity, Program, Waiter
from carrel.testing.guests import FakeBackend, FakeGuest
from carrel.wire.messages import Event, Request

pytestmark = pytest.mark.quick

LIMITS = RunLimits(wall_ms=1000)
RUN = Program(("run", "/app/it"), LIMITS, Identity.FRESH, env={"A": "b"})
WAITER = Waiter("run", ("wait",), RUN)
WITH_WAITERS = [language for language, spec in SPECS.items() if spec.waiters]


def test_it_becomes_its_program_with_more_words_other_limits_and_any_input() -> None:
    assert WAITER.takes(replace(RUN, argv=["run", "/app/it", "a b"], stdin=b"input"))
    assert WAITER.takes(replace(RUN, limits=replace(LIMITS, cpu_ms=5, processes=1)))


@pytest.mark.parametrize(
    "other",
    [
        replace(RUN, argv=("run",)),
        replace(RUN, argv=("run", "/app/other")),
        replace(RUN, argv=("run", "/app/it", "ü")),
        replace(RUN, env={}),
        replace(RUN, env={"A": "b", "C": "d"}),
        replace(RUN, identity=Identity.STUDENT),
        replace(RUN, cwd="/app"),
        replace(RUN, stdin=None),
        replace(RUN, anew=True),
        replace(RUN, limits=replace(LIMITS, stack_bytes=1 << 20)),
    ],
)
def test_it_becomes_nothing_else(other: Program) -> None:
    assert not WAITER.takes(other)


@pytest.mark.parametrize("language", WITH_WAITERS)
def test_the_runtimes_of_a_language_become_its_programs(language: Language) -> None:
    spec = SPECS[language]
    plan = make_plan(Submission(language, spec.smoke.code.encode()), LIMITS)
    programs = [step.program for step in plan.steps if step.program] + [plan.program(b"1 2")]
    assert [[waiter.takes(program) for waiter in spec.waiters] for program in programs] == [
        [waiter is one for waiter in spec.waiters] for one in spec.waiters
    ]
    # A runtime that was told of its memory at its start serves no other limit.
    other = make_plan(
        Submission(language, spec.smoke.code.encode()), replace(LIMITS, memory_bytes=1 << 30)
    )
    same = other.run.argv == plan.run.argv
    assert any(waiter.takes(other.program(b"")) for waiter in spec.waiters) == same


def test_waiters_of_one_template_are_kept_together() -> None:
    found = waiters_of([Language.JAVA, Language.C, Language.PYTHON])
    assert {template: len(waiters) for template, waiters in found.items()} == {
        "base": 2,
        "code-interpreter": 1,
    }


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - of pretended guests
            await asyncio.sleep(0.001)


def asked(guest: FakeGuest) -> list[Request]:
    return [request for request, _, _ in guest.requests]


@pytest.mark.anyio
async def test_runtimes_are_started_in_warm_sandboxes_while_nothing_is_lent() -> None:
    backend = FakeBackend()
    pool = backend.pool(size=1, waiters={"known": [WAITER, WAITER]})
    at_once = await pool.acquire("known")
    await pool.prepare("known")
    first, second = backend.guests
    assert asked(first) == [Request.CONFIGURE], "somebody waited for runtimes"
    assert asked(second) == [], "runtimes were started beside a program"
    await at_once.destroy()
    await until(lambda: len(asked(second)) == 2 and pool.warm["known"] == 1)
    warm = await pool.acquire("known")
    assert asked(second) == [Request.WAIT, Request.WAIT, Request.CONFIGURE]
    await pool.acquire("other")
    assert Request.WAIT not in asked(backend.guests[-1])
    await warm.destroy()
    await pool.close()
    assert not backend.alive


@pytest.mark.anyio
async def test_a_sandbox_that_is_lost_with_its_runtimes_is_replaced() -> None:
    def dies(guest: FakeGuest, request: Request, number: int, _: bytes) -> None:
        if request is Request.WAIT and guest is backend.guests[0]:
            guest.hang_up()
        else:
            guest.send(Event.OK, number)

    backend = FakeBackend(dies)
    pool = backend.pool(size=1, waiters={"known": [WAITER]})
    with pytest.raises(SandboxLostError):
        await pool.prepare("known")
    box = await pool.acquire("known")
    assert asked(backend.guests[1]) == [Request.CONFIGURE]
    await box.destroy()
    await until(lambda: pool.warm["known"] == 1 and asked(backend.guests[-1]) == [Request.WAIT])
    await pool.close()
    assert not backend.alive


@pytest.mark.anyio
async def test_a_copy_of_a_sandbox_has_the_runtimes_that_waited_in_the_first() -> None:
    def does(guest: FakeGuest, request: Request, number: int, _: bytes) -> None:
        if request is Request.EXECUTE:
            guest.send(Event.STARTED, number, bytes(4))
            guest.exit(number)
        else:
            guest.send(Event.OK, number)

    guest = FakeGuest(does)
    guest.waiting = (WAITER,)
    guest.ready()
    overhead = Overhead(allowance_bytes=0, slack_bytes=0)
    box = LiveSandbox(guest, template="known", isolation="fake", overhead=overhead)
    await box.ready()
    await box.configure(SandboxLimits())
    for _ in range(2):
        await box.execute(RUN)
    await box.destroy()
    sent = [payload for request, _, payload in guest.requests if request is Request.EXECUTE]
    assert [payload.endswith(b"\x03\0\0\0run") for payload in sent] == [True, False]
