"""A package's files by their names in it, and its settings read with errors that name the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from carrel.archives.entries import FileTree, Refused, printable
from carrel.exercises.formats.types import FormatError
from carrel.exercises.formats.yaml_text import load_yaml

PROBLEM = "problem.yaml"
TIMELIMIT = ".timelimit"


class Package:
    """The files of one problem. Names that begin with `.` or `-` are no part of it."""

    def __init__(self, tree: FileTree) -> None:
        """Find the package in `tree`; FormatError when there is none, or several."""
        self._tree = tree
        self.root = _root(tree)
        self._names = {
            name.removeprefix(self.root): name
            for name in sorted(tree.sizes)
            if name.startswith(self.root)
        }
        self._names = {name: full for name, full in self._names.items() if _counts(name)}

    def __contains__(self, name: object) -> bool:
        """Return whether there is a file of this name."""
        return name in self._names

    @property
    def refused(self) -> Iterator[Refused]:
        """What lies in the package and is not read."""
        for one in self._tree.refused:
            if one.name.startswith(self.root):
                yield Refused(one.name.removeprefix(self.root), one.reason)

    def below(self, folder: str) -> list[str]:
        """Return the files in a folder and its folders, by their names in the package."""
        start = f"{folder}/"
        return [name for name in self._names if name.startswith(start)]

    def children(self, folder: str) -> dict[str, list[str]]:
        """Return what lies directly in a folder: each name with its files."""
        found: dict[str, list[str]] = {}
        for name in self.below(folder):
            found.setdefault(name.removeprefix(f"{folder}/").split("/")[0], []).append(name)
        return found

    def top(self) -> list[str]:
        """Return the names at the top, files and folders."""
        return sorted({name.split("/")[0] for name in self._names})

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return self._tree.read(self._names[name])

    def text(self, name: str) -> str:
        """Return a file's text, which must be UTF-8."""
        try:
            return self.read(name).decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise FormatError(name, f"byte {error.start}", "it must be UTF-8") from None

    def settings(self, name: str) -> Settings:
        """Return what a YAML file says; empty if there is none."""
        value = load_yaml(self.read(name), name) if name in self._names else None
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise FormatError(name, type(value).__name__, "it must be a mapping: `key: value`")
        return Settings(name, value)


class Settings:
    """The mapping of a YAML file, or one within it; a wrong type is an error that says where."""

    def __init__(self, where: str, values: Mapping[Any, Any]) -> None:
        self.where = where
        self._values = {str(key): value for key, value in values.items()}

    def __contains__(self, key: object) -> bool:
        """Return whether the key is there with a value."""
        return self._values.get(str(key)) is not None

    def given(self) -> list[str]:
        """Return the keys that have a value."""
        return [key for key, value in self._values.items() if value is not None]

    def raw(self, key: str) -> Any:
        """Return the value as it is; None if there is none."""
        return self._values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """Return a text; numbers and dates are taken as they are written."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, dict | list):
            raise self.wrong(key, "give a text")
        return str(value)

    def number(self, key: str, *, most: float = 1e9) -> float | None:
        """Return a number from 0; None if it is not given."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong(key, "give a number")
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise self.wrong(key, "give a number") from None
        if not 0 <= number <= most:
            raise self.wrong(key, f"give a number from 0 to {most:g}")
        return number

    def words(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts, also from one text with spaces; None if it is not given."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, list):
            if any(isinstance(one, dict | list) for one in value):
                raise self.wrong(key, "give a list of texts")
            return tuple(str(one) for one in value)
        return tuple(self.text(key).split())

    def mapping(self, key: str) -> Settings:
        """Return a mapping; empty if it is not given."""
        value = self._values.get(key)
        if value is None:
            return Settings(f"{self.where}: {key}", {})
        if not isinstance(value, dict):
            raise self.wrong(key, "give a mapping: `key: value`")
        return Settings(f"{self.where}: {key}", value)

    def wrong(self, key: str, allowed: str) -> FormatError:
        """Return the error for a key's value."""
        value = self._values.get(key)
        shown = value if isinstance(value, str | int | float) else type(value).__name__
        return FormatError(f"{self.where}: {key}", shown, allowed)


def base_name(name: str) -> str:
    """Return the last part of a name."""
    return PurePosixPath(name).name


def _counts(name: str) -> bool:
    return name == TIMELIMIT or not any(part[0] in ".-" for part in name.split("/"))


def _root(tree: FileTree) -> str:
    """Return where the package lies in the tree: `` or `folder/`."""
    if PROBLEM in tree.sizes:
        return ""
    found = sorted(name for name in tree.sizes if name.endswith(f"/{PROBLEM}"))
    depth = min((name.count("/") for name in found), default=0)
    found = [name.removesuffix(PROBLEM) for name in found if name.count("/") == depth]
    if not found:
        raise FormatError("package", "no problem.yaml", "give a folder or zip with a problem.yaml")
    if len(found) > 1:
        names = ", ".join(printable(name.rstrip("/")) for name in found[:5])
        raise FormatError("package", f"{len(found)} problems", f"give one of them: {names} …")
    return found[0]
