"""A Python session in a real sandbox: what it keeps, what it survives, how it ends."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from carrel.core.sizes import KIB, MIB
from carrel.facade import portal
from carrel.live.interpreter import Interpreter
from carrel.live.languages import PYTHON_REPL
from carrel.live.repl import ReplSession
from carrel.live.repl_limits import ReplLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = ReplLimits(execute_s=120.0, grace_s=60.0, rest_s=0.3)


class Client:
    """One side of a session, as a test uses it."""

    def __init__(self, session: ReplSession) -> None:
        self.session = session
        self.messages: AsyncIterator[Any] = session.messages()
        self.seen: list[dict[str, Any]] = []

    async def next(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind; what comes before it is in `seen`."""
        async for message in self.messages:
            self.seen.append(message)
            if message["type"] == kind:
                return dict(message)
        raise AssertionError(f"the session ended; it had said {self.seen[-3:]}")

    async def run(self, code: str, **more: Any) -> dict[str, Any]:
        """Execute code and return the result."""
        await self.session.send({"type": "execute", "code": code, **more})
        return await self.next("result")

    async def stdout(self, code: str) -> str:
        """Execute code that must succeed and return what it printed."""
        result = await self.run(code)
        assert result["success"], result["stderr"]
        return str(result["stdout"])


def hold(work: Callable[[Client], Awaitable[None]], limits: ReplLimits = LIMITS) -> None:
    """Have a session while `work` runs."""

    async def run(pool: SandboxPool) -> None:
        session = ReplSession(lambda: Interpreter.start(pool, PYTHON_REPL, limits), limits)
        try:
            await session.open()
            client = Client(session)
            assert await client.next("ready") == {"type": "ready"}
            await work(client)
        finally:
            await session.close()

    portal.run(run)


def test_a_session_keeps_its_state_and_shows_values_as_python_does() -> None:
    async def work(client: Client) -> None:
        assert await client.run("x = 41") == {
            "type": "result",
            "stdout": "",
            "stderr": "",
            "success": True,
        }
        assert await client.stdout("x + 1") == "42\n"
        assert await client.stdout("_") == "42\n"
        assert await client.stdout("def f(n):\n    return n * 'ä'\n\nf(3)") == "'äää'\n"
        assert await client.stdout("print('→ 日本', end='')") == "→ 日本"
        assert await client.stdout("import asyncio\nawait asyncio.sleep(0)\n'awaited'") == (
            "'awaited'\n"
        )
        await client.run("open('notes.txt', 'w').write('kept')")
        assert await client.stdout("open('notes.txt').read()") == "'kept'\n"
        assert (
            await client.stdout(
                "import subprocess; print(subprocess.run(['cat', 'notes.txt'],"
                " capture_output=True, text=True).stdout)"
            )
            == "kept\n"
        )

    hold(work)


def test_an_error_leaves_the_session_usable_and_is_shown_as_python_shows_it() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 1")
        broken = await client.run("if x")
        assert not broken["success"]
        assert broken["stderr"].endswith("SyntaxError: expected ':'\n")
        failed = await client.run("def half(n):\n    return n / 0\n\nhalf(x)")
        assert (failed["success"], failed["stdout"]) == (False, "")
        lines = failed["stderr"].splitlines()
        assert lines[:2] == [
            "Traceback (most recent call last):",
            '  File "<cell 3>", line 4, in <module>',
        ]
        assert lines[-1] == "ZeroDivisionError: division by zero"
        left = await client.run("import sys; sys.exit('enough')")
        assert (left["success"], left["stderr"]) == (False, "SystemExit: enough\n")
        assert (await client.run("exit()"))["success"]
        hostile = await client.run(
            "class Rude(Exception):\n    def __str__(self):\n        raise self\nraise Rude"
        )
        assert "Rude" in hostile["stderr"]
        assert await client.stdout("x") == "1\n"

    hold(work)


def test_output_comes_while_the_program_runs_and_once_more_in_the_result() -> None:
    async def work(client: Client) -> None:
        code = "import sys\nprint('a', end='')\nprint('b', file=sys.stderr)\nx = input('name? ')\nx"
        await client.session.send({"type": "execute", "code": code, "stream": True})
        assert (await client.next("input_request"))["prompt"] == "name? "
        told = {m["stream"]: m["text"] for m in client.seen if m["type"] == "output"}
        assert told == {"stdout": "a", "stderr": "b\n"}
        await client.session.send({"type": "input", "text": "Ada"})
        result = await client.next("result")
        assert (result["stdout"], result["stderr"]) == ("a'Ada'\n", "b\n")

    hold(work)


