"""The real `carrel serve --playground`, over real sockets, with real sandboxes."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from carrel.languages.registry import SPECS, Language
from carrel.processes.privileges import web_user
from carrel.sandbox.recipes import recipe_names, recipes_directory
from carrel.testing import serving as testing
from carrel.testing.serving import COMMAND, ServerProcess


class Server(ServerProcess):
    def run(self, code: str, language: str = "python", stdin: str = "") -> httpx.Response:
        body = {"code": code, "language": language, "stdin": stdin}
        return httpx.post(f"{self.url}/api/run", json=body, timeout=60)

    def health(self) -> dict[str, object]:
        answer: dict[str, object] = httpx.get(f"{self.url}/health", timeout=60).json()
        return answer


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    with testing.serving() as running:
        yield Server(running.process, running.url, running.run_dir)


@pytest.fixture(scope="module")
def server(sandboxes: Path) -> Iterator[Server]:
    del sandboxes  # its settings are inherited
    with serving() as running:
        yield running


@pytest.mark.parametrize("language", list(Language))
def test_every_language_runs_through_http(server: Server, language: Language) -> None:
    smoke = SPECS[language].smoke
    response = server.run(smoke.code, language, smoke.stdin)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["stdout"], answer["success"]) == (smoke.stdout, True), answer
    assert answer["execution_time"] > 0
    assert answer["memory_used"] > 0


def test_a_failing_program_is_told_from_a_failing_platform(server: Server) -> None:
    crash = server.run("import sys\nprint('out')\nsys.exit(7)").json()
    assert (crash["success"], crash["exit_code"], crash["stdout"]) == (False, 7, "out\n")
    refused = server.run("int main() { return x; }", "c").json()
    assert refused["verdict"] == "compile-error"
    assert "error" in refused["stderr"]


def test_health_knows_the_isolation_and_every_template(server: Server, isolation: str) -> None:
    report = server.health()
    assert (report["status"], report["isolation"]) == ("ok", isolation)
    assert set(report["templates"]) == set(recipe_names(recipes_directory()))  # type: ignore[call-overload]


def test_a_program_ends_with_its_caller(server: Server) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{server.url}/api/run",
            json={"code": "while True: pass", "language": "python"},
            timeout=1.5,
        )
    deadline = time.monotonic() + 60
    while server.health()["running"]:
        assert time.monotonic() < deadline, "the program still runs"
        time.sleep(0.05)


def test_a_port_in_use_is_named(server: Server) -> None:
    port = server.url.rpartition(":")[2]
    done = subprocess.run(
        [*COMMAND, "--playground", "--port", port],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert f"another program listens on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])  # noqa: S104
def test_what_others_reach_is_not_listened_on(host: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    done = subprocess.run(
        [*COMMAND, "--playground", "--host", host, "--port", port],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "--allow-anyone" in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("sandboxes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_lets_programs_finish(number: int) -> None:
    with serving() as server:
        answers: list[httpx.Response] = []
        call = threading.Thread(
            target=lambda: answers.append(server.run("import time\ntime.sleep(2)\nprint('done')"))
        )
        call.start()
        deadline = time.monotonic() + 60
        while not server.health()["running"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert server.stop(number) == 0
        call.join(timeout=60)
        assert [answer.json()["stdout"] for answer in answers] == ["done\n"]
        assert not list(server.run_dir.glob("own_*"))


@pytest.mark.usefixtures("sandboxes")
def test_a_killed_server_leaves_nothing() -> None:
    with serving() as server:
        call = threading.Thread(target=_ignore_the_end, args=(server,))
        call.start()
        while not server.health()["running"]:
            time.sleep(0.02)
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        call.join(timeout=60)


def children(parent: int) -> dict[str, int]:
    """Return the processes of a server by name: `web`, `worker`."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (place / "cmdline").read_bytes().decode().split("\0")
            above = re.search(r"^PPid:\s+(\d+)", (place / "status").read_text(), re.MULTILINE)
            if above and int(above[1]) == parent and "-m" in words:
                name = words[words.index("-m") + 1]
                found[name.removeprefix("carrel.processes.")] = int(place.name)
    return found


def ends(process: int) -> None:
    """Wait for the end of a process that is not ours."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(process)
        try:
            assert select.select([descriptor], [], [], 20)[0], f"{process} lives"
        finally:
            os.close(descriptor)


def status_of(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_web_process_has_no_rights(server: Server) -> None:
    found = children(server.process.pid)
    assert set(found) == {"web", "worker"}
    web, worker = status_of(found["web"]), status_of(found["worker"])
    user, group = web_user()
    assert web["Uid"].split() == [str(user)] * 4
    assert web["Gid"].split() == [str(group)] * 4
    assert web["Groups"] == ""
    assert user != 0
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(web[name], 16) == 0, name
    assert web["NoNewPrivs"] == "1"
    assert worker["Uid"].split()[0] == "0"


def test_only_the_web_process_may_use_the_line(server: Server) -> None:
    (path,) = server.run_dir.glob("own_*/link/worker.sock")
    assert path.parent.stat().st_mode & 0o777 == 0o710
    assert path.stat().st_mode & 0o777 == 0o660
    assert (path.stat().st_uid, path.stat().st_gid) == (0, web_user()[1])
    # Even root is not answered when it is another process's.
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(20)
        stranger.connect(str(path))
        assert stranger.recv(100) == b""


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_process_that_dies_is_started_again(server: Server, name: str) -> None:
    before = children(server.process.pid)[name]
    os.kill(before, signal.SIGKILL)
    ends(before)
    # The sockets stay open meanwhile: whoever calls has to wait, and is served.
    assert server.run("print(6 * 7)").json()["stdout"] == "42\n"
    after = children(server.process.pid)
    assert after[name] != before
    assert server.process.poll() is None


def test_connections_that_send_no_request_keep_nobody_out(server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        for _ in range(900):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=120))
            with contextlib.suppress(ConnectionError):
                line.sendall(b"POST /api/run HTTP/1.1\r\nX-Slow: ")
        assert server.run("print(6 * 7)").json()["stdout"] == "42\n"


def _ignore_the_end(server: Server) -> None:
    with contextlib.suppress(httpx.HTTPError):
        server.run("while True: pass")
