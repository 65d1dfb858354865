"""The examples in the library's reference do what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/reference/python.md"


@pytest.mark.usefixtures("nothing_left")
def test_the_examples_of_the_reference_are_true(capsys: pytest.CaptureFixture[str]) -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried > 30) == (0, True), capsys.readouterr().out
