"""A JavaScript session in a real sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.live.interpreter import Interpreter
from carrel.live.languages import JAVASCRIPT_REPL
from carrel.live.repl import ReplSession
from carrel.live.repl_limits import ReplLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = ReplLimits(execute_s=120.0, grace_s=60.0, rest_s=0.3)
Work = Callable[[ReplSession, AsyncIterator[Any]], Awaitable[None]]


def hold(work: Work, limits: ReplLimits = LIMITS) -> None:
    async def run(pool: SandboxPool) -> None:
        session = ReplSession(lambda: Interpreter.start(pool, JAVASCRIPT_REPL, limits), limits)
        try:
            await session.open()
            messages = session.messages()
            assert await anext(messages) == {"type": "ready"}
            await work(session, messages)
        finally:
            await session.close()

    portal.run(run)


async def say(session: ReplSession, messages: AsyncIterator[Any], code: str) -> dict[str, Any]:
    await session.send({"type": "execute", "code": code})
    result = await anext(messages)
    assert result["type"] == "result"
    return dict(result)


def test_a_session_keeps_its_state_and_shows_values_as_node_does() -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        for code, shown in (
            ("const x = 41", ""),
            ("x + 1", "42\n"),
            ("_", "42\n"),
            ("const double = (n) => {\n  return 2 * n;\n};\ndouble(x)", "82\n"),
            ("({ a: [1, 'è日本'] })", "{ a: [ 1, 'è日本' ] }\n"),
            ("console.log('hi'); 7", "hi\n7\n"),
            ("await new Promise((go) => setTimeout(go, 10, 'later'))", "'later'\n"),
            ("require('fs').writeFileSync('a.txt', 'kept')", ""),
            ("require('fs').readFileSync('a.txt', 'utf8')", "'kept'\n"),
        ):
            result = await say(session, messages, code)
            assert (result["stdout"], result["success"]) == (shown, True), (code, result)

    hold(work)


def test_an_error_leaves_the_session_usable() -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        await say(session, messages, "const x = 7")
        for code, words in (
            ("if (x", "SyntaxError"),
            ("null.length", "TypeError: Cannot read properties of null"),
            ("throw { odd: true }", "Uncaught { odd: true }"),
            ("await Promise.reject(new Error('late'))", "Error: late"),
            ("({ [require('util').inspect.custom]() { throw new Error('rude') } })", "rude"),
        ):
            result = await say(session, messages, code)
            assert not result["success"], code
            assert words in result["stderr"]
            assert ".carrel" not in result["stderr"]
        assert (await say(session, messages, "x"))["stdout"] == "7\n"

    hold(work)


@pytest.mark.parametrize(
    "code",
    [
        "console.log('begun'); while (true);",
        "setTimeout(() => console.log('begun'), 50); await new Promise(() => {})",
    ],
)
def test_an_interrupt_stops_what_computes_and_what_waits(code: str) -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        await say(session, messages, "const x = 7")
        await session.send({"type": "execute", "code": code, "stream": True})
        assert (await anext(messages))["text"] == "begun\n"
        await session.send({"type": "interrupt"})
        while (result := await anext(messages))["type"] != "result":
            pass
        assert not result["success"]
        assert "interrupted" in result["stderr"]
        assert (await say(session, messages, "x"))["stdout"] == "7\n"

    hold(work)


def test_endless_output_is_cut_and_stopped() -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        result = await say(session, messages, "while (true) console.log('x'.repeat(99))")
        assert len(result["stdout"]) == MIB
        assert "Stopped: it printed more than 1M.\n" in result["stderr"]
        assert (await say(session, messages, "6 * 7"))["stdout"] == "42\n"

    hold(work)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("process.exit(3)", "Node.js ended with exit code 3"),
        ("process.kill(process.pid, 9)", "Node.js was ended by SIGKILL"),
        ("require('fs').closeSync(2)", "the program closed what Node.js needs"),
    ],
)
def test_the_end_of_the_interpreter_is_told_and_the_session_goes_on(code: str, why: str) -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        result = await say(session, messages, f"console.log('before');\n{code}")
        assert result["stdout"] == "before\n"
        assert f"The session was restarted, because {why}" in result["stderr"]
        assert (await say(session, messages, "6 * 7"))["stdout"] == "42\n"

    hold(work)


def test_a_program_out_of_memory_is_restarted() -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        code = "const a = []; while (true) a.push(Buffer.alloc(1e7, 1))"
        result = await say(session, messages, code)
        assert "used more than 256M of memory" in result["stderr"]
        assert (await say(session, messages, "6 * 7"))["stdout"] == "42\n"

    hold(work, replace(LIMITS, grace_s=3.0))


def test_completions_know_what_was_executed() -> None:
    async def work(session: ReplSession, messages: AsyncIterator[Any]) -> None:
        await say(session, messages, "const thing = { alpha: 1, alpine: 2 }")
        await session.send({"type": "complete", "code": "1\nthing.alp", "cursor": 11})
        found = await anext(messages)
        assert (found["start"], found["end"]) == (2, 11)
        assert sorted(found["matches"]) == ["thing.alpha", "thing.alpine"]

    hold(work)
