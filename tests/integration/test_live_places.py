"""How many live sessions there may be."""

from __future__ import annotations

import asyncio

import pytest

from carrel.admission.admission import Admission
from carrel.admission.rules import default_rules
from carrel.core.errors import BusyError, InvalidValueError
from carrel.facade import portal
from carrel.sandbox.pool import SandboxPool
from carrel.worker.live import LiveSessions


@pytest.mark.usefixtures("nothing_left")
def test_sessions_are_bounded_and_the_place_of_one_that_ends_is_free() -> None:
    async def run(pool: SandboxPool) -> None:
        sessions = LiveSessions(Admission(pool, default_rules(2, 2)), patience_s=0.1)
        with pytest.raises(InvalidValueError, match="python"):
            await sessions.open_repl({"language": "cobol"})
        with pytest.raises(InvalidValueError, match="language"):
            await sessions.open_repl({"colour": "red"})
        first = await sessions.open_run({})
        with pytest.raises(BusyError, match="Try again in 30 seconds") as refused:
            await sessions.open_repl({})
        assert refused.value.retry_after_s == 30
        await first.close()
        second = await sessions.open_repl({})
        await second.send({"type": "execute", "code": "while True: pass"})
        await asyncio.gather(second.close(), second.close())
        await (await sessions.open_run({})).close()

    portal.run(run)
