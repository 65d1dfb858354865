"""A terminal in a real sandbox: a real shell on a real PTY."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import KIB
from carrel.facade import portal
from carrel.languages.registry import Language
from carrel.live.repl_limits import ReplLimits
from carrel.live.terminal import Size, TerminalSession, parse_terminal_language
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = ReplLimits()


class Client:
    """Somebody at the terminal."""

    def __init__(self, session: TerminalSession) -> None:
        self.session = session
        self.messages: AsyncIterator[Any] = session.messages()
        self.text = ""
        self.last: dict[str, Any] = {}

    async def type(self, text: str) -> None:
        await self.session.send({"type": "input", "text": text})

    async def until(self, pattern: str) -> str:
        """Read until the text that has come since the last call ends with the pattern."""
        while not (found := re.search(pattern, self.text)):
            self.last = await anext(self.messages)
            self.text += self.last.get("text", "")
        seen, self.text = self.text[: found.end()], self.text[found.end() :]
        return seen

    async def end(self) -> dict[str, Any]:
        """Read to the last message and return that."""
        async for message in self.messages:
            self.text += message.get("text", "")
            self.last = message
        return self.last


def sit(
    work: Callable[[Client], Awaitable[None]],
    limits: ReplLimits = LIMITS,
    language: Language = Language.PYTHON,
) -> None:
    async def run(pool: SandboxPool) -> None:
        session = TerminalSession(limits)
        try:
            await session.open(pool, language, Size(100, 30))
            client = Client(session)
            assert await anext(client.messages) == {"type": "ready"}
            await client.until(r"\$ ")
            await work(client)
        finally:
            await session.close()

    portal.run(run)


def test_a_shell_runs_what_is_typed_and_ends_with_its_exit_code() -> None:
    async def work(client: Client) -> None:
        await client.type("echo $((6 * 7)) è日本; pwd\n")
        assert "42 è日本\r\n" in await client.until(r"\$ ")
        await client.type("exit 3\n")
        assert await client.end() == {"type": "end", "exit_code": 3, "reason": ""}

    sit(work)


def test_programs_see_a_terminal_of_the_size_that_it_has() -> None:
    async def work(client: Client) -> None:
        await client.type("stty size; test -t 0 && test -t 1 && echo yes-$TERM\n")
        assert "30 100\r\nyes-xterm-256color\r\n" in await client.until(r"\$ ")
        await client.session.send({"type": "resize", "columns": 120, "rows": 40})
        await client.type("stty size\n")
        assert "40 120\r\n" in await client.until(r"\$ ")

    sit(work)


def test_control_c_interrupts_and_control_z_suspends() -> None:
    # Keys that come before the program is in the foreground are the shell's.
    sleeping = 'python3 -c \'print("be" + "gun"); import time; time.sleep(999)\'\n'

    async def work(client: Client) -> None:
        await client.type(sleeping)
        await client.until("begun")
        await client.type("\x03")
        assert "KeyboardInterrupt" in await client.until(r"\$ ")
        await client.type(sleeping)
        await client.until("begun")
        await client.type("\x1a")
        await client.until(r"Stopped[^$]*\$ ")
        await client.type("kill %1; wait; echo do''ne\n")
        await client.until("done\r\n")

    sit(work)


def test_an_interpreter_asks_and_is_answered() -> None:
    async def work(client: Client) -> None:
        await client.type("python3 -q\n")
        await client.until(">>> $")
        await client.type("name = input('name? ')\n")
        await client.until(r"name\? $")
        await client.type("Ada\n")
        await client.until(">>> $")
        await client.type("print('hi', name)\n")
        assert "\r\nhi Ada\r\n" in await client.until(">>> $")

    sit(work)


def test_a_terminal_has_the_compilers_of_its_language() -> None:
    async def work(client: Client) -> None:
        await client.type("echo 'int main(void) { return 42; }' > a.c\n")
        await client.type("gcc a.c && ./a.out; echo =$?\n")
        await client.until("=42\r\n")

    sit(work, language=Language.C)


def test_a_flood_is_slowed_down_and_loses_no_byte() -> None:
    async def work(client: Client) -> None:
        lines = 100_000
        await client.type(f"seq {lines} && echo do''ne\n")
        await client.until(f"seq {lines}[^\r]*\r\n")
        await asyncio.sleep(1)
        assert client.session._outbox._bytes < 700 * KIB
        shown = await client.until("done\r\n")
        shown = shown.removeprefix("\x1b[?2004l\r")  # readline goes out of the way
        assert shown == "".join(f"{n}\r\n" for n in range(1, lines + 1)) + "done\r\n"

    sit(work)


def test_control_c_ends_a_flood_that_nobody_reads() -> None:
    async def work(client: Client) -> None:
        await client.type("yes\n")
        await client.until("\r\ny\r\n")
        await asyncio.sleep(1)
        await client.type("\x03")
        await client.until(r"\$ ")
        await client.type("echo do''ne\n")
        await client.until("done\r\n")

    sit(work)


def test_what_takes_the_terminal_along_is_told() -> None:
    async def work(client: Client) -> None:
        await client.type("python3 -c 'a = [b\"x\" * 10**7 for _ in range(10**6)]'\n")
        end = await client.end()
        assert end["reason"] == "its programs used more than 256M of memory"
        assert end["exit_code"] == 137

    sit(work)


def test_the_program_behind_it_may_be_killed_and_the_terminal_is_over() -> None:
    async def work(client: Client) -> None:
        await client.type("kill -9 $PPID\n")
        end = await client.end()
        assert end["reason"] == "the shell was ended by SIGKILL"

    sit(work)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({}, "must be input or resize"),
        ({"type": "input", "text": 5}, "`text` must be a text"),
        ({"type": "input", "text": "x" * (64 * KIB + 1)}, "allowed are 65,536"),
        ({"type": "resize", "columns": 0, "rows": 24}, "`columns` must be a whole number"),
        ({"type": "resize", "columns": 80, "rows": "24"}, "`rows` must be a whole number"),
        ({"type": "resize", "columns": 80, "rows": 10**9}, "`rows` must be a whole number"),
    ],
)
def test_nonsense_is_answered_and_the_terminal_goes_on(message: dict[str, Any], words: str) -> None:
    async def work(client: Client) -> None:
        await client.session.send(message)
        told = await anext(client.messages)
        assert (told["type"], words in told["message"]) == ("error", True)
        await client.type("echo \ud800 do''ne\n")
        await client.until("done\r\n")

    sit(work)


def test_a_terminal_that_nobody_uses_is_closed() -> None:
    async def run(pool: SandboxPool) -> None:
        session = TerminalSession(replace(LIMITS, idle_s=0.3))
        try:
            await session.open(pool, Language.PYTHON, Size())
            end = await Client(session).end()
            assert "after 0.3 s without input" in end["message"]
        finally:
            await session.close()

    portal.run(run)


def test_a_language_without_a_terminal_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"terminals for: .*python"):
        parse_terminal_language("go")
