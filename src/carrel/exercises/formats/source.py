"""Where a package comes from: a folder or an archive, both read as hostile."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from carrel.archives.entries import Listing
from carrel.archives.folder_tree import FolderTree
from carrel.archives.opening import FileTree, open_archive

_PASSED_OVER = frozenset({".git", ".hg", ".svn", "__pycache__"})
_MAX_HOPS = 40


def open_source(path: Path) -> FileTree:
    """Return the files of a package, a folder or a zip or tar archive; close it after use."""
    if path.is_dir():
        return PackageTree(path, passed_over=_PASSED_OVER, field="package")
    return open_archive(path)


class PackageTree(FolderTree):
    """The files of a package's folder.

    A symlink to a file or folder of the same package stands for what it names, as formats
    allow; one that leads out is refused. The operating system follows neither.
    """

    def _take_links(
        self,
        listing: Listing,
        links: list[str],
        files: Mapping[str, int],
        folders: AbstractSet[str],
    ) -> None:
        targets = {link: str((self._folder / link).readlink()) for link in links}
        for link in targets:
            target = _resolve(link, targets)
            if target is None or target in files:
                if target is None:
                    listing.refuse(link, "is a link that leads out of the package")
                else:
                    listing.count()
                    listing.file(link, files[target], target)
            elif target in folders:
                below = [name for name in files if name.startswith(f"{target}/") or not target]
                for name in below:
                    listing.count()
                    inner = name.removeprefix(f"{target}/")
                    listing.file(f"{link}/{inner}", files[name], name)
            else:
                listing.refuse(link, "is a link to something that is not there")


def _resolve(link: str, links: Mapping[str, str]) -> str | None:
    """Return the path in the folder that a link stands for; None if it leads out or in circles."""
    pending = list(reversed(link.split("/")))
    here: list[str] = []
    hops = 0
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not here:
                return None
            here.pop()
            continue
        path = "/".join([*here, part])
        target = links.get(path)
        if target is None:
            here.append(part)
            continue
        hops += 1
        if target.startswith("/") or hops > _MAX_HOPS:
            return None
        pending.extend(reversed(target.split("/")))
    return "/".join(here)
