"""Programs that somebody types for while they run, in real sandboxes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from carrel.core.sizes import KIB, MIB
from carrel.facade import portal
from carrel.judge.typed_run import MAX_INPUT_BYTES, TYPED_LIMITS, TypedRun
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")


class Client:
    """One side of a run, as a test uses it."""

    def __init__(self, run: TypedRun) -> None:
        self.run = run
        self.messages: AsyncIterator[Any] = run.messages()
        self.seen: list[dict[str, Any]] = []

    async def send(self, kind: str, **content: Any) -> None:
        await self.run.send({"type": kind, **content})

    async def next(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind."""
        async for message in self.messages:
            self.seen.append(message)
            if message["type"] == kind:
                return dict(message)
        raise AssertionError(f"the run ended; it had said {self.seen[-3:]}")

    async def end(self) -> dict[str, Any]:
        """Return the last message, after which nothing may come."""
        ended = await self.next("end")
        assert [message async for message in self.messages] == []
        return ended

    def text(self, stream: str = "stdout") -> str:
        """Return what has been printed so far."""
        return "".join(m["text"] for m in self.seen if m.get("stream") == stream)


def talk(
    work: Callable[[Client], Awaitable[None]],
    code: str = "",
    language: str = "python",
    limits: RunLimits = TYPED_LIMITS,
    **more: float,
) -> None:
    """Have a run while `work` goes on; `code` is sent first unless it is empty."""

    async def run(pool: SandboxPool) -> None:
        typed = TypedRun(lambda: nullcontext(pool), limits, **more)
        client = Client(typed)
        try:
            if code:
                await client.send("start", code=code, language=language)
            await work(client)
        finally:
            await typed.close()

    portal.run(run)


ASKING = {
    "python": 'name = input("name? ")\nprint("hi", name)',
    "c": '#include <stdio.h>\nint main(void) { char name[99]; printf("name? ");'
    ' scanf("%98s", name); printf("hi %s\\n", name); }',
    "java": 'class Main { public static void main(String[] a) { System.out.print("name? ");'
    ' String name = new java.util.Scanner(System.in).next(); System.out.println("hi " + name); } }',
    "javascript": 'const lines = require("readline").createInterface({ input: process.stdin });\n'
    'process.stdout.write("name? ");\n'
    'lines.once("line", (name) => { console.log("hi " + name); lines.close(); });',
    "bash": 'printf "name? "; read -r name; echo "hi $name"',
}


@pytest.mark.parametrize("language", sorted(ASKING))
def test_a_program_asks_and_is_answered(language: str) -> None:
    async def work(client: Client) -> None:
        await client.next("output")  # before anything has been typed
        assert client.text() == "name? "
        await client.send("input", text="Ada\n")
        if language == "javascript":  # Node.js lives as long as its input does, pipes at least
            await client.next("output")
            await client.send("end_input")
        ended = await client.end()
        assert client.text() == "name? hi Ada\n"
        assert (ended["success"], ended["verdict"], ended["reason"]) == (True, "accepted", "")
        assert (ended["exit_code"], ended["truncated"]) == (0, False)
        assert ended["execution_time"] > 0
        kinds = [m["type"] for m in client.seen if m["type"] != "output"]
        compiled = language in {"c", "java"}
        assert kinds == (["compiling"] if compiled else []) + ["started", "end"]

    talk(work, ASKING[language], language)


def test_input_that_comes_early_and_its_end_are_kept_for_the_program() -> None:
    async def work(client: Client) -> None:
        await client.send("input", text="1\n2\n")
        await client.send("input", text="3")
        await client.send("end_input")
        await client.send("input", text="4")
        assert (await client.next("error"))["message"] == "The input has ended already."
        assert (await client.end())["success"]
        assert client.text() == "6\n"

    talk(work, "import sys\nprint(sum(map(int, sys.stdin)))")


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        ("raise SystemExit(3)", "runtime-error", "exit code 3"),
        ("while True: pass", "time-limit-exceeded", "computed"),
        ("import time; time.sleep(99)", "idleness-limit-exceeded", "wait"),
        ("a = []\nwhile True: a.append('x' * 10**6)", "memory-limit-exceeded", "memory"),
        ("while True: print('x' * 999)", "output-limit-exceeded", "printed"),
        ("if x", "compile-error", "parse"),
    ],
)
def test_a_run_ends_in_the_words_of_grading(code: str, verdict: str, reason: str) -> None:
    async def work(client: Client) -> None:
        ended = await client.end()
        assert (ended["success"], ended["verdict"]) == (False, verdict)
        assert reason in ended["reason"]
        assert ended["truncated"] == (verdict == "output-limit-exceeded")
        assert len(client.text()) <= MIB

    talk(work, code, limits=replace(TYPED_LIMITS, cpu_ms=1000, wall_ms=5000))