def test_input_reads_one_line_after_the_other() -> None:
    async def work(client: Client) -> None:
        code = "import sys\ntotal = int(input()) + int(sys.stdin.readline())\nprint(total)"
        await client.session.send({"type": "execute", "code": code, "stream": True})
        for line in ("40", "2\n"):
            await client.next("input_request")
            await asyncio.sleep(2 * LIMITS.rest_s)  # the sandbox is stopped meanwhile
            await client.session.send({"type": "input", "text": line})
        assert (await client.next("result"))["stdout"] == "42\n"
        await client.session.send({"type": "input", "text": "nobody asked"})
        assert (await client.next("error"))["message"] == "The program does not wait for input."

    hold(work)


def test_a_client_that_cannot_answer_gets_the_end_of_input() -> None:
    async def work(client: Client) -> None:
        result = await client.run("input('name? ')")
        assert result["stderr"].endswith("EOFError: EOF when reading a line\n")
        assert ".carrel" not in result["stderr"]
        assert await client.stdout("import sys; sys.stdin.read()") == "''\n"

    hold(work)


def test_values_are_shown_in_richer_forms_to_those_who_ask() -> None:
    async def work(client: Client) -> None:
        table = "import pandas\npandas.DataFrame({'a': [1], 'b': ['<script>alert(1)</script>']})"
        assert "alert" in await client.stdout(table)
        await client.run(table, stream=True)
        shown = client.seen[-2]
        assert (shown["type"], shown["mime"]) == ("display", "text/html")
        assert "<td>1</td>" in shown["data"]
        assert "<script" not in shown["data"]
        result = await client.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);", stream=True)
        assert (result["stdout"], result["success"]) == ("", True)
        picture = client.seen[-2]
        assert picture["mime"] == "image/png"
        assert base64.b64decode(picture["data"]).startswith(b"\x89PNG")

    hold(work)


def test_completions_know_what_was_executed() -> None:
    async def work(client: Client) -> None:
        await client.run(
            "import os\nclass Rude:\n    def __dir__(self):\n        1 / 0\nrude = Rude()"
        )
        await client.session.send({"type": "complete", "code": "1\nos.path.isd", "cursor": 13})
        found = await client.next("completions")
        assert (found["start"], found["end"], found["matches"]) == (9, 13, [".isdir"])
        await client.session.send({"type": "complete", "code": "rude.", "cursor": 5})
        await client.next("completions")
        await client.session.send({"type": "complete", "code": "x", "cursor": 2})
        assert "`cursor`" in (await client.next("error"))["message"]

    hold(work)


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(1000)", "input()"])
def test_an_interrupt_stops_what_runs_and_keeps_the_state(code: str) -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7")
        await client.session.send({"type": "interrupt"})
        assert (await client.next("error"))["message"].startswith("Nothing runs")
        await client.session.send(
            {"type": "execute", "code": f"print('begun', flush=True)\n{code}", "stream": True}
        )
        await client.next("input_request" if "input" in code else "output")
        await client.session.send({"type": "interrupt"})
        result = await client.next("result")
        assert not result["success"]
        assert result["stderr"].rstrip().endswith("KeyboardInterrupt")
        assert await client.stdout("x") == "7\n"

    hold(work)


def test_an_interrupt_that_comes_at_once_is_not_lost() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7")
        for wait in (False, True):
            await client.session.send({"type": "execute", "code": "while True: pass"})
            if wait:
                await asyncio.sleep(0)
            await client.session.send({"type": "interrupt"})
            assert not (await client.next("result"))["success"]
        assert await client.stdout("x") == "7\n"

    hold(work)


def test_a_program_that_does_not_stop_is_killed_and_the_session_goes_on() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7")
        code = (
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "print('begun')\nwhile True: pass"
        )
        await client.session.send({"type": "execute", "code": code, "stream": True})
        await client.next("output")
        await client.session.send({"type": "interrupt"})
        result = await client.next("result")
        assert "did not stop when interrupted" in result["stderr"]
        assert "NameError" in (await client.run("x"))["stderr"]

    hold(work, replace(LIMITS, grace_s=1.0))


