"""Which layout a download has, and what it says."""

from __future__ import annotations

from carrel.archives.opening import FileTree
from carrel.batch.layouts.canvas import Canvas
from carrel.batch.layouts.folders import Folders
from carrel.batch.layouts.gradescope import Gradescope
from carrel.batch.layouts.moodle import Moodle
from carrel.batch.layouts.types import Layout, Sorted, top_level
from carrel.core.errors import InvalidValueError

AUTO = "auto"
LAYOUTS: dict[str, Layout] = {
    layout.name: layout for layout in (Gradescope(), Moodle(), Canvas(), Folders())
}
_ENOUGH = 0.5


def sort_out(tree: FileTree, layout: str = AUTO, *, archive: bool = False) -> Sorted:
    """Return whose is what in a download.

    `auto` takes the layout that at least half of the names at the top look like, else one
    folder or file per student. A single folder around everything is looked into: for a
    course system's layout, for `folders` only in an archive. Raises InvalidValueError for
    an unknown layout.
    """
    if layout != AUTO and layout not in LAYOUTS:
        known = ", ".join((AUTO, *LAYOUTS))
        raise InvalidValueError("--layout", layout, f"give one of {known}")
    inner = _single_folder(tree)
    for root in ("",) if inner is None else ("", inner):
        names = [name for name in top_level(tree, root) if not name.startswith(".")]
        for candidate in LAYOUTS.values():
            if layout in (AUTO, candidate.name) and candidate.share(names) >= _ENOUGH:
                return candidate.sort_out(tree, root)
    chosen = LAYOUTS["folders" if layout == AUTO else layout]
    deeper = inner is not None and archive and len(top_level(tree, inner)) > 1
    return chosen.sort_out(tree, inner if inner is not None and deeper else "")


def _single_folder(tree: FileTree) -> str | None:
    names = top_level(tree, "")
    return names[0] if len(names) == 1 and names[0].endswith("/") else None
