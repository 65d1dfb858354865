"""One folder or one file per student, named after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from carrel.archives.opening import FileTree, is_archive_name
from carrel.batch.layouts.types import Sorted, below, top_level
from carrel.batch.people import HandIn, Student, Who
from carrel.languages.registry import language_of_file

_DOUBLE = (".tar.gz",)


class Folders:
    """`ada/main.py`, `ada.py` or `ada.zip` is what ada handed in."""

    name = "folders"

    def share(self, names: Sequence[str]) -> float:
        """Anything may be laid out like this: it is what is left."""
        del names
        return 0.0

    def sort_out(self, tree: FileTree, root: str) -> Sorted:
        """Return a hand-in per folder and per name of a file without its extension."""
        files: dict[str, dict[str, str]] = defaultdict(dict)
        hand_ins: list[HandIn] = []
        for name in top_level(tree, root):
            if name.startswith("."):
                continue
            if name.endswith("/"):
                label = name[:-1]
                hand_ins.append(HandIn(name, _who(label), below(tree, root + name)))
            else:
                files[_stem(name)][name] = root + name
        for stem, named in files.items():
            known = any(language_of_file(n) or is_archive_name(n) for n in named)
            label = ", ".join(named)
            hand_ins.append(HandIn(label, _who(stem), named, doubtful=not known))
        return Sorted(self.name, tuple(hand_ins))


def _who(label: str) -> tuple[Who, ...]:
    return (Who(Student(label), ids=(label,), emails=(label,), names=(label,)),)


def _stem(name: str) -> str:
    for suffix in _DOUBLE:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name.rpartition(".")[0] or name
