"""`carrel login` and `carrel submit`, against the real server on a test's platform."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from anyio import to_thread

from carrel.accounts.types import User
from carrel.cli.main import main
from carrel.courses.types import Assignment, Role
from carrel.testing.listening import listening
from carrel.testing.platform import RIGHT, SECRET, Platform
from carrel.testing.web import app_over

pytestmark = [pytest.mark.quick, pytest.mark.anyio]


@pytest.fixture
async def url(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """Serve the platform, with a worker at work, to a user who has never signed in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sum.py").write_bytes(RIGHT.content)
    (tmp_path / "latin.py").write_bytes(b"print('\xe4')\n")
    (tmp_path / "empty.py").touch()
    async with listening(app_over(platform)) as port, platform.working():
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def ada(platform: Platform) -> User:
    return await platform.person("Ada", await platform.course(), Role.STUDENT)


@pytest.fixture
async def assignment(platform: Platform, ada: User) -> Assignment:
    [(course, _)] = await platform.courses.courses(ada)
    return await platform.assignment(course, max_attempts=3)


async def carrel(*words: str) -> int:
    return await to_thread.run_sync(main, list(words))


async def sign_in(platform: Platform, url: str, user: User) -> None:
    token = (await platform.accounts.new_token(user, "test")).secret
    assert await carrel("login", url + "/", "--token", token) == 0


async def test_a_program_is_handed_in_followed_and_shown(
    platform: Platform,
    url: str,
    ada: User,
    assignment: Assignment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await sign_in(platform, url, ada)
    assert "as Ada (ada)" in capsys.readouterr().out
    kept = Path(os.environ["XDG_CONFIG_HOME"]) / "carrel/login.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700

    assert await carrel("submit", assignment.id, "sum.py") == 0
    shown = capsys.readouterr().out
    assert "accepted" in shown
    assert "small" in shown
    assert SECRET not in shown

    assert await carrel("submit", assignment.id, "sum.py", "--lang", "de") == 0
    assert "bestanden" in capsys.readouterr().out.lower()

    assert await carrel("submit", assignment.id, "sum.py", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["attempt"], found["view"]["verdict"]) == (3, "accepted")
    assert found["view"]["summary"]

    # The fourth attempt is one too many, and the server says so.
    assert await carrel("submit", assignment.id, "sum.py") == 2
    assert "carrel: " in capsys.readouterr().err


async def test_what_cannot_be_handed_in_is_refused(
    platform: Platform,
    url: str,
    ada: User,
    assignment: Assignment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await sign_in(platform, url, ada)
    for words, named in (
        ((assignment.id, "none.py"), "none.py"),
        ((assignment.id, "latin.py"), "UTF-8"),
        ((assignment.id, "empty.py"), "empty"),
        ((assignment.id, "sum.py", "-l", "cobol"), "cobol"),
        ((assignment.id, "sum.py", "-l", "c"), "python"),
        (("asg_none", "sum.py"), "assignment"),
    ):
        assert await carrel("submit", *words) == 2
        assert named in capsys.readouterr().err
    assert not await platform.submissions.submissions(ada, assignment.id)


async def test_who_is_not_signed_in_is_told_to(
    platform: Platform,
    url: str,
    ada: User,
    assignment: Assignment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await carrel("submit", assignment.id, "sum.py") == 4
    assert "carrel login" in capsys.readouterr().err
    assert await carrel("login", url, "--token", "crl_made-up") == 4
    assert not (Path(os.environ["XDG_CONFIG_HOME"]) / "carrel/login.json").exists()
    await sign_in(platform, url, ada)
    for token in await platform.accounts.tokens(ada):
        await platform.accounts.remove_token(ada, token.id)
    assert await carrel("submit", assignment.id, "sum.py") == 4


async def test_a_server_that_is_none_is_told_from_one_that_does_not_answer(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await carrel("login", "carrel.example.org") == 2
    assert "https://" in capsys.readouterr().err
    assert await carrel("login", "http://127.0.0.1:1", "--token", "x") == 3
    assert "does not answer" in capsys.readouterr().err
    assert await carrel("login", url + "/play", "--token", "x") in (2, 3)
