"""The page's routes, over a small built page."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import httpx
import pytest

from carrel.api.page import PLACES, Page, page_directory
from carrel.bootstrap.web import create_playground
from carrel.bootstrap.worker import open_worker
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Execution, Program
from carrel.testing.sandboxes import FakePool

pytestmark = pytest.mark.quick

SCRIPT = b"console.log('carrel')\n"
HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        '<html><base href="./" /><meta nonce="CARREL-NONCE" content="CARREL-NONCE" /></html>'
    )
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "assets/index-abc.js").write_bytes(SCRIPT)
    (tmp_path / "assets/index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "assets/inter.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.txt").write_text("not a file of the page")
    return tmp_path


class IdlePool(FakePool):
    """The page needs no sandbox."""

    async def close(self) -> None:
        assert not self.boxes


def _no_program(_: Program) -> Execution:
    raise AssertionError


def get(
    page: Page | None, *paths: str, headers: dict[str, str] | None = None, root_path: str = ""
) -> list[httpx.Response]:
    """Return the answers to some GET requests."""

    async def open_pool() -> SandboxPool:
        return IdlePool(_no_program).as_pool()

    async def ask() -> list[httpx.Response]:
        app = create_playground(
            lambda: open_worker(open_pool, is_built=lambda _: False), version="0", page=page
        )
        transport = httpx.ASGITransport(app, root_path=root_path)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url="http://localhost", headers={"Accept-Encoding": ""}
            ) as client,
        ):
            return [await client.get(path, headers=headers) for path in paths]

    return asyncio.run(ask())


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_the_page(folder: Path, place: str) -> None:
    path = place.replace("{path:path}", "asg_1/attempts")
    [answer] = get(Page.load(folder), path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "base"),
    [("/play", "./"), ("/courses/crs_1", "../"), ("/courses/crs_1/members", "../../")],
)
def test_the_page_finds_the_root_from_every_depth(folder: Path, path: str, base: str) -> None:
    [answer] = get(Page.load(folder), path)
    assert f'<base href="{base}" />' in answer.text
    [answer] = get(Page.load(folder), f"/prefix{path}", root_path="/prefix")
    assert f'<base href="{base}" />' in answer.text


def test_styles_need_the_nonce_of_this_answer_and_scripts_a_file(folder: Path) -> None:
    first, second = get(Page.load(folder), "/play", "/play")
    nonces = [re.findall(r'"([\w-]{20,})"', answer.text) for answer in (first, second)]
    assert len({*nonces[0], *nonces[1]}) == 2
    policy = first.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{nonces[0][0]}'" in policy
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_files_with_hashed_names_are_cached_for_ever_and_come_compressed(folder: Path) -> None:
    page = Page.load(folder)
    [plain] = get(page, "/assets/index-abc.js")
    [packed] = get(page, "/assets/index-abc.js", headers={"Accept-Encoding": "br, gzip"})
    assert plain.content == packed.content == SCRIPT
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "default-src 'none'" in plain.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["/assets/other.js", "/assets/..%2fsecret.txt", "/assets/%2e%2e/secret.txt", "/secret.txt"],
)
def test_only_files_of_the_page_are_served(folder: Path, path: str) -> None:
    [answer] = get(Page.load(folder), path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_root_is_the_page_for_a_browser_and_text_for_a_program(folder: Path) -> None:
    [browser] = get(Page.load(folder), "/", headers=HTML)
    [program] = get(Page.load(folder), "/")
    assert "<html>" in browser.text
    assert program.text.startswith("carrel playground")


def test_the_page_begins_where_the_server_is_for(folder: Path) -> None:
    html = '<meta name="carrel-start" content="/play" />'
    (folder / "index.html").write_text(html, encoding="utf-8")
    page = Page.load(folder)
    assert page is not None
    assert html in bytes(page.html("/", start="/play").body).decode()
    assert 'content="/courses"' in bytes(page.html("/", start="/courses").body).decode()


def test_a_page_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    assert Page.load(tmp_path) is None
    place, root = get(None, "/play", "/", headers=HTML)
    assert place.status_code == 503
    assert "scripts/setup" in place.json()["detail"]
    assert root.status_code == 200


def test_a_checkout_serves_what_setup_has_built() -> None:
    assert page_directory() == Path(__file__).parents[2] / "web/dist"
