"""The reference of the library names all there is, and errors by their real parents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import carrel

pytestmark = pytest.mark.quick

PAGE = (Path(__file__).parents[2] / "docs/reference/python.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", carrel.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"`(carrel\.)?{name}\b", PAGE)


def test_every_name_that_the_reference_imports_is_public() -> None:
    lines = re.findall(r"from carrel import (.+)", PAGE)
    names = {name.strip() for line in lines for name in line.split(",")}
    assert names <= set(carrel.__all__)


def test_the_table_of_errors_is_complete_and_true() -> None:
    rows = re.findall(r"^\| `(\w+Error)` \|.*\| (?:`(\w+)`)? ?\|$", PAGE, re.MULTILINE)
    public = {name for name in carrel.__all__ if name.endswith("Error")}
    assert {name for name, _ in rows} == public - {"CarrelError"}
    for name, parent in rows:
        bases = {base.__name__ for base in getattr(carrel, name).__mro__}
        assert {"CarrelError", parent or name} <= bases, name
