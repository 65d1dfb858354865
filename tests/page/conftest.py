"""A real server and Debian's Chromium for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from carrel.testing.browser import OpenPage, chromium, visiting
from carrel.testing.serving import serving


@pytest.fixture(scope="module")
def server_url(sandboxes: Path) -> Iterator[str]:
    """Serve the playground, for one module."""
    del sandboxes  # its settings are inherited
    with serving() as running:
        yield running.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, server_url: str) -> OpenPage:
    """Return what opens a place of the server for a new visitor."""
    return partial(visiting, browser, server_url)
