from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from carrel.core.errors import InvalidValueError, PrivilegeError, TemplateError
from carrel.sandbox.debian_sources import debian_lines
from carrel.sandbox.npm_lock import check_lock
from carrel.sandbox.recipes import load_recipe, recipe_names, recipes_directory
from carrel.sandbox.templates import TemplateStore

pytestmark = pytest.mark.quick

RECIPE = 'summary = "A tiny one"\nsuite = "bookworm"\npackages = ["make"]\n'


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "tiny").mkdir(parents=True)
    (folder / "_all").mkdir()
    (folder / "tiny" / "recipe.toml").write_text(RECIPE)
    (folder / "_all" / "trim.sh").write_text("true\n")
    return folder


@pytest.fixture
def store(tmp_path: Path, recipes: Path) -> TemplateStore:
    return TemplateStore(tmp_path / "home", recipes)


def place(home: Path, key: str) -> Path:
    """Put there what a build leaves."""
    folder = home / "templates" / "tiny" / key
    folder.mkdir(parents=True)
    (folder / "image.erofs").write_bytes(b"image")
    manifest = {
        "summary": "A tiny one",
        "suite": "bookworm",
        "packages": {"make": "4.3"},
        "image_bytes": 5,
        "image_sha256": "0" * 64,
        "built_at": "2025-01-01T00:00:00+00:00",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    current = folder.parent / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(key)
    return folder


def test_the_recipes_of_this_checkout_are_complete() -> None:
    folder = recipes_directory()
    assert recipe_names(folder) == ("base", "code-interpreter", "go", "node", "r", "rust")
    for name in recipe_names(folder):
        recipe = load_recipe(folder, name)
        assert recipe.suite in ("bookworm", "trixie")
        for npm in recipe.npm:
            check_lock(npm.lock)
        for wheels in recipe.wheels:
            pins = [line for line in wheels.requirements.read_text().splitlines() if "==" in line]
            assert pins
            assert "--hash=sha256:" in wheels.requirements.read_text()
            assert "://" not in wheels.requirements.read_text()


def test_an_unknown_template_is_refused_with_the_known_ones(store: TemplateStore) -> None:
    for ask in (store.get, store.build, store.remove, store.summary):
        with pytest.raises(InvalidValueError, match=r"template='huge' .* known templates are tiny"):
            ask("huge")


@pytest.mark.parametrize("name", ["../tiny", "_all", "", "tiny/", "Tiny"])
def test_a_name_is_no_path(store: TemplateStore, name: str) -> None:
    with pytest.raises(InvalidValueError):
        store.get(name)


def test_a_template_that_is_not_built_says_how_to_build_it(store: TemplateStore) -> None:
    with pytest.raises(TemplateError, match="carrel template build tiny"):
        store.get("tiny")
    assert store.list() == ()
    assert not store.is_built("tiny")
    assert not store.is_current("tiny")


def test_the_last_good_one_is_used_when_the_recipe_has_changed(
    tmp_path: Path, recipes: Path, store: TemplateStore
) -> None:
    key = store._key(load_recipe(recipes, "tiny"))
    folder = place(tmp_path / "home", key)
    assert store.get("tiny").image == folder / "image.erofs"
    assert store.get("tiny").packages == {"make": "4.3"}
    assert store.is_current("tiny")
    (recipes / "tiny" / "recipe.toml").write_text(RECIPE.replace("make", "gcc"))
    assert store.get("tiny").key == key
    assert not store.is_current("tiny")


@pytest.mark.parametrize("broken", ["image.erofs", "manifest.json"])
def test_half_a_template_counts_as_none(tmp_path: Path, store: TemplateStore, broken: str) -> None:
    (place(tmp_path / "home", "abc") / broken).write_bytes(b"{")
    assert not store.is_built("tiny")
    with pytest.raises(TemplateError, match="not been built"):
        store.get("tiny")


def test_the_key_depends_on_every_file_and_on_nothing_else(tmp_path: Path, recipes: Path) -> None:
    key = load_recipe(recipes, "tiny").key
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(recipes, elsewhere)
    assert load_recipe(elsewhere, "tiny").key == key
    for changed in ("tiny/finish.sh", "_all/trim.sh", "tiny/requirements.txt"):
        (elsewhere / changed).write_text("changed\n")
        assert load_recipe(elsewhere, "tiny").key != key
        key = load_recipe(elsewhere, "tiny").key


def test_the_key_depends_on_the_agent(tmp_path: Path, recipes: Path) -> None:
    keys = set()
    for text in ("int a;", "int b;"):
        sources = tmp_path / "sources"
        sources.mkdir(exist_ok=True)
        (sources / "agent.c").write_text(text)
        keys.add(TemplateStore(tmp_path, recipes, sources)._key(load_recipe(recipes, "tiny")))
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("packages = ['make; reboot']", "packages holds 'make; reboot'"),
        ("packages = 'make'", "packages='make' must be a list"),
        ("summary = 3", "summary=3 must be a text"),
        ("extra = 1", "unknown field extra"),
        ("suite = '../x'", "suite='../x'"),
        ("summary", "not valid TOML"),
    ],
)
def test_a_recipe_that_is_wrong_is_named_with_its_field(
    recipes: Path, line: str, message: str
) -> None:
    field = line.split(" ", 1)[0]
    others = [other for other in RECIPE.splitlines() if not other.startswith(field)]
    (recipes / "tiny" / "recipe.toml").write_text("\n".join([*others, line]))
    with pytest.raises(TemplateError, match=r"recipe\.toml") as caught:
        load_recipe(recipes, "tiny")
    assert message in str(caught.value)


