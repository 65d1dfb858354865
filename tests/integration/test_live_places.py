"""How many live sessions there may be."""

from __future__ import annotations

import asyncio

import pytest

from carrel.admission.admission import Admission
from carrel.admission.rules import default_rules
from carrel.core.errors import BusyError, InvalidValueError
from carrel.facade import portal
from carrel.live.languages import PYTHON_REPL
from carrel.live.repl_limits import ReplLimits
from carrel.sandbox.pool import SandboxPool
from carrel.worker.live import LiveSessions
from carrel.worker.spares import SpareInterpreters

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_sessions_are_bounded_and_the_place_of_one_that_ends_is_free() -> None:
    async def run(pool: SandboxPool) -> None:
        sessions = LiveSessions(Admission(pool, default_rules(2, 2)), patience_s=0.1)
        with pytest.raises(InvalidValueError, match="python"):
            await sessions.open_repl({"language": "cobol"})
        with pytest.raises(InvalidValueError, match="language"):
            await sessions.open_repl({"colour": "red"})
        first = await sessions.open_repl({})
        with pytest.raises(BusyError, match="Try again in 30 seconds") as refused:
            await sessions.open_repl({})
        assert refused.value.retry_after_s == 30
        waiting = await sessions.open_run({})
        await waiting.send({"type": "start", "code": "print(1)", "language": "python"})
        assert [m async for m in waiting.messages()] == [
            {"type": "error", "message": str(refused.value)}
        ]
        await asyncio.gather(first.close(), first.close())
        second = await sessions.open_run({})
        await second.send({"type": "start", "code": "print(1)", "language": "python"})
        assert [m async for m in second.messages()][-1]["success"]
        await sessions.close()

    portal.run(run)


def test_the_next_session_finds_an_interpreter_that_has_started() -> None:
    async def run(pool: SandboxPool) -> None:
        sessions = LiveSessions(Admission(pool, default_rules(2, 4)))
        try:
            first = await sessions.open_repl({})
            spare = await sessions.spares.prepared(PYTHON_REPL)
            assert spare is not None
            second = await sessions.open_repl({})
            assert await sessions.spares.prepared(PYTHON_REPL) is not spare
            for session in first, second:
                messages = session.messages()
                await session.send({"type": "execute", "code": "6 * 7"})
                assert (await anext(messages))["type"] == "ready"
                assert (await anext(messages))["stdout"] == "42\n"
            await first.close()
            await second.close()
            assert spare.gone.done()
        finally:
            await sessions.close()

    portal.run(run)


def test_an_interpreter_that_nobody_asks_for_is_given_up() -> None:
    async def run(pool: SandboxPool) -> None:
        spares = SpareInterpreters(pool, ReplLimits(), keep_s=0.1)
        taken = await spares.take(pool, PYTHON_REPL)
        if (spare := await spares.prepared(PYTHON_REPL)) is not None:
            await spare.gone
        assert await spares.prepared(PYTHON_REPL) is None
        await taken.close()
        await spares.close()

    portal.run(run)


def test_one_that_has_died_meanwhile_is_not_handed_out() -> None:
    async def run(pool: SandboxPool) -> None:
        spares = SpareInterpreters(pool, ReplLimits())
        first = await spares.take(pool, PYTHON_REPL)
        spare = await spares.prepared(PYTHON_REPL)
        assert spare is not None
        await spare.box.destroy()
        await spare.gone
        second = await spares.take(pool, PYTHON_REPL)
        assert second is not spare
        assert not second.gone.done()
        await asyncio.gather(first.close(), second.close())
        await spares.close()

    portal.run(run)
