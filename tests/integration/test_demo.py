"""`carrel demo`, as an operator runs it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio

from carrel.bootstrap.demo import EXERCISES, PEOPLE, seed
from carrel.bootstrap.platform import prepared_platform
from carrel.ops.settings import Settings


def run_demo(data: Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "carrel.cli.main", "demo", *options],
        env={**os.environ, "CARREL_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_is_made_once_and_told_the_same_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = json.loads(run_demo(data, "--json"))
    again = json.loads(run_demo(data, "--json", "--url", "https://carrel.example/"))
    links = [[user.pop("link") for user in found["users"]] for found in (first, again)]
    assert (first.pop("url"), again.pop("url")) == (
        "http://127.0.0.1:8000",
        "https://carrel.example",
    )
    assert first == again
    assert not set(links[0]) & set(links[1])
    assert links[1][0].startswith("https://carrel.example/sign-in#token=lnk_")
    assert [user["role"] for user in first["users"]][:3] == ["instructor", "assistant", "student"]
    assert [one["exercise"] for one in first["assignments"]] == list(EXERCISES)
    [kept] = (data / "worker").glob("*.json")
    assert stat.filemode(kept.stat().st_mode) == "-rw-------"
    told = run_demo(data)
    assert first["users"][0]["token"] in told
    assert anyio.run(_what_is_there, data) == {
        "students": sum(person.role == "student" for person in PEOPLE),
        "submissions": sum(len(person.solutions) for person in PEOPLE),
        "tokens of grace": 1,
    }


async def _what_is_there(data: Path) -> dict[str, Any]:
    settings = Settings(data=data, database_url=None)
    owner = os.stat(data / "web")  # noqa: PTH116 - a Path's methods are taken for slow ones
    async with prepared_platform(settings, uid=owner.st_uid, gid=owner.st_gid) as platform:
        found = await seed(platform, data, "http://x")
        grace = await platform.accounts.by_token(found["users"][0]["token"])
        [(course, _)] = await platform.courses.courses(grace)
        members = await platform.courses.members(grace, course.id)
        tasks = await platform.submissions.tasks(grace, course.id)
        submissions = [
            await platform.submissions.submissions(grace, task.assignment.id) for task in tasks
        ]
        return {
            "students": sum(member.role == "student" for member in members),
            "submissions": sum(map(len, submissions)),
            "tokens of grace": len(await platform.accounts.tokens(grace)),
        }