def test_wheels_stay_inside_the_tree(recipes: Path) -> None:
    (recipes / "tiny" / "requirements.txt").write_text("")
    wheels = "[[wheels]]\nrequirements = 'requirements.txt'\npython_version = '3.11'\n"
    (recipes / "tiny" / "recipe.toml").write_text(RECIPE + wheels + "target = '/../etc'\n")
    with pytest.raises(TemplateError, match="not an absolute path in the tree"):
        load_recipe(recipes, "tiny")


def npm_lock(folder: Path, *, entry: object, asked: str = "left-pad") -> Path:
    """Write a package.json and its lock of one package, described by `entry`."""
    (folder / "package.json").write_text(json.dumps({"dependencies": {asked: "^1"}}))
    lock = folder / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"": {}, "node_modules/left-pad": entry}}))
    return lock


def test_a_lock_of_npm_packages_pins_them_by_hash(tmp_path: Path) -> None:
    check_lock(npm_lock(tmp_path, entry={"version": "1.3.0", "integrity": "sha512-abc=="}))


@pytest.mark.parametrize(
    ("entry", "asked", "message"),
    [
        ({"version": "1.3.0"}, "left-pad", "left-pad has no sha512 integrity"),
        ({"integrity": "sha1-abc="}, "left-pad", "left-pad has no sha512 integrity"),
        ("1.3.0", "left-pad", "left-pad has no sha512 integrity"),
        ({"integrity": "sha512-a", "resolved": "https://x"}, "left-pad", "names a registry"),
        ({"integrity": "sha512-a"}, "other", "does not hold other"),
    ],
)
def test_a_lock_that_pins_less_is_refused(
    tmp_path: Path, entry: object, asked: str, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        check_lock(npm_lock(tmp_path, entry=entry, asked=asked))


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"packages": 3}'])
def test_a_file_that_is_no_lock_is_named(tmp_path: Path, content: str) -> None:
    lock = npm_lock(tmp_path, entry={})
    lock.write_text(content)
    with pytest.raises(TemplateError, match="no npm lock"):
        check_lock(lock)
    (tmp_path / "package.json").unlink()
    with pytest.raises(TemplateError, match=r"package\.json .* missing"):
        check_lock(lock)


def test_building_needs_root(store: TemplateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PrivilegeError, match="run it with sudo"):
        store.build("tiny")


def test_a_machine_without_debian_sources_gets_the_public_mirror(tmp_path: Path) -> None:
    lines = debian_lines("bookworm", tmp_path)
    assert [line.split("] ")[1] for line in lines] == [
        "http://deb.debian.org/debian bookworm main",
        "http://deb.debian.org/debian bookworm-updates main",
        "http://deb.debian.org/debian-security bookworm-security main",
    ]


def test_the_machines_own_mirror_is_used_whatever_its_release(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "debian.sources").write_text(
        "Types: deb\n# a comment\nURIs: http://mirror.example/debian\n"
        "Suites: trixie trixie-updates\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
        "Types: deb\nURIs: http://mirror.example/security\nSuites: trixie-security\n"
        "Components: main\n"
    )
    (folder / "other.list").write_text(
        "deb [signed-by=/etc/apt/other.gpg] https://other.example/debian bookworm main\n"
    )
    (folder / "off.sources").write_text(
        "Enabled: no\nTypes: deb\nURIs: http://off.example\nSuites: trixie\nComponents: main\n"
    )
    lines = " ".join(debian_lines("bookworm", tmp_path))
    assert "http://mirror.example/debian bookworm main" in lines
    assert "http://mirror.example/security bookworm-security main" in lines
    assert "other.example" not in lines
    assert "off.example" not in lines


def test_the_old_one_line_format_is_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(
        "# deb http://no.example/debian bookworm main\n"
        "deb http://yes.example/debian bookworm main contrib # ours\n"
        "deb-src http://src.example/debian bookworm main\n"
    )
    assert "http://yes.example/debian bookworm main" in debian_lines("bookworm", tmp_path)[0]
