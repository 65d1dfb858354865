"""Pictures of every place of the page: `python -m carrel.testing.screenshots FOLDER`.

Each place is brought into the state that is worth a look, as a visitor would bring it there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from carrel.testing.browser import SIZES, THEMES, chromium, visiting
from carrel.testing.serving import serving

Walk = Callable[[Page], None]


def _write(page: Page, code: str) -> None:
    if page.get_by_role("tab", name="Editor").count():
        page.get_by_role("tab", name="Editor").click()
    page.get_by_role("textbox", name="Program", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)


def _first(page: Page) -> None:
    expect(page.get_by_role("textbox", name="Program", exact=True)).to_be_visible()


def _ran(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("region", name="Output")).to_contain_text("name?")
    page.get_by_label("Input for the program").fill("Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Finished in")


def _asked(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_label("Input for the program")).to_be_focused()


def _repl(page: Page) -> None:
    page.get_by_role("tab", name="REPL").click()
    page.get_by_role("button", name="Start Python").click()
    for code in ("words = 'the quick brown fox'.split()", "max(words, key=len)", "1 / 0"):
        page.get_by_label("Python code").fill(code)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Ready")


def _crashed(page: Page) -> None:
    _write(page, "numbers = [3, 1, 2]\n\nfor i in range(4):\n    print(numbers[i])\n")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("status")).to_contain_text("✗")


def _alone(page: Page) -> None:
    expect(page.get_by_role("button", name="Run")).to_be_enabled()
    page.context.set_offline(True)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("status")).to_contain_text("The server does not answer")


def _nowhere(page: Page) -> None:
    expect(page.get_by_role("heading")).to_be_visible()


PLACES: Mapping[str, tuple[str, Walk]] = {
    "playground": ("/play", _first),
    "playground-ran": ("/play", _ran),
    "playground-asked": ("/play", _asked),
    "repl": ("/play", _repl),
    "playground-crashed": ("/play", _crashed),
    "playground-offline": ("/play", _alone),
    "missing": ("/courses/nowhere/at/all", _nowhere),
}
"""The name of each picture, where it is taken, and what is done there before."""


def take(folder: Path, only: str = "") -> None:
    """Write the pictures whose names contain `only` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with serving() as server, chromium() as browser:
        for name, (place, walk) in PLACES.items():
            if only not in name:
                continue
            for size, viewport in SIZES.items():
                for theme in THEMES:
                    with visiting(
                        browser,
                        server.url,
                        place,
                        expected=("ERR_INTERNET_DISCONNECTED",),
                        viewport=viewport,
                        color_scheme=theme,
                    ) as page:
                        walk(page)
                        page.screenshot(path=folder / f"{name}-{size}-{theme}.png")


if __name__ == "__main__":
    take(Path(sys.argv[1]), *sys.argv[2:])
