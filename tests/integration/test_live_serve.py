"""Live sessions of the real server: web process, worker, real sandboxes, the article's client."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from carrel.testing.serving import ServerProcess, serving


@pytest.fixture(scope="module")
def server(sandboxes: Path) -> Iterator[ServerProcess]:
    del sandboxes  # its settings are inherited
    with serving() as running:
        yield running


def open_at(server: ServerProcess, path: str) -> ClientConnection:
    return connect(server.url.replace("http://", "ws://") + path, open_timeout=60, max_size=None)


def told(websocket: ClientConnection, kind: str | None = None) -> dict[str, Any]:
    """Return the next message, or the next one of a kind."""
    while True:
        message: dict[str, Any] = json.loads(websocket.recv(timeout=120))
        if kind in (None, message["type"]):
            return message


def say(websocket: ClientConnection, kind: str, **content: Any) -> None:
    websocket.send(json.dumps({"type": kind, **content}))


def test_the_articles_client_is_served_as_the_article_says(server: ServerProcess) -> None:
    with open_at(server, "/ws/repl") as websocket:
        assert told(websocket) == {"type": "ready"}
        say(websocket, "execute", code="x = 6")
        assert told(websocket) == {"type": "result", "stdout": "", "stderr": "", "success": True}
        say(websocket, "execute", code='print(f"{x * 7}")')
        assert told(websocket)["stdout"] == "42\n"
        say(websocket, "execute", code="x +")
        failed = told(websocket)
        assert (failed["success"], "SyntaxError" in failed["stderr"]) == (False, True)
        websocket.send(b"\x00")
        assert told(websocket)["type"] == "error"
        websocket.send("nonsense")
        assert told(websocket)["type"] == "error"
        say(websocket, "execute", code="x")
        assert told(websocket)["stdout"] == "6\n"
        say(websocket, "reset")
        assert told(websocket) == {"type": "reset_complete"}
        say(websocket, "execute", code="x")
        assert "NameError" in told(websocket)["stderr"]


def test_a_person_types_for_a_program(server: ServerProcess) -> None:
    with open_at(server, "/ws/run") as websocket:
        say(websocket, "start", code="print('hi', input('name? '))", language="python")
        assert told(websocket)["type"] == "started"
        assert told(websocket)["text"] == "name? "
        say(websocket, "input", text="Ada\n")
        end = told(websocket, "end")
        assert (end["verdict"], end["success"], end["isolation"]) == ("accepted", True, "gvisor")


def test_a_person_sits_at_a_terminal(server: ServerProcess) -> None:
    with open_at(server, "/ws/terminal?columns=99&rows=33") as websocket:
        assert told(websocket) == {"type": "ready"}
        say(websocket, "input", text="stty size; exit\r")
        shown = ""
        while (message := told(websocket))["type"] == "output":
            shown += message["text"]
        assert "33 99\r\n" in shown
        assert message == {"type": "end", "exit_code": 0, "reason": ""}
    with open_at(server, "/ws/terminal?columns=zero") as websocket:
        assert "from 1 to 1000" in told(websocket)["message"]


def test_large_output_comes_whole_through_both_processes(server: ServerProcess) -> None:
    with open_at(server, "/ws/repl") as websocket:
        told(websocket, "ready")
        code = "print('\\x01' * 999_999)"  # each byte is six characters of JSON
        say(websocket, "execute", code=code, stream=True)
        streamed = ""
        while (message := told(websocket))["type"] == "output":
            streamed += message["text"]
        assert message["type"] == "result"
        assert message["stdout"] == streamed == "\x01" * 999_999 + "\n"


def test_a_client_that_does_not_read_holds_nobody_up(server: ServerProcess) -> None:
    """A half-open connection, as far as anybody can tell before a ping is missed."""
    with open_at(server, "/ws/run") as websocket:
        say(websocket, "start", code="while True: print('x' * 9999)", language="python")
        told(websocket, "output")
        with open_at(server, "/ws/repl") as other:
            told(other, "ready")
            say(other, "execute", code="6 * 7")
            assert told(other)["stdout"] == "42\n"
        assert told(websocket, "end")["verdict"] == "output-limit-exceeded"


def test_a_language_without_sessions_is_refused(server: ServerProcess) -> None:
    with open_at(server, "/ws/repl?language=cobol") as websocket:
        assert "a session can be held in: javascript, python" in told(websocket)["message"]


@pytest.mark.usefixtures("sandboxes")
def test_a_server_that_is_killed_with_open_sessions_leaves_nothing() -> None:
    with (
        serving() as server,
        open_at(server, "/ws/repl") as first,
        open_at(server, "/ws/run") as second,
    ):
        told(first, "ready")
        say(first, "execute", code="while True: pass")
        say(second, "start", code="input()", language="python")
        told(second, "started")
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(60)
