from __future__ import annotations

from pathlib import Path

import pytest

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB
from carrel.languages.registry import SPECS, Language, language_of_file, parse_language
from carrel.languages.spec import heap_bytes
from carrel.sandbox.recipes import recipe_names, recipes_directory

pytestmark = pytest.mark.quick

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "languages.md"


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("python", Language.PYTHON),
        ("javascript", Language.JAVASCRIPT),
        ("java", Language.JAVA),
        ("cpp", Language.CPP),
        ("c", Language.C),
        ("C++", Language.CPP),
        ("py", Language.PYTHON),
        ("node", Language.JAVASCRIPT),
        ("ts", Language.TYPESCRIPT),
        ("golang", Language.GO),
        ("Rust", Language.RUST),
        ("sh", Language.BASH),
        ("sqlite", Language.SQL),
        ("R", Language.R),
    ],
)
def test_a_language_is_known_by_its_common_names(name: str, language: Language) -> None:
    assert Language(name) is language
    assert parse_language(name) is language


@pytest.mark.parametrize("name", ["", "cobol", "py thon", None, 3])
def test_an_unknown_language_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(
        InvalidValueError,
        match="python, javascript, java, cpp, c, typescript, go, rust, bash, sql, r",
    ) as caught:
        parse_language(name)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    ("file", "language"),
    [
        ("a/b.py", Language.PYTHON),
        ("X.JAVA", Language.JAVA),
        ("x.cc", Language.CPP),
        ("x.c", Language.C),
        ("x.js", Language.JAVASCRIPT),
        ("x.ts", Language.TYPESCRIPT),
        ("x.go", Language.GO),
        ("x.rs", Language.RUST),
        ("x.sh", Language.BASH),
        ("x.sql", Language.SQL),
        ("x.R", Language.R),
        ("x.txt", None),
        ("py", None),
    ],
)
def test_a_file_name_tells_its_language(file: str, language: Language | None) -> None:
    assert language_of_file(file) is language


def test_names_and_extensions_belong_to_one_language_each() -> None:
    names = [name for spec in SPECS.values() for name in (spec.name, *spec.aliases)]
    extensions = [extension for spec in SPECS.values() for extension in spec.extensions]
    assert len(names) == len(set(names))
    assert len(extensions) == len(set(extensions))


def test_every_language_stands_on_its_page_with_its_names_files_and_template() -> None:
    rows = {
        row.split("|")[2].strip(" `"): row
        for row in PAGE.read_text(encoding="utf-8").splitlines()
        if row.startswith("| ")
    }
    for spec in SPECS.values():
        row = rows[spec.name]
        for word in (*spec.aliases, *spec.extensions, spec.template):
            assert f"`{word}`" in row, spec.name
        assert spec.title in row
        assert spec.template in recipe_names(recipes_directory())


def test_runtimes_leave_room_beside_their_heap() -> None:
    for memory in (16 * MIB, 64 * MIB, 256 * MIB, 4096 * MIB):
        assert 0 < heap_bytes(memory) < memory
