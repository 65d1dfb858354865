"""Every test that a page promises is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def named(pattern: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for found in re.findall(pattern, page.read_text(encoding="utf-8")):
            yield page, found


def test_every_test_file_that_a_page_names_exists() -> None:
    paths = list(named(r"`(tests/[\w/]+\.py)"))
    assert len(paths) > 10
    missing = [
        f"{page.relative_to(ROOT)}: {path}" for page, path in paths if not (ROOT / path).is_file()
    ]
    assert missing == []


def test_every_numbered_test_that_a_page_names_exists() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    names = list(named(r"`(test_\d\d_\w+)`"))
    assert names
    missing = [
        f"{page.relative_to(ROOT)}: {name}" for page, name in names if f"def {name}(" not in tests
    ]
    assert missing == []
