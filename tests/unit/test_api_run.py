"""`POST /api/run` and `GET /health`, over a pool of pretended sandboxes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from carrel.api.guard import DEFAULT_HEADERS, SECURITY_HEADERS
from carrel.api.problems import problem_of
from carrel.api.routers.runs import MAX_BODY_BYTES
from carrel.bootstrap.web import create_playground
from carrel.bootstrap.worker import open_worker
from carrel.core import errors
from carrel.core.errors import PlatformFaultError, TemplateError
from carrel.languages.registry import Language
from carrel.link.messages import MAX_CODE_BYTES, MAX_STDIN_BYTES
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Execution, Program
from carrel.testing.sandboxes import FakePool, FakeSandbox, ended

pytestmark = pytest.mark.quick

HELLO = {"code": "print(1)", "language": "python", "stdin": ""}


@dataclass
class Pool(FakePool):
    warm: dict[str, int] = field(default_factory=dict)
    live: int = 0
    closed: bool = False

    async def prepare(self, template: str) -> None:
        self.warm[template] = 1

    async def close(self) -> None:
        self.closed = True


@dataclass
class ColdPool(Pool):
    """None of its sandboxes ever gets warm."""

    async def prepare(self, template: str) -> None:
        self.warm[template] = 0
        await asyncio.Event().wait()


@dataclass
class SlowPool(Pool):
    """Its programs run until they are told to end."""

    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def acquire(self, template: str, limits: SandboxLimits) -> FakeSandbox:
        box = SlowSandbox(template, limits, self.behaviour, go=self.go)
        self.boxes.append(box)
        return box


@dataclass
class SlowSandbox(FakeSandbox):
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def execute(self, program: Program, **_: Any) -> Execution:
        await self.go.wait()
        return await super().execute(program)


def says_hello(_: Program) -> Execution:
    return ended(stdout=b"hello\n")


def app_over(pool: FakePool, **options: Any) -> FastAPI:
    async def open_pool() -> SandboxPool:
        return pool.as_pool()

    given = {"is_built": lambda _: True, **options}
    return create_playground(lambda: open_worker(open_pool, **given), version="1.2.3")


@asynccontextmanager
async def calling(pool: FakePool, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = app_over(pool, **options)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        base = "http://127.0.0.1:8000"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            yield client


def call(
    work: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]],
    pool: FakePool | None = None,
    **options: Any,
) -> httpx.Response:
    async def main() -> httpx.Response:
        async with calling(pool or Pool(says_hello), **options) as client:
            return await work(client)

    return asyncio.run(main())


def post(
    body: Any, pool: FakePool | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    return call(lambda client: client.post("/api/run", json=body, headers=headers), pool)


def is_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["type"] == f"urn:carrel:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert "Traceback" not in response.text
    return document


def test_a_program_is_run_in_a_sandbox_that_is_destroyed() -> None:
    pool = Pool(says_hello)
    response = post(HELLO | {"stdin": "in"}, pool)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["stdout"], answer["stderr"], answer["success"]) == ("hello\n", "", True)
    assert answer["execution_time"] == 0.007
    assert (answer["exit_code"], answer["verdict"]) == (0, "accepted")
    (box,) = pool.boxes
    assert box.executed[-1].stdin == b"in"
    assert box.files == {"/app/solution.py": b"print(1)"}
    assert box.destroyed
    assert pool.closed


def test_stdin_may_be_left_out() -> None:
    assert post({"code": "", "language": "python"}).status_code == 200


def test_a_failing_program_is_an_answer_and_not_an_error() -> None:
    response = post(HELLO, Pool(lambda _: ended(exit_code=3, stderr=b"oh")))
    answer = response.json()
    assert (response.status_code, answer["success"], answer["exit_code"]) == (200, False, 3)
    assert (answer["verdict"], answer["stderr"]) == ("runtime-error", "oh")
    assert "exit code 3" in answer["reason"]


def test_a_timeout_is_told_in_stderr() -> None:
    over = ended(how=Ended.WALL_LIMIT, stdout=b"so far", wall_ms=30_001)
    answer = post(HELLO, Pool(lambda _: over)).json()
    assert (answer["success"], answer["exit_code"], answer["execution_time"]) == (False, -1, 30.0)
    assert answer["stdout"] == "so far"
    assert "timed out after 30 seconds" in answer["stderr"]


def test_a_compile_error_carries_the_compilers_message() -> None:
    refuse = ended(exit_code=1, stderr=b"line 1: no")
    answer = post(HELLO | {"language": "cpp"}, Pool(lambda _: refuse)).json()
    assert (answer["verdict"], answer["stderr"], answer["stdout"]) == (
        "compile-error",
        "line 1: no",
        "",
    )


def test_output_that_is_not_utf8_is_shown_escaped() -> None:
    assert post(HELLO, Pool(lambda _: ended(stdout=b"\xff"))).json()["stdout"] == "\\xff"


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    document = is_problem(post(HELLO | {"language": "cobol"}), 422, "invalid-value")
    assert document["field"] == "language"
    assert "'cobol'" in document["detail"]
    assert all(language.value in document["detail"] for language in Language)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"language": "python"}, "code"),
        ({"code": 5, "language": "python"}, "code"),
        (HELLO | {"langauge": "c"}, "langauge"),
        ([], "body"),
        (7, "body"),
    ],
)
def test_an_invalid_body_is_refused_with_the_fields_name(body: Any, named: str) -> None:
    document = is_problem(post(body), 422, "invalid-request")
    assert named in [error["field"] for error in document["errors"]]


def test_half_a_surrogate_pair_does_no_harm() -> None:
    headers = {"content-type": "application/json"}
    text = '{"code": "\\ud800", "language": "\\udfff"}'
    response = call(lambda client: client.post("/api/run", content=text, headers=headers))
    is_problem(response, 422, "invalid-value")
    response = call(
        lambda client: client.post(
            "/api/run", content=text.replace("\\udfff", "python"), headers=headers
        )
    )
    assert response.status_code == 200


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\xff"])
def test_a_body_that_is_not_json_is_refused(text: str) -> None:
    headers = {"content-type": "application/json"}
    content = text.encode("latin-1")
    response = call(lambda client: client.post("/api/run", content=content, headers=headers))
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (HELLO | {"code": "x" * (MAX_CODE_BYTES + 1)}, "code"),
        (HELLO | {"code": "ü" * (MAX_CODE_BYTES // 2 + 1)}, "code"),
        (HELLO | {"stdin": "x" * (MAX_STDIN_BYTES + 1)}, "stdin"),
    ],
)
def test_too_long_a_field_is_refused_before_anything_is_started(body: Any, field: str) -> None:
    pool = Pool(says_hello)
    assert is_problem(post(body, pool), 413, "too-large")["field"] == field
    assert not pool.boxes


def test_the_longest_code_and_stdin_are_accepted_however_json_writes_them() -> None:
    body = HELLO | {"code": "\0" * MAX_CODE_BYTES, "stdin": "\x01" * MAX_STDIN_BYTES}
    assert len(json.dumps(body)) < MAX_BODY_BYTES
    assert post(body).status_code == 200


def test_too_long_a_body_is_refused_whether_its_length_is_told_or_not() -> None:
    headers = {"content-type": "application/json"}
    large = b"x" * (MAX_BODY_BYTES + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 1 << 20):
            yield large[start : start + (1 << 20)]

    for content in (large, pieces()):
        response = call(
            lambda client, content=content: client.post(  # type: ignore[misc]
                "/api/run", content=content, headers=headers
            )
        )
        is_problem(response, 413, "too-large")


def test_a_platform_fault_asks_to_come_again_and_tells_nothing_of_the_machine() -> None:
    def fails(_: Program) -> Execution:
        raise PlatformFaultError("/run/carrel/secret-path broke")

    response = post(HELLO, Pool(fails))
    is_problem(response, 503, "platform-fault")
    assert int(response.headers["retry-after"]) > 0
    assert "secret-path" not in response.text


def test_a_missing_template_says_what_to_do() -> None:
    def fails(_: Program) -> Execution:
        raise TemplateError("template node has not been built yet: run `carrel template build`")

    document = is_problem(post(HELLO, Pool(fails)), 503, "template-missing")
    assert "carrel template build" in document["detail"]


def test_an_unexpected_error_is_answered_without_its_traceback() -> None:
    def fails(_: Program) -> Execution:
        raise ZeroDivisionError("inner detail")

    response = post(HELLO, Pool(fails))
    is_problem(response, 500, "internal-error")
    assert "inner detail" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_every_error_of_carrel_has_a_status_of_its_own_choice() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CarrelError)
    ]
    assert len(kinds) > 5
    values: dict[type[errors.CarrelError], tuple[Any, ...]] = {
        errors.InvalidValueError: ("f", 1, "give 2"),
        errors.TooLargeError: ("f", 2, 1),
        errors.BusyError: ("words", 7),
    }
    expected = {
        errors.CarrelError: 500,
        errors.InvalidValueError: 422,
        errors.TooLargeError: 413,
        errors.SignInRequiredError: 401,
        errors.NotAllowedError: 403,
        errors.NotFoundError: 404,
        errors.ConflictError: 409,
        errors.TooManyRequestsError: 429,
    }
    for kind in kinds:
        error = kind(*values.get(kind, ("words",)))
        assert problem_of(error).status == expected.get(kind, 503), kind


def test_every_answer_has_the_security_headers() -> None:
    async def requests(client: httpx.AsyncClient) -> httpx.Response:
        for response in (
            await client.get("/health"),
            await client.get("/nowhere"),
            await client.post("/api/run", content="x"),
            await client.get("/health", headers={"host": "evil.example"}),
        ):
            for name, value in (SECURITY_HEADERS | DEFAULT_HEADERS).items():
                assert response.headers[name] == value
        return response

    call(requests)


def test_an_unknown_path_and_method_are_problems_too() -> None:
    is_problem(call(lambda client: client.get("/nowhere")), 404, "not-found")
    response = call(lambda client: client.get("/api/run"))
    is_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


def test_health_tells_isolation_templates_and_warm_sandboxes() -> None:
    async def when_warm(client: httpx.AsyncClient) -> httpx.Response:
        while True:
            response = await client.get("/health")
            if response.json()["templates"]["rust"]["warm"]:
                return response
            await asyncio.sleep(0)

    response = call(when_warm)
    report = response.json()
    assert (response.status_code, report["status"]) == (200, "ok")
    assert (report["isolation"], report["version"]) == ("none", "1.2.3")
    assert report["templates"]["code-interpreter"] == {
        "built": True,
        "languages": ["python"],
        "warm": 1,
    }
    covered = {name for found in report["templates"].values() for name in found["languages"]}
    assert covered == {language.value for language in Language}


def test_programs_run_while_templates_are_still_being_warmed() -> None:
    async def main() -> None:
        pool = ColdPool(says_hello)
        async with calling(pool) as client:
            answer = await client.post("/api/run", json=HELLO)
            assert answer.json()["stdout"] == "hello\n"
            assert (await client.get("/health")).json()["status"] == "ok"
            assert pool.warm == {"base": 0}
        assert pool.closed

    asyncio.run(main())


def test_health_is_degraded_without_a_template_and_down_without_all() -> None:
    partly = call(lambda client: client.get("/health"), is_built=lambda name: name == "node")
    assert (partly.status_code, partly.json()["status"]) == (200, "degraded")
    down = call(lambda client: client.get("/health"), is_built=lambda _: False)
    assert (down.status_code, down.json()["status"]) == (503, "down")


def test_who_comes_to_a_full_queue_is_told_to_come_again() -> None:
    async def main() -> None:
        pool = SlowPool(says_hello)
        async with calling(pool, running=1, waiting=1) as client:
            first = asyncio.create_task(client.post("/api/run", json=HELLO))
            second = asyncio.create_task(client.post("/api/run", json=HELLO))
            while (await client.get("/health")).json()["waiting"] < 1:  # noqa: ASYNC110
                await asyncio.sleep(0)
            refused = await client.post("/api/run", json=HELLO)
            assert "retry-after" in refused.headers
            is_problem(refused, 503, "busy")
            pool.go.set()
            assert [(await task).status_code for task in (first, second)] == [200, 200]

    asyncio.run(main())


def test_a_caller_who_goes_away_ends_the_run() -> None:
    async def main() -> None:
        pool = SlowPool(says_hello)
        app = app_over(pool)
        async with app.router.lifespan_context(app):
            parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            sent: list[Any] = []
            parts.put_nowait(
                {"type": "http.request", "body": json.dumps(HELLO).encode(), "more_body": False}
            )
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/api/run",
                "raw_path": b"/api/run",
                "query_string": b"",
                "root_path": "",
                "scheme": "http",
                "http_version": "1.1",
                "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
            }

            async def send(message: Any) -> None:
                sent.append(message)

            serving = asyncio.create_task(app(scope, parts.get, send))
            while not pool.boxes:  # noqa: ASYNC110
                await asyncio.sleep(0)
            assert not pool.boxes[0].destroyed
            parts.put_nowait({"type": "http.disconnect"})
            await serving
            assert pool.boxes[0].destroyed

    asyncio.run(main())
