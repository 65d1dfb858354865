"""A course on the real server: from the printed link to a graded submission, whatever dies."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from carrel.processes.privileges import web_user
from carrel.testing.serving import ServerProcess, serving

EXAMPLE = Path(__file__).parents[2] / "examples/sum-two-numbers"
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


@pytest.fixture(scope="module")
def server(sandboxes: Path) -> Iterator[ServerProcess]:
    del sandboxes  # its settings are inherited
    with serving(playground=False) as running:
        yield running


def client(server: ServerProcess) -> httpx.Client:
    return httpx.Client(base_url=server.url + "/api/v1", timeout=60)


def done(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def packed(folder: Path) -> bytes:
    """Return a folder's files as a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return data.getvalue()


def events(server_client: httpx.Client, submission: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a submission's events, up to the last one; connect again as a browser does."""
    for _ in range(10):
        with contextlib.suppress(httpx.TransportError):  # the process that served it has died
            return _events(server_client, submission)
    pytest.fail("the server cuts off every connection")


def _events(server_client: httpx.Client, submission: str) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    with server_client.stream("GET", f"/submissions/{submission}/events") as stream:
        name = ""
        for line in stream.iter_lines():
            kind, _, value = line.partition(": ")
            if kind == "event":
                name = value
            elif kind == "data":
                found.append((name, json.loads(value)))
    return found


def kill(server: ServerProcess, name: str) -> None:
    """Kill one of the server's processes as hard as possible."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            above = re.search(r"^PPid:\s+(\d+)", (place / "status").read_text(), re.MULTILINE)
        except OSError:
            continue
        ours = above is not None and int(above[1]) == server.process.pid
        if ours and f"carrel.processes.{name}".encode() in words:
            os.kill(int(place.name), signal.SIGKILL)
            return
    pytest.fail(f"there is no process {name}")


def by_command_line(
    server: ServerProcess, token: str, assignment: str, program: Path, code: int
) -> str:
    """Hand in with `carrel submit`, which ends with `code`, and return what it shows."""
    with tempfile.TemporaryDirectory() as home:
        for words in (
            ("login", server.url, "--token", token),
            ("submit", assignment, str(program)),
        ):
            ran = subprocess.run(
                [sys.executable, "-m", "carrel.cli.main", *words],
                env=os.environ | {"XDG_CONFIG_HOME": home},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert ran.returncode == (code if words[0] == "submit" else 0), ran.stderr
            assert "Traceback" not in ran.stderr
    return ran.stdout


def test_a_course_is_made_joined_and_graded_and_nothing_is_lost(server: ServerProcess) -> None:
    with client(server) as teacher, client(server) as student:
        assert student.get("/me").status_code == 401
        run = {"code": "print(1)", "language": "python", "stdin": ""}
        assert httpx.post(f"{server.url}/api/run", json=run, timeout=60).status_code == 401
        me = done(teacher.post("/session", json={"token": server.sign_in}))
        assert me["administrator"]
        assert teacher.post("/session", json={"token": server.sign_in}).status_code == 401

        course = done(teacher.post("/courses", json={"title": "Programming 1"}), 201)["id"]
        zipped = {"content-type": "application/zip"}
        published = done(
            teacher.post(f"/courses/{course}/exercises", content=packed(EXAMPLE), headers=zipped),
            201,
        )
        version = published["exercise_version"]["id"]
        assignment = done(
            teacher.post(f"/courses/{course}/assignments", json={"exercise_version": version}), 201
        )["id"]
        invitation = done(
            teacher.post(f"/courses/{course}/invitations", json={"role": "student"}), 201
        )
        account = {"name": "Ada", "login": "ada", "password": PASSWORD}
        joined = {"code": invitation["code"], **account}
        assert done(student.post("/invitations/accept", json=joined))["login"] == "ada"

        def hand_in(name: str) -> str:
            source = (EXAMPLE / "solutions" / name).read_text()
            body = {"language": "python", "files": [{"name": name, "content": source}]}
            answer = student.post(f"/assignments/{assignment}/submissions", json=body)
            return str(done(answer, 202)["id"])

        wrong = hand_in("difference.py")
        told = events(student, wrong)
        assert told[-1] == ("graded", {})
        seen = done(student.get(f"/submissions/{wrong}"))
        assert (seen["status"], seen["attempt"]) == ("graded", 1)
        assert seen["view"]["summary"]

        # The worker dies with a submission in its hands, then the web process dies: what
        # was accepted is graded, once.
        right = hand_in("right.py")
        kill(server, "worker")
        assert events(student, right)[-1] == ("graded", {})
        last = hand_in("right.py")
        kill(server, "web")
        assert events(student, last)[-1] == ("graded", {})
        for submission in (right, last):
            assert done(student.get(f"/submissions/{submission}"))["status"] == "graded"
        (standing,) = done(student.get(f"/courses/{course}/assignments"))["items"]
        assert standing["attempts_used"] == 3
        assert standing["best"]["earned"] == standing["best"]["total"]
        token = done(student.post("/me/tokens", json={"name": "laptop"}), 201)["token"]
        for name, code, said in (("right.py", 0, "accepted"), ("difference.py", 1, "wrong answer")):
            out = by_command_line(server, token, assignment, EXAMPLE / "solutions" / name, code)
            assert said in out.lower()
        ran = student.post(f"{server.url}/api/run", json=run)
        assert done(ran)["stdout"] == "1\n"


def test_the_web_process_may_not_look_into_what_is_the_workers(server: ServerProcess) -> None:
    """Its user sees neither the worker's part of the data nor the sandboxes' directory."""
    user, _ = web_user()
    assert server.run_dir.stat().st_mode & 0o077 == 0
    data = next(
        Path(line.split("=", 1)[1])
        for line in Path(f"/proc/{server.process.pid}/environ").read_text().split("\0")
        if line.startswith("CARREL_DATA=")
    )
    assert (data / "worker").stat().st_mode & 0o077 == 0
    assert (data / "worker").stat().st_uid == 0
    assert (data / "web").stat().st_uid == user
    assert data.stat().st_uid == 0
