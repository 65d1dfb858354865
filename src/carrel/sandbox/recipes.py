"""Recipes: what goes into a template, as `images/<name>/recipe.toml` says it.

    summary = "GCC, G++ and make"            # one line for people
    suite = "bookworm"                       # the Debian release of the tree
    packages = ["gcc", "g++", "make"]        # beside Debian's minimal base

    [[wheels]]                               # any number of them
    requirements = "requirements.txt"        # with hashes, beside the recipe
    target = "/usr/local/lib/python3.11/dist-packages"
    python_version = "3.11"

    [[npm]]                                  # any number of them
    lock = "npm/package-lock.json"           # with hashes, beside its package.json
    target = "/opt/carrel/npm"               # node_modules goes there
    node = "/opt/carrel/node/bin/node"       # what installs them, from the wheels above
    client = "/opt/carrel/node/npm-cli.js"

A recipe's folder may hold `finish.sh`, run in the finished tree without network.
`images/_all/` holds what runs before it and after it in every template.
"""

from __future__ import annotations

import hashlib
import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.core.errors import InvalidValueError, TemplateError

BUILDER_VERSION = "1"
"""Change it when the builder makes another tree or image from the same recipe."""

SHARED = "_all"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_VERSION = re.compile(r"3\.\d{1,2}")


@dataclass(frozen=True)
class WheelSet:
    """Wheels to unpack into the tree at `target`; `requirements` pins them by hash."""

    requirements: Path
    target: str
    python_version: str


@dataclass(frozen=True)
class NpmSet:
    """npm packages to install at `target`; `lock` pins them by hash.

    `node` and `client` are where the wheels have put Node and its npm in the tree.
    """

    lock: Path
    target: str
    node: str
    client: str


@dataclass(frozen=True)
class Recipe:
    """One template's recipe; `key` hashes every file that decides the tree."""

    name: str
    folder: Path
    summary: str
    suite: str
    packages: tuple[str, ...]
    wheels: tuple[WheelSet, ...]
    npm: tuple[NpmSet, ...]
    key: str

    @property
    def scripts(self) -> tuple[Path, ...]:
        """The scripts to run in the tree, in order."""
        shared = self.folder.parent / SHARED
        places = (shared / "prepare.sh", self.folder / "finish.sh", shared / "trim.sh")
        return tuple(place for place in places if place.is_file())


def recipes_directory() -> Path:
    """Return the folder of the recipes that belong to this installation.

    In a checkout it is `images/` at its root, in an installed wheel
    `carrel/images`. Raises TemplateError when neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package.parent.parent / "images", package / "images"):
        if (place / SHARED).is_dir():
            return place
    raise TemplateError(f"the recipes are missing beside {package}: reinstall carrel")


def recipe_names(recipes: Path) -> tuple[str, ...]:
    """Return the names of all recipes, sorted."""
    return tuple(
        sorted(
            folder.name
            for folder in recipes.glob("*/")
            if _NAME.fullmatch(folder.name) and (folder / "recipe.toml").is_file()
        )
    )


def load_recipe(recipes: Path, name: str) -> Recipe:
    """Return the recipe `name`.

    Raises InvalidValueError naming the known ones when there is none of that
    name, TemplateError naming file and field when the recipe is not valid.
    """
    known = recipe_names(recipes)
    if name not in known:
        raise InvalidValueError("template", name, f"known templates are {', '.join(known)}")
    folder = recipes / name
    file = folder / "recipe.toml"
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(f"{file} is not valid TOML: {error}") from error
    fields = _Fields(file, content)
    recipe = Recipe(
        name=name,
        folder=folder,
        summary=fields.text("summary"),
        suite=fields.text("suite", _NAME),
        packages=fields.texts("packages", _PACKAGE),
        wheels=tuple(_wheel_set(file, table) for table in fields.tables("wheels")),
        npm=tuple(_npm_set(file, table) for table in fields.tables("npm")),
        key=_hash_of(folder, recipes / SHARED),
    )
    fields.refuse_others()
    return recipe


def _wheel_set(file: Path, table: Mapping[str, Any]) -> WheelSet:
    fields = _Fields(file, table)
    wheels = WheelSet(
        fields.file("requirements"),
        fields.place("target"),
        fields.text("python_version", _VERSION),
    )
    fields.refuse_others()
    return wheels


def _npm_set(file: Path, table: Mapping[str, Any]) -> NpmSet:
    fields = _Fields(file, table)
    packages = NpmSet(
        fields.file("lock"), fields.place("target"), fields.place("node"), fields.place("client")
    )
    fields.refuse_others()
    return packages


def _hash_of(*folders: Path) -> str:
    """Hash names and contents of all files, the builder and the kind of machine."""
    digest = hashlib.sha256(f"{BUILDER_VERSION}\0{platform.machine()}\0".encode())
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                content = file.read_bytes()
                label = f"{folder.name}/{file.relative_to(folder)}\0{len(content)}\0"
                digest.update(label.encode())
                digest.update(content)
    return digest.hexdigest()[:20]


class _Fields:
    """The fields of one table, each asked for once and checked."""

    def __init__(self, file: Path, table: Mapping[str, Any]) -> None:
        self._file = file
        self._table = table
        self._seen: set[str] = set()

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not value:
            raise TemplateError(f"{self._file}: {name}={value!r} must be a text")
        if pattern is not None and not pattern.fullmatch(value):
            raise TemplateError(f"{self._file}: {name}={value!r} does not fit {pattern.pattern}")
        return value

    def file(self, name: str) -> Path:
        file = self._file.parent / self.text(name)
        if not file.is_file():
            raise TemplateError(f"{self._file}: {name} names {file}, which does not exist")
        return file

    def place(self, name: str) -> str:
        place = self.text(name)
        if not place.startswith("/") or ".." in Path(place).parts:
            raise TemplateError(
                f"{self._file}: {name}={place!r} is not an absolute path in the tree"
            )
        return place

    def texts(self, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        values = self._take(name)
        if not isinstance(values, list):
            raise TemplateError(f"{self._file}: {name}={values!r} must be a list of texts")
        for value in values:
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise TemplateError(
                    f"{self._file}: {name} holds {value!r}, which does not fit {pattern.pattern}"
                )
        return tuple(values)

    def tables(self, name: str) -> Iterator[Mapping[str, Any]]:
        values = self._take(name) if name in self._table else []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise TemplateError(f"{self._file}: {name} must be written as [[{name}]]")
        return iter(values)

    def refuse_others(self) -> None:
        others = sorted(set(self._table) - self._seen)
        if others:
            raise TemplateError(f"{self._file}: unknown field {', '.join(others)}")

    def _take(self, name: str) -> object:
        self._seen.add(name)
        if name not in self._table:
            raise TemplateError(f"{self._file}: {name} is missing")
        return self._table[name]
