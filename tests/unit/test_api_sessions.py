from __future__ import annotations

from http.cookies import SimpleCookie

import httpx
import pytest
from starlette.requests import Request

from carrel.accounts.types import User
from carrel.api.cookies import address_of
from carrel.api.statements import kept_statement_html, statement_html
from carrel.testing.platform import PASSWORD, Platform
from carrel.testing.web import BASE, asking

pytestmark = [pytest.mark.quick, pytest.mark.anyio]


@pytest.fixture
async def ada(platform: Platform) -> User:
    user = await platform.person("Ada")
    await platform.accounts.set_password(user, PASSWORD)
    return user


async def sign_in(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post(
        "/api/v1/session", json={"login": "ada", "password": PASSWORD}, headers=headers
    )


def cookies_of(response: httpx.Response) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for header in response.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(header).items():
            found[name] = {key: str(value) for key, value in morsel.items() if value}
    return found


async def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(
    platform: Platform, ada: User
) -> None:
    async with asking(platform) as client:
        response = await sign_in(client, origin=BASE)
        assert response.json()["id"] == ada.id
        assert cookies_of(response) == {
            "carrel": {
                "path": "/",
                "max-age": "1209600",
                "httponly": "True",
                "samesite": "lax",
            }
        }
        assert (await client.get("/api/v1/me")).json()["login"] == "ada"
        gone = await client.delete("/api/v1/session")
        assert gone.status_code == 204
        assert {name: one["max-age"] for name, one in cookies_of(gone).items()} == {
            "carrel": "0",
            "__Host-carrel": "0",
        }
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_the_cookie_is_bound_to_the_host_where_the_page_came_by_https(
    platform: Platform, ada: User
) -> None:
    assert ada.login == "ada"
    async with asking(platform) as client:
        response = await sign_in(client, origin=BASE.replace("http:", "https:"))
    if response.status_code == 403:  # the server was not told that it is called by HTTPS
        pytest.fail(response.text)
    assert cookies_of(response)["__Host-carrel"]["secure"] == "True"


async def test_over_https_only_a_cookie_that_nobody_else_can_set_counts(
    platform: Platform, ada: User
) -> None:
    secret = (await platform.accounts.sign_in(ada.login, PASSWORD, "192.0.2.1")).session.secret
    https = {"x-forwarded-proto": "https"}
    expected = [
        ({"cookie": f"carrel={secret}", **https}, 401),
        ({"cookie": f"__Host-carrel={secret}", **https}, 200),
        ({"cookie": f"carrel=planted; __Host-carrel={secret}", **https}, 200),
        ({"cookie": f"carrel={secret}"}, 200),
    ]
    for headers, status in expected:
        async with asking(platform) as client:
            assert (await client.get("/api/v1/me", headers=headers)).status_code == status


async def test_signing_in_gives_another_session_and_ends_the_one_before(
    platform: Platform, ada: User
) -> None:
    """A session that somebody planted in the browser is worth nothing afterwards."""
    assert ada.login == "ada"
    async with asking(platform) as client:
        await sign_in(client)
        planted = client.cookies["carrel"]
        await sign_in(client)
        assert client.cookies["carrel"] != planted
        client.cookies.set("carrel", planted)
        client.cookies.delete("carrel", domain="127.0.0.1")
    async with asking(platform) as client:
        client.cookies.set("carrel", planted)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_sign_in_link_works_once(platform: Platform, ada: User) -> None:
    link = await platform.accounts.new_link(ada.id)
    async with asking(platform) as client:
        first = await client.post("/api/v1/session", json={"token": link.secret})
        again = await client.post("/api/v1/session", json={"token": link.secret})
    assert (first.status_code, again.status_code) == (200, 401)


@pytest.mark.parametrize(
    "body", [{}, {"login": "ada"}, {"password": PASSWORD}, {"login": "ada", "token": "x"}, {"x": 1}]
)
async def test_half_a_sign_in_is_refused_and_no_password_repeated(
    platform: Platform, body: dict[str, str]
) -> None:
    async with asking(platform) as client:
        response = await client.post("/api/v1/session", json=body)
    assert response.status_code == 422
    assert PASSWORD not in response.text


async def test_who_guesses_is_told_to_wait(platform: Platform, ada: User) -> None:
    assert ada.login == "ada"
    async with asking(platform) as client:
        for _ in range(10):
            body = {"login": "ada", "password": "a wrong password"}
            assert (await client.post("/api/v1/session", json=body)).status_code == 401
        response = await sign_in(client)
    assert (response.status_code, response.headers["retry-after"]) == (429, "900")


async def test_a_token_is_shown_once_and_revoked(platform: Platform, ada: User) -> None:
    async with asking(platform, ada) as client:
        made = (await client.post("/api/v1/me/tokens", json={"name": "laptop"})).json()
        listed = await client.get("/api/v1/me/tokens")
        assert made["token"] not in listed.text
        assert sorted(one["name"] for one in listed.json()["items"]) == ["laptop", "test"]
        async with asking(platform, token=made["token"]) as other:
            assert (await other.get("/api/v1/me")).status_code == 200
            await client.delete(f"/api/v1/me/tokens/{made['id']}")
            assert (await other.get("/api/v1/me")).status_code == 401


def request_from(host: str, forwarded: str = "") -> Request:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return Request({"type": "http", "client": (host, 1), "headers": headers})


@pytest.mark.parametrize(
    ("host", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_failures_are_counted_for_the_address_that_nobody_can_choose(
    host: str, forwarded: str, address: str
) -> None:
    assert address_of(request_from(host, forwarded)) == address


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>evil()</script>",
        '<img src="x" onerror="evil()">',
        '<a href="javascript:evil()">x</a>',
        '<a href="data:text/html,evil()">x</a>',
        "[x](<javascript:evil()>)",
        '<iframe src="https://evil.example"></iframe>',
        '<form action="https://evil.example"><input name="evil"></form>',
        "<style>evil{}</style>",
        '<svg><a xlink:href="javascript:evil()"><text>x</text></a></svg>',
        '<p style="evil" class="evil" id="evil">x</p>',
        "![x](https://evil.example/x.png)",
        '<img src="//evil.example/x.png">',
        '<math><annotation-xml encoding="text/html"><script>evil()</script></math>',
        '<a href="https://x" target="evil">x</a>',
    ],
)
def test_a_statement_does_nothing_by_itself(markdown: str) -> None:
    html = statement_html(markdown, {}, "/files")
    for word in (
        "evil.example",
        "evil()",
        "evil{}",
        'evil"',
        "<script",
        "<iframe",
        "<svg",
        "<form",
    ):
        assert word not in html.replace("[x](&lt;javascript:evil()&gt;)", "")


def test_a_statement_keeps_what_teachers_write() -> None:
    html = statement_html(
        "# T\n\n`a` **b** $x<1$\n\n```python\n1\n```\n\n| a |\n|---|\n| 1 |\n\n![p](./d/p.png)\n",
        {"d/p.png": "d/p.png"},
        "/files",
    )
    for part in (
        "<h1>T</h1>",
        "<code>a</code>",
        "<strong>b</strong>",
        '<span class="math inline">x&lt;1</span>',
        '<code class="language-python">',
        "<td>1</td>",
        'src="/files/d/p.png"',
    ):
        assert part in html


async def test_a_kept_statement_belongs_to_its_files_and_its_place() -> None:
    markdown = "![x](a.png)"
    for assets in ({"a.png"}, set[str]()):
        for base in ("/one", "/two"):
            for _ in range(2):  # made, then kept
                html = await kept_statement_html(markdown, assets, base)
                assert html == statement_html(markdown, assets, base)
