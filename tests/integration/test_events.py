"""Server-sent events over a real server: each comes when it happens, and nothing stays behind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from carrel.submissions.types import Submission
from carrel.testing.platform import RIGHT, Platform, new_platform
from carrel.testing.web import app_over

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[str]:
    """Serve a platform on loopback during a block; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app_over(platform), lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def followed(
    platform: Platform, url: str, submission: Submission
) -> AsyncIterator[AsyncIterator[str]]:
    token = (await platform.accounts.new_token(submission.user, "test")).secret
    headers = {"Authorization": f"Bearer {token}"}
    path = f"{url}/api/v1/submissions/{submission.id}/events"
    async with (
        httpx.AsyncClient(headers=headers, timeout=None) as client,  # noqa: S113 - pytest's holds
        client.stream("GET", path) as response,
    ):
        assert response.status_code == 200
        yield (line async for line in response.aiter_lines() if line.startswith("event: "))


async def handed_in(platform: Platform) -> Submission:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    return await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])


async def test_events_come_while_the_submission_is_on_its_way(tmp_path: Path) -> None:
    async with new_platform(tmp_path / "data") as platform, served(platform) as url:
        submission = await handed_in(platform)
        async with followed(platform, url, submission) as events:
            assert await anext(events) == "event: queued"  # nobody grades yet
            async with platform.working():
                rest = [line async for line in events]
        assert rest[-1] == "event: graded"
        assert platform.watch.is_idle


async def test_whoever_stops_to_listen_is_forgotten(tmp_path: Path) -> None:
    async with new_platform(tmp_path / "data") as platform, served(platform) as url:
        submission = await handed_in(platform)
        async with followed(platform, url, submission) as events:
            assert await anext(events) == "event: queued"
            assert not platform.watch.is_idle
        while not platform.watch.is_idle:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
