"""Every route of the whole application says who may call it, and keeps to it.

The routes under `/api/v1` have their own matrix (`test_api_platform`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from carrel.api.app import create_app
from carrel.api.platform import PREFIX
from carrel.api.platform import Platform as PlatformServices
from carrel.api.routers import ALL, PLATFORM, SIGNED
from carrel.api.rules import RuledRoute
from carrel.api.seats import MOST_RUNS
from carrel.api.services import Services
from carrel.bootstrap.worker import open_worker
from carrel.judge.verdict import Verdict
from carrel.link.messages import RunRequest, RunResponse
from carrel.link.types import Worker
from carrel.sandbox.pool import SandboxPool
from carrel.testing.listening import listening
from carrel.testing.platform import Platform, adding
from carrel.testing.sandboxes import FakePool
from carrel.testing.web import BASE

pytestmark = pytest.mark.quick

RUN = {"code": "print(3)", "language": "python", "stdin": "1 2"}
FOR_ANYONE = {("get", "/health"), ("post", f"{PREFIX}/session"), ("delete", f"{PREFIX}/session")}
FOR_CODES = {("post", f"{PREFIX}/invitations/look"), ("post", f"{PREFIX}/invitations/accept")}
FOR_RUNNERS = {("post", "/api/run")}
BY_SIGNATURE = {("post", "/lms/submit")}
"""Everything that needs nobody to be signed in. Whoever adds to it has thought about it."""


class _Pool(FakePool):
    async def close(self) -> None:
        """Nothing is left of a pretended pool."""


async def _open_pool() -> SandboxPool:
    return _Pool(adding).as_pool()


def _of(platform: Platform) -> PlatformServices:
    return PlatformServices(
        platform.accounts, platform.courses, platform.exercises, platform.submissions
    )


def app_of(platform: Platform, *, is_playground: bool = False) -> FastAPI:
    """Return the whole application."""

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        async with open_worker(_open_pool, is_built=lambda _: False) as worker:
            yield Services(worker, "0", platform=_of(platform), is_playground=is_playground)

    return create_app(open_services, version="0", routers=(*ALL, *PLATFORM, *SIGNED))


@asynccontextmanager
async def calling(
    platform: Platform, *, is_playground: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the whole application."""
    app = app_of(platform, is_playground=is_playground)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE) as client,
    ):
        yield client


@pytest.mark.anyio
async def test_every_route_says_who_may_call_it_and_refuses_nobody_in_particular(
    platform: Platform,
) -> None:
    async with calling(platform) as client:
        paths: dict[str, dict[str, Any]] = (await client.get("/openapi.json")).json()["paths"]
        assert len(paths) > 15
        for path, operations in paths.items():
            for method, operation in operations.items():
                said = operation["description"]
                assert "For " in said, (method, path)
                if (method, path) in FOR_ANYONE | FOR_CODES | BY_SIGNATURE:
                    continue
                # Refused before the body is read: this one is no JSON, nor an archive.
                answer = await client.request(method.upper(), path, content=b"{")
                assert answer.status_code == 401, (method, path)
                wrong = {"authorization": "Bearer crl_made-up"}
                answer = await client.request(method.upper(), path, content=b"{", headers=wrong)
                assert answer.status_code == 401, (method, path)


@pytest.mark.anyio
async def test_another_sites_page_reaches_no_route(platform: Platform) -> None:
    token = (await platform.accounts.new_token(platform.administrator, "t")).secret
    headers = {"authorization": f"Bearer {token}", "origin": "https://evil.example"}
    async with calling(platform, is_playground=True) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        for path, operations in paths.items():
            for method in operations:
                answer = await client.request(method.upper(), path, headers=headers)
                assert answer.status_code == 403, (method, path)
                assert answer.json()["type"].endswith("foreign-origin"), (method, path)


