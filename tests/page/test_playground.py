"""The playground in a real browser, against a real server with real sandboxes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from carrel.testing.browser import SIZES, THEMES, OpenPage, violations

MOST_JAVASCRIPT = 350_000


def status(page: Page) -> Locator:
    return page.locator(".console-status")


def output(page: Page) -> Locator:
    return page.get_by_role("region", name="Output")


def write(page: Page, code: str) -> None:
    """Replace the program by typing, as a person does."""
    page.get_by_role("textbox", name="Program", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)


def run_greeting(page: Page) -> None:
    """Run the first example, which asks for a name, and answer it."""
    page.get_by_role("button", name="Run").click()
    expect(output(page)).to_contain_text("What is your name?")
    page.get_by_label("Input for the program").fill("Ada")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("Finished in")


def test_a_visitor_runs_the_first_program_with_one_click(open_page: OpenPage) -> None:
    with open_page("/") as page:
        run_greeting(page)
        expect(output(page)).to_contain_text("What is your name? Ada\nHello, Ada!")
        assert page.url.endswith("/play")


def test_a_program_is_written_and_run_without_a_mouse_and_kept(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        write(page, "print(6 * 7)")
        page.keyboard.press("Control+Enter")
        expect(output(page)).to_have_text("42\n")
        page.reload()
        expect(page.get_by_role("textbox", name="Program", exact=True)).to_contain_text(
            "print(6 * 7)"
        )
        page.get_by_role("button", name="Start the example anew").click()
        expect(page.get_by_role("textbox", name="Program", exact=True)).to_contain_text(
            "What is your name?"
        )


def test_tab_indents_and_escape_then_tab_leaves_the_editor(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        editor = page.get_by_role("textbox", name="Program", exact=True)
        write(page, "pass")
        page.keyboard.press("Home")
        page.keyboard.press("Tab")
        expect(editor).to_be_focused()
        expect(editor).to_contain_text("    pass")
        expect(editor).to_have_accessible_description("Escape, then Tab leaves the editor")
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(editor).not_to_be_focused()


def test_how_a_program_failed_is_said(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        write(page, "import sys\nprint('before')\nsys.exit('<b>wrong</b>')")
        page.keyboard.press("Control+Enter")
        expect(output(page)).to_contain_text("<b>wrong</b>")
        expect(output(page).locator(".stderr")).to_contain_text("wrong")
        expect(status(page)).to_contain_text("✗")
        page.get_by_label("Language").select_option("C++")
        write(page, "int main() { return x; }")
        page.keyboard.press("Control+Enter")
        expect(output(page)).to_contain_text("was not declared")
        expect(status(page)).to_contain_text("✗")


def test_a_program_talks_while_it_runs_and_can_be_stopped(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        write(page, "while True:\n    print('you said', input())")
        page.keyboard.press("Control+Enter")
        line = page.get_by_label("Input for the program")
        expect(line).to_be_focused()
        page.keyboard.type("one")
        page.keyboard.press("Enter")
        expect(output(page)).to_contain_text("you said one")
        page.keyboard.type("two")
        page.keyboard.press("Enter")
        expect(output(page)).to_have_text("one\nyou said one\ntwo\nyou said two\n")
        page.get_by_role("button", name="Stop").click()
        expect(status(page)).to_contain_text("Stopped")
        expect(line).to_be_hidden()
        page.get_by_role("textbox", name="Program", exact=True).focus()
        page.keyboard.press("Control+Enter")
        expect(line).to_be_focused()
        page.keyboard.press("Control+d")
        expect(output(page)).to_contain_text("EOFError")
        expect(page.get_by_role("textbox", name="Program", exact=True)).to_be_focused()


def test_the_repl_keeps_its_variables_until_it_is_reset(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        page.get_by_role("tab", name="REPL").click()
        page.get_by_role("button", name="Start Python").click()
        prompt = page.get_by_label("Python code")
        told = page.get_by_role("log")
        expect(prompt).to_be_focused()
        page.keyboard.type("answer = 6 * 7")
        page.keyboard.press("Enter")
        page.keyboard.type("answer")
        page.keyboard.press("Enter")
        expect(told).to_contain_text("42")
        page.keyboard.type("for i in range(2):\n    print('row', i)\n\n")
        expect(told).to_contain_text("row 1")
        page.keyboard.type("print('Hi', input('name? '))\n")
        expect(page.get_by_label("Answer for the program")).to_be_visible()
        page.keyboard.type("Ada\n")
        expect(told).to_contain_text("Hi Ada")
        assert violations(page) == []
        expect(page.get_by_role("status")).to_have_text("Ready")
        page.keyboard.type("while True: pass\n\n")
        page.get_by_role("button", name="Interrupt").click()
        expect(told).to_contain_text("KeyboardInterrupt")
        page.get_by_role("button", name="Reset").click()
        expect(told).to_contain_text("all variables are gone")
        prompt.fill("answer")
        page.keyboard.press("Enter")
        expect(told).to_contain_text("NameError")


def test_a_server_that_is_gone_is_told_from_a_wrong_program(open_page: OpenPage) -> None:
    with open_page("/play", expected=("ERR_INTERNET_DISCONNECTED",)) as page:
        button = page.get_by_role("button", name="Run")
        expect(button).to_be_enabled()
        page.context.set_offline(True)
        button.click()
        expect(status(page)).to_contain_text("The server does not answer")
        page.context.set_offline(False)
        run_greeting(page)


def test_a_flood_of_output_stays_bounded(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        write(page, "for i in range(30_000): print(i)")
        page.keyboard.press("Control+Enter")
        expect(status(page)).to_contain_text("Finished in")
        expect(page.get_by_text("28,000 earlier lines are not shown")).to_be_visible()
        expect(output(page)).to_contain_text("29999")


def test_the_page_speaks_german_and_keeps_it(open_page: OpenPage) -> None:
    with open_page("/play", locale="de-DE") as page:
        expect(page.get_by_role("button", name="Ausführen")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "de"
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("button", name="Run")).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name="Run")).to_be_visible()


def test_the_theme_follows_the_system_until_one_is_chosen(open_page: OpenPage) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with open_page("/play", color_scheme="dark") as page:
        expect(page.get_by_role("button", name="Light theme")).to_be_visible()
        dark = page.evaluate(paper)
        page.get_by_role("button", name="Light theme").click()
        assert page.evaluate(paper) != dark
        page.reload()
        expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
        assert page.evaluate(paper) != dark


@pytest.mark.parametrize("theme", THEMES)
def test_the_playground_is_accessible_at_every_size(open_page: OpenPage, theme: str) -> None:
    with open_page("/play", color_scheme=theme) as page:
        for size in SIZES.values():
            page.set_viewport_size(size)
            run_greeting(page)
            assert violations(page) == []
            if page.get_by_role("tab", name="Editor").count():
                page.get_by_role("tab", name="Editor").click()
                assert violations(page) == []


def test_nothing_is_cut_off_at_320_pixels(open_page: OpenPage) -> None:
    with open_page("/play", viewport={"width": 320, "height": 640}) as page:
        expect(page.get_by_role("tab", name="Editor")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        for control in page.locator("button:visible, select:visible, [role=tab]:visible").all():
            box = control.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24, control.inner_text()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320, control.inner_text()


def test_without_javascript_the_page_says_so(open_page: OpenPage) -> None:
    with open_page("/play", java_script_enabled=False) as page:
        expect(page.locator(".no-script")).to_be_visible()
        expect(page.get_by_text("This page has not started")).to_be_hidden()


def test_blocked_files_are_said_and_an_unknown_place_too(open_page: OpenPage) -> None:
    with open_page("/play", expected=("ERR_FAILED",)) as page:
        page.route(re.compile(r"/assets/index-.*\.js"), lambda route: route.abort())
        page.reload()
        expect(page.get_by_text("This page has not started")).to_be_visible()
    with open_page("/courses/nowhere/at/all") as page:
        expect(page.get_by_role("heading", name="There is no such place")).to_be_visible()
        page.get_by_role("link", name="Go to the start").click()
        run_greeting(page)


def test_the_first_visit_loads_no_more_javascript_than_agreed(open_page: OpenPage) -> None:
    with open_page("/play") as page:
        expect(page.get_by_role("button", name="Run")).to_be_visible()
        page.wait_for_load_state("networkidle")
        sizes = page.evaluate(
            "performance.getEntriesByType('resource')"
            ".filter(entry => entry.name.endsWith('.js')).map(entry => entry.encodedBodySize)"
        )
        assert 0 < sum(sizes) <= MOST_JAVASCRIPT, sizes
