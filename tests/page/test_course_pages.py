"""A student's way from the invitation to full points, in a real browser."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from carrel.testing.browser import SIZES, THEMES, OpenPage, violations, visiting
from carrel.testing.serving import ServerProcess

EXERCISE = Path(__file__).parents[2] / "examples/sum-two-numbers"
PASSWORD = "a long enough secret"  # noqa: S105 - of an account that lives as long as the test
MOST_JAVASCRIPT = {"course": 170_000, "working": 350_000}
SIGNED_OUT = ("401",)
"""What the console says of the question who is signed in, where nobody is."""


@dataclass(frozen=True)
class Course:
    title: str
    invitation: str


def post(page: Page, path: str, body: Any) -> Any:
    """Ask the server as whoever is signed in on a page."""
    return page.evaluate(
        """async ([path, body]) => {
            const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
            const zip = body instanceof Object ? null : bytes(body)
            const answer = await fetch(path, {
                method: 'POST',
                headers: {'Content-Type': zip === null ? 'application/json' : 'application/zip'},
                body: zip ?? JSON.stringify(body),
            })
            if (!answer.ok) throw new Error(await answer.text())
            return answer.json()
        }""",
        [f"/api/v1/{path}", body],
    )


def archive_of(folder: Path) -> str:
    """Return a folder as a zip archive, in base64."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return base64.b64encode(data.getvalue()).decode()


@pytest.fixture(scope="module")
def course(browser: Browser, server: ServerProcess) -> Iterator[Course]:
    """Make a course with an assignment, as the administrator who follows the link to sign in."""
    place = f"/sign-in#token={server.sign_in}"
    with visiting(browser, server.url, place, expected=SIGNED_OUT) as page:
        expect(page.get_by_role("heading", name="My courses")).to_be_visible()
        assert "token" not in page.url
        made = post(page, "courses", {"title": "Programming 1"})
        published = post(page, f"courses/{made['id']}/exercises", archive_of(EXERCISE))
        version = published["exercise_version"]["id"]
        post(
            page,
            f"courses/{made['id']}/assignments",
            {"exercise_version": version, "max_attempts": 5},
        )
        invited = post(page, f"courses/{made['id']}/invitations", {"role": "student"})
        yield Course("Programming 1", invited["code"])


def join(page: Page, name: str) -> None:
    """Make an account by the invitation whose page is open."""
    expect(page.get_by_role("heading", name="Join Programming 1")).to_be_visible()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("User name").fill(name.lower())
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Join the course").click()
    expect(page.get_by_role("heading", name="My courses")).to_be_visible()


def write(page: Page, code: str) -> None:
    """Replace the program by typing, as a person does."""
    page.get_by_role("textbox", name="Program", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)


def javascript_of(page: Page) -> int:
    """Return how many bytes of JavaScript this document has loaded, compressed."""
    page.wait_for_load_state("networkidle")
    size: int = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(entry => entry.name.endsWith('.js'))"
        ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
    )
    return size


def test_a_student_joins_fails_and_gets_full_points(open_page: OpenPage, course: Course) -> None:
    with open_page(f"/join#{course.invitation}", expected=SIGNED_OUT) as page:
        join(page, "Ada")
        assert course.invitation not in page.url
        page.get_by_role("link", name=course.title).click()
        expect(page.get_by_text("not begun").first).to_be_visible()
        page.reload()
        expect(page.get_by_role("link", name="Begin")).to_be_visible()
        assert javascript_of(page) <= MOST_JAVASCRIPT["course"]
        page.get_by_role("link", name="Begin").click()
        expect(page.get_by_text("5 of 5 attempts left")).to_be_visible()

        write(page, "a, b = map(int, input().split())\nprint(a - b)\n")
        page.keyboard.press("Control+Shift+Enter")
        results = page.get_by_role("tabpanel", name="Results")
        expect(results).to_contain_text("Graded: 1 of 5 points")
        first = results.get_by_role("listitem").first
        expect(first.locator(".diff-line.expected")).to_contain_text("11")
        expect(first.locator(".diff-line.actual mark")).to_have_text("-3")
        expect(results).to_contain_text("hidden test 1")
        expect(page.get_by_text("4 of 5 attempts left")).to_be_visible()

        write(page, "a, b = map(int, input().split())\nprint(a + b)\n")
        page.get_by_role("button", name="Submit").click()
        expect(results).to_contain_text("Everything is right")
        page.get_by_role("tab", name="Attempts").click()
        attempts = page.get_by_role("tabpanel", name="Attempts")
        expect(attempts).to_contain_text("5 of 5 points")
        attempts.get_by_role("button", name="Attempt 1").click()
        expect(results).to_contain_text("Graded: 1 of 5 points")

        page.reload()
        expect(page.get_by_role("textbox", name="Program", exact=True)).to_contain_text("a + b")
        expect(results).to_contain_text("Everything is right")
        assert javascript_of(page) <= MOST_JAVASCRIPT["working"]
        page.get_by_role("link", name="Course", exact=True).click()
        expect(page.get_by_text("Everything is done that is open now")).to_be_visible()


def test_a_program_that_does_not_compile_leads_to_its_line(
    open_page: OpenPage, course: Course
) -> None:
    with open_page(f"/join#{course.invitation}", expected=SIGNED_OUT) as page:
        join(page, "Grace")
        page.get_by_role("link", name=course.title).click()
        page.get_by_role("link", name="Begin").click()
        write(page, "a = 1\n\nprint(a + \n")
        page.get_by_role("button", name="Submit").click()
        results = page.get_by_role("tabpanel", name="Results")
        expect(results).to_contain_text("The program does not compile")
        results.get_by_role("button", name="line 3").first.click()
        expect(page.get_by_role("textbox", name="Program", exact=True)).to_be_focused()
        expect(page.locator(".cm-activeLine")).to_contain_text("print(a +")
        expect(page.locator(".cm-marked-line")).to_contain_text("print(a +")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            for size in SIZES.values():
                page.set_viewport_size(size)
                assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_signing_in_says_what_is_wrong_and_leads_back(open_page: OpenPage, course: Course) -> None:
    with open_page(f"/join#{course.invitation}", expected=SIGNED_OUT) as page:
        join(page, "Alan")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.get_by_role("link", name="carrel").wait_for()
        page.goto(re.sub(r"/sign-in.*", "/courses", page.url))
        page.get_by_label("User name").fill("alan")
        page.get_by_label("Password").fill("not the right one")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
        assert violations(page) == []
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=course.title)).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name=course.title).click()
        expect(page.get_by_role("link", name="Begin")).to_be_visible()
        assert violations(page) == []


def test_what_is_not_there_or_not_for_one_says_the_same(
    open_page: OpenPage, course: Course
) -> None:
    with open_page("/join#nothing", expected=("404", "422", *SIGNED_OUT)) as page:
        expect(page.get_by_role("alert")).not_to_be_empty()
        page.get_by_label("Invitation code").fill(course.invitation)
        page.keyboard.press("Enter")
        join(page, "Edsger")
        page.goto(page.url + "/crs_nothing")
        expect(page.get_by_role("heading", name="There is no such place")).to_be_visible()
        assert violations(page) == []