def test_a_program_that_takes_too_long_is_interrupted() -> None:
    async def work(client: Client) -> None:
        result = await client.run("x = 7\nwhile True: pass")
        assert result["stderr"].endswith("Stopped: it ran for longer than its time limit.\n")
        assert await client.stdout("x") == "7\n"

    hold(work, replace(LIMITS, execute_s=8.0))


def test_endless_output_is_cut_and_stopped() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7")
        result = await client.run("while True: print('x' * 99)", stream=True)
        streamed = "".join(
            m["text"] for m in client.seen if m["type"] == "output" and m["stream"] == "stdout"
        )
        assert len(result["stdout"]) == MIB
        assert streamed == result["stdout"]
        assert "Of stdout, " in result["stderr"]
        assert "Stopped: it printed more than 1M.\n" in result["stderr"]
        assert await client.stdout("x") == "7\n"

    hold(work)


def test_a_client_that_does_not_read_slows_the_program_down() -> None:
    async def work(client: Client) -> None:
        code = "import sys\nfor n in range(9):\n    print('x' * 99_999)\n    sys.stderr.write('.')"
        await client.session.send({"type": "execute", "code": code, "stream": True})
        await asyncio.sleep(1)
        waiting = client.session._outbox._bytes
        assert waiting < 700 * KIB
        result = await client.next("result")
        assert (len(result["stdout"]), result["stderr"]) == (900_000, "." * 9)

    hold(work)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os._exit(3)", "Python ended with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "Python was ended by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "Python was ended by SIGSEGV"),
        ("import os; os.closerange(0, 256)", "the program closed what Python needs"),
        ("a = []\nwhile True: a.append('x' * 10**7)", "used more than 256M of memory"),
    ],
)
def test_the_end_of_the_interpreter_is_told_and_the_session_goes_on(code: str, why: str) -> None:
    async def work(client: Client) -> None:
        result = await client.run(f"print('before')\n{code}")
        assert result["stdout"] == "before\n"
        assert not result["success"]
        assert f"The session was restarted, because {why}" in result["stderr"].replace(
            "its programs ", ""
        )
        assert await client.stdout("6 * 7") == "42\n"

    hold(work)


def test_a_fork_bomb_is_contained() -> None:
    async def work(client: Client) -> None:
        result = await client.run(
            "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
        )
        assert not result["success"]
        assert await client.stdout("6 * 7") == "42\n"

    hold(work, replace(LIMITS, execute_s=10.0, grace_s=3.0))


def test_a_child_that_runs_on_does_not_answer_in_its_parents_place() -> None:
    async def work(client: Client) -> None:
        result = await client.run(
            "import os\nchild = os.fork()\nif child: os.wait()\nprint('here')"
        )
        assert sorted(result["stdout"].split()) == ["here", "here"]
        assert await client.stdout("print(child > 0)") == "True\n"

    hold(work)


def test_closed_streams_and_descriptors_come_back() -> None:
    async def work(client: Client) -> None:
        for code in (
            "import os; os.close(1); os.close(2)",
            "import sys; sys.stdout.close(); sys.stderr.close()",
            "del sys.stdout",
        ):
            await client.run(code)
            assert await client.stdout("print('here')") == "here\n"

    hold(work)


def test_what_a_thread_prints_later_is_part_of_what_comes_next() -> None:
    async def work(client: Client) -> None:
        await client.run(
            "import threading, time\ndef late():\n    time.sleep(0.1)\n    print('late')\n"
            "thread = threading.Thread(target=late)\nthread.start()"
        )
        result = await client.run("thread.join()\nprint('joined')")
        assert result["stdout"] == "late\njoined\n"

    hold(work)


