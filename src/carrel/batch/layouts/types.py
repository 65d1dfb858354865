"""What the layouts share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from carrel.archives.opening import FileTree, Refused
from carrel.batch.people import HandIn


@dataclass(frozen=True)
class Sorted:
    """What a layout made of a download: hand-ins, and files that are nobody's."""

    layout: str
    hand_ins: tuple[HandIn, ...]
    left_over: tuple[Refused, ...] = ()


class Layout(Protocol):
    """One way in which downloads are laid out."""

    @property
    def name(self) -> str:
        """What `--layout` calls it."""

    def share(self, names: Sequence[str]) -> float:
        """Return which share (0 to 1) of a download's top-level names look like it."""

    def sort_out(self, tree: FileTree, root: str) -> Sorted:
        """Return whose is what in the part of `tree` below `root` ("" or ending in /)."""


def top_level(tree: FileTree, root: str) -> list[str]:
    """Return the names directly below `root`, folders with a `/` at their end, sorted."""
    found: dict[str, None] = {}
    for path in (*tree.sizes, *(f"{folder}/" for folder in tree.folders)):
        if path.startswith(root) and path != root:
            first, slash, _ = path.removeprefix(root).partition("/")
            found[first + slash] = None
    return sorted(found)


def below(tree: FileTree, folder: str) -> dict[str, str]:
    """Return the files in a folder (its name ends in /): relative name → name in the tree."""
    return {
        path.removeprefix(folder): path for path in sorted(tree.sizes) if path.startswith(folder)
    }


def share_of(matches: Iterable[object]) -> float:
    """Return the share of those that are something."""
    found = [bool(match) for match in matches]
    return sum(found) / len(found) if found else 0.0