def test_what_a_compiler_says_comes_as_output() -> None:
    async def work(client: Client) -> None:
        ended = await client.end()
        assert ended["verdict"] == "compile-error"
        assert "undeclared" in client.text("stderr")

    talk(work, "int main(void) { return x; }", "c")


def test_each_input_gives_new_time() -> None:
    async def work(client: Client) -> None:
        await client.next("output")
        for _ in range(3):
            await asyncio.sleep(3)  # a busy machine may take almost twice as long in between
            await client.send("input", text="x\n")
        ended = await client.end()
        assert (ended["success"], client.text()) == (True, "0\n1\n2\n3\n")
        assert ended["execution_time"] >= 9

    code = "print(0)\nfor n in range(1, 4):\n    input()\n    print(n)"
    talk(work, code, limits=replace(TYPED_LIMITS, wall_ms=8000, strict_wall=True))


def test_a_client_can_stop_its_program() -> None:
    async def work(client: Client) -> None:
        await client.next("output")
        await client.send("stop")
        ended = await client.end()
        assert (ended["success"], ended["verdict"]) == (False, "runtime-error")
        assert ended["reason"] == "it was stopped"

    talk(work, "print('begun')\nwhile True: pass")


def test_a_client_that_does_not_read_slows_the_program_down() -> None:
    async def work(client: Client) -> None:
        await client.next("started")
        await asyncio.sleep(1)
        assert client.run._outbox._bytes < 700 * KIB
        assert (await client.end())["success"]
        assert len(client.text()) == 900_000

    talk(work, "for n in range(9): print('x' * 99_999)")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "input", "text": "x"}, "must be of type start"),
        ({}, "must be of type start"),
        ({"type": "start", "code": "1"}, "`language` must be a text"),
        ({"type": "start", "code": 1, "language": "python"}, "`code` must be a text"),
        ({"type": "start", "code": "1", "language": "cobol"}, "give one of"),
        ({"type": "start", "code": "x" * (256 * KIB + 1), "language": "c"}, "allowed are 262,144"),
    ],
)
def test_a_start_that_cannot_be_followed_ends_the_run(message: dict[str, Any], words: str) -> None:
    async def work(client: Client) -> None:
        await client.run.send(message)
        told = [message async for message in client.messages]
        assert [one["type"] for one in told] == ["error"]
        assert words in told[0]["message"]

    talk(work)


def test_later_nonsense_is_answered_and_the_program_goes_on() -> None:
    async def work(client: Client) -> None:
        for message, words in (
            ({"type": "start", "code": "1", "language": "c"}, "`type` must be one of"),
            ({"type": "input", "text": 5}, "`text` must be a text"),
            ({"type": "input", "text": "x" * (MAX_INPUT_BYTES + 1)}, "allowed are"),
        ):
            await client.run.send(message)
            assert words in (await client.next("error"))["message"]
        await client.send("input", text="\ud800 x\n")
        assert (await client.end())["success"]

    talk(work, "import sys\nprint(len(sys.stdin.buffer.readline()))")


def test_a_client_that_sends_no_program_is_let_go() -> None:
    async def work(client: Client) -> None:
        assert "send `start` first" in (await client.next("error"))["message"]

    talk(work, start_s=0.2)


def test_no_program_runs_for_ever() -> None:
    async def work(client: Client) -> None:
        assert "the longest that one may run" in (await client.next("error"))["message"]

    talk(work, "input()", longest_s=3.0)


def test_sql_reads_no_input() -> None:
    async def work(client: Client) -> None:
        await client.send("input", text="x")
        assert "read no input" in (await client.next("error"))["message"]
        assert (await client.end())["success"]
        assert client.text() == "42\n"

    talk(work, "SELECT 6 * 7;", "sql")