@pytest.mark.anyio
async def test_anyone_runs_programs_on_a_playground_and_does_nothing_else(
    platform: Platform,
) -> None:
    async with calling(platform, is_playground=True) as client:
        assert (await client.post("/api/run", json=RUN)).json()["stdout"] == "3\n"
        assert (await client.get("/api/v1/me")).status_code == 401
    async with calling(platform) as client:
        assert (await client.post("/api/run", json=RUN)).status_code == 401
        token = (await platform.accounts.new_token(platform.administrator, "t")).secret
        headers = {"authorization": f"Bearer {token}"}
        answer = await client.post("/api/run", json=RUN, headers=headers)
        assert answer.json()["stdout"] == "3\n"


class _Busy:
    """A worker whose programs run until the test lets them end."""

    def __init__(self) -> None:
        self.begun = asyncio.Semaphore(0)
        self.go = asyncio.Event()

    async def run(self, _: RunRequest) -> RunResponse:
        """Wait for the test."""
        self.begun.release()
        await self.go.wait()
        return RunResponse(
            stdout="3\n",
            stderr="",
            success=True,
            execution_time=0,
            exit_code=0,
            verdict=Verdict.ACCEPTED,
            reason="",
            memory_used=0,
            truncated=False,
            isolation="none",
        )


@pytest.mark.anyio
async def test_one_user_runs_a_few_programs_at_a_time_and_others_go_on(platform: Platform) -> None:
    worker = _Busy()
    services = Services(cast("Worker", worker), "0", platform=_of(platform))
    app = create_app(lambda: nullcontext(services), version="0")
    mine, hers = [
        {"authorization": f"Bearer {(await platform.accounts.new_token(user, 't')).secret}"}
        for user in (platform.administrator, await platform.person("Ada"))
    ]
    async with (
        asyncio.timeout(60),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
        asyncio.TaskGroup() as group,
    ):

        async def run(headers: dict[str, str]) -> httpx.Response:
            return await client.post("/api/run", json=RUN, headers=headers)

        held = [group.create_task(run(mine)) for _ in range(MOST_RUNS)]
        for _ in held:
            await worker.begun.acquire()
        refused = await run(mine)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert f"{MOST_RUNS} programs of yours" in refused.json()["detail"]
        other = group.create_task(run(hers))
        await worker.begun.acquire()
        worker.go.set()
        assert [(await one).status_code for one in (*held, other)] == [200] * (MOST_RUNS + 1)
        assert (await run(mine)).status_code == 200


@pytest.mark.anyio
async def test_a_live_session_needs_somebody_who_is_signed_in(platform: Platform) -> None:
    token = (await platform.accounts.new_token(platform.administrator, "t")).secret
    async with listening(app_of(platform)) as port:
        for headers in ({}, {"authorization": "Bearer crl_made-up"}, {"cookie": "carrel=made-up"}):
            for path in ("/ws/repl", "/ws/run", "/ws/terminal"):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(
                        f"ws://127.0.0.1:{port}{path}", additional_headers=headers, proxy=None
                    )
                assert refused.value.response.status_code == 401
                assert b"sign-in-required" in (refused.value.response.body or b"")
        hers = {"authorization": f"Bearer {token}"}
        async with connect(
            f"ws://127.0.0.1:{port}/ws/run", additional_headers=hers, proxy=None
        ) as line:
            await line.send("[]")
            assert json.loads(await line.recv())["type"] == "error"
    async with (
        listening(app_of(platform, is_playground=True)) as port,
        connect(f"ws://127.0.0.1:{port}/ws/run", proxy=None) as line,
    ):
        await line.send("[]")
        assert json.loads(await line.recv())["type"] == "error"


def test_the_document_leaves_out_only_what_shows_the_page() -> None:
    for router in (*ALL, *PLATFORM, *SIGNED):
        for route in router.routes:
            assert isinstance(route, RuledRoute | APIWebSocketRoute)
            if isinstance(route, RuledRoute) and not route.include_in_schema:
                assert set(route.methods or ()) <= {"GET", "HEAD"}
                assert not route.path.startswith("/api")