def test_forged_messages_hurt_only_the_session_of_whoever_forges_them() -> None:
    async def work(client: Client) -> None:
        forge = (
            "import gc, os\n"
            "line = next(o for o in gc.get_objects() if type(o).__name__ == 'Line')\n"
            "mark = line._mark\n"
        )
        early = await client.run(
            forge + "line.send({'t': 'end', 'id': 1}, on_stdout=True)\n"
            "line.send({'t': 'done', 'id': 1, 'ok': True})\nprint('later')"
        )
        assert early["success"]
        odd = await client.run(
            forge + "for what in ({'t': 'input', 'ask': 'x'}, {'t': 'display', 'mime': 1},\n"
            "  {'t': 'begun', 'id': []}, {'t': 'done', 'id': 99}, {'t': 'ready'}, {'t': 'x'}):\n"
            "    line.send({'id': 2, **what})\n",
            stream=True,
        )
        assert odd["success"]
        broken = await client.run(forge + "os.write(2, mark + b'.nonsense\\n')\nwhile True: pass")
        assert "wrote into the line" in broken["stderr"]
        assert await client.stdout("6 * 7") == "42\n"

    hold(work)


def test_a_reset_gives_a_fresh_namespace_also_while_something_runs() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7; open('left.txt', 'w').write('x')")
        await client.session.send({"type": "reset"})
        assert await client.next("reset_complete") == {"type": "reset_complete"}
        assert "NameError" in (await client.run("x"))["stderr"]
        assert await client.stdout("import os; os.listdir()") == "[]\n"
        await client.session.send(
            {"type": "execute", "code": "print('begun')\nwhile True: pass", "stream": True}
        )
        await client.next("output")
        await client.session.send({"type": "execute", "code": "print('never')"})
        await client.session.send({"type": "reset"})
        never, stopped = await client.next("result"), await client.next("result")
        assert never["stderr"] == "The session was reset before this ran.\n"
        assert stopped["stderr"] == "Stopped: the session was reset.\n"
        await client.next("reset_complete")
        assert await client.stdout("6 * 7") == "42\n"

    hold(work)


def test_a_thousand_fast_messages_are_answered_or_refused_one_by_one() -> None:
    async def work(client: Client) -> None:
        for number in range(1000):
            await client.session.send({"type": "execute", "code": f"print({number})"})
        answers = [await anext(client.messages) for _ in range(1000)]
        results = [a["stdout"] for a in answers if a["type"] == "result"]
        refused = [a["message"] for a in answers if a["type"] == "error"]
        assert len(results) + len(refused) == 1000
        assert results == [f"{number}\n" for number in range(len(results))]
        assert set(refused) == {
            "16 commands wait already: wait for their results, then send this one again."
        }

    hold(work)


def bad_messages() -> Iterable[tuple[dict[str, Any], str]]:
    yield {}, "`type` must be one of"
    yield {"type": ["execute"]}, "`type` must be one of"
    yield {"type": "execute"}, "`code` must be a text"
    yield {"type": "execute", "code": 1}, "`code` must be a text"
    yield {"type": "execute", "code": "1", "stream": "yes"}, "`stream` must be true or false"
    yield {"type": "execute", "code": "x" * (256 * KIB + 1)}, "allowed are 262,144"
    yield {"type": "complete", "code": "x"}, "`cursor`"
    yield {"type": "complete", "code": "x", "cursor": True}, "`cursor`"
    yield {"type": "input", "text": None}, "`text` must be a text"


def test_a_message_that_cannot_be_followed_is_answered_and_nothing_is_lost() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7")
        for message, words in bad_messages():
            await client.session.send(message)
            assert words in (await client.next("error"))["message"]
        odd = await client.run("print('\ud800')\nx")
        assert "surrogate" in odd["stderr"] or odd["stdout"] == "\\ud800\n7\n"
        assert await client.stdout("x") == "7\n"

    hold(work)


def test_a_session_that_nobody_uses_is_closed_with_a_warning_first() -> None:
    async def work(client: Client) -> None:
        await client.run("x = 7", stream=True)
        await client.next("warning")
        assert "closed after 2 s" in (await client.next("error"))["message"]
        with pytest.raises(AssertionError, match="the session ended"):
            await client.next("result")

    hold(work, replace(LIMITS, idle_s=2.0, warning_s=1.0))


def test_a_sandbox_at_the_end_of_its_time_is_replaced() -> None:
    async def work(client: Client) -> None:
        client.session._interpreter.box._end_of_life(3600.0)  # type: ignore[union-attr]
        words = (await client.next("error"))["message"]
        assert "because it reached the longest time" in words
        assert await client.stdout("6 * 7") == "42\n"

    hold(work)
