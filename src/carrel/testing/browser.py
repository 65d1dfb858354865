"""Debian's Chromium, and pages in it that are watched for what the page must never do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE_MS = 120_000
"""For events that come; a busy machine may take long, and nothing here measures it."""

SIZES = {
    "wide": ViewportSize(width=1440, height=900),
    "tablet": ViewportSize(width=820, height=1100),
    "phone": ViewportSize(width=390, height=844),
}
"""The windows in which every place is looked at."""

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_AXE = Path(__file__).parents[3] / "web/node_modules/axe-core/axe.min.js"
_AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

OpenPage = Callable[..., AbstractContextManager[Page]]
"""Opens a place for a new visitor; takes what `visiting` takes after the address."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it with the block."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: Browser, url: str, place: str, *, expected: Collection[str] = (), **options: Any
) -> Iterator[Page]:
    """Open a place of the server at `url` for a new visitor, who leaves with the block.

    Raises AssertionError then for whatever went wrong meanwhile: a request to another server,
    an error, or a warning of the console that contains none of `expected`. `options` are those
    of Playwright's browser context.
    """
    settings: dict[str, Any] = {"viewport": SIZES["wide"], "locale": "en-GB"} | options
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        serious = message.type in ("error", "warning")
        if serious and not any(text in message.text for text in expected):
            wrong.append(f"the console says: {message.text}")

    def on_request(request: Request) -> None:
        if urlsplit(request.url)[:2] != urlsplit(url)[:2]:
            wrong.append(f"a request goes elsewhere: {request.url[:200]}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: wrong.append(f"the page fails: {error}"))
    page.on("request", on_request)
    try:
        page.goto(url + place)
        yield page
    finally:
        context.close()
    if wrong:
        raise AssertionError("\n".join(wrong))


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands, a text for each element."""
    # Not by a script element, which the page's policy refuses.
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", _AXE_RULES)
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
