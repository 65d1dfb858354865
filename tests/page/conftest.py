"""A real server and Debian's Chromium for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from carrel.testing.browser import OpenPage, chromium, visiting
from carrel.testing.serving import ServerProcess, serving


@pytest.fixture(scope="module")
def server(sandboxes: Path) -> Iterator[ServerProcess]:
    """Serve the playground and the courses, for one module."""
    del sandboxes  # its settings are inherited
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for one module: while it lives, its event loop runs in this thread.

    A test of another module that calls `asyncio.run` after it would be refused.
    """
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, server: ServerProcess) -> OpenPage:
    """Return what opens a place of the server for a new visitor."""
    return partial(visiting, browser, server.url)
