"""Moodle's "Download all submissions", with and without folders.

`Ada Lovelace_657693_assignsubmission_file_/main.py`, or, when the teacher asked for no
folders, `Ada Lovelace_657693_assignsubmission_file_main.py`. The number belongs to the
participant in this one assignment; it is not the student's id. With groups, the group's
name and a `-` come first; with anonymous submissions the name is `Participant`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from carrel.archives.opening import FileTree, Refused
from carrel.batch.layouts.types import Sorted, below, share_of, top_level
from carrel.batch.people import HandIn, Student, Who

_NAME = re.compile(
    r"(?P<name>.*?)_(?P<participant>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?",
    re.DOTALL,
)


class Moodle:
    """Moodle's download."""

    name = "moodle"

    def share(self, names: Sequence[str]) -> float:
        """Return the share of names that are Moodle's."""
        return share_of(_NAME.fullmatch(name.rstrip("/")) for name in names)

    def sort_out(self, tree: FileTree, root: str) -> Sorted:
        """Return a hand-in per participant."""
        files: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        left: list[Refused] = []
        for name in top_level(tree, root):
            match = _NAME.fullmatch(name.rstrip("/"))
            if match is None:
                left.append(Refused(name, "is not named as Moodle names submissions"))
                continue
            own = files[match["name"], match["participant"]]
            rest = match["rest"] or ""
            if name.endswith("/"):
                folder = f"{rest}/" if rest else ""
                own.update((folder + n, path) for n, path in below(tree, root + name).items())
            else:
                own[rest or name] = root + name
        hand_ins = tuple(
            HandIn(f"{name}_{participant}", (_who(name, participant),), own)
            for (name, participant), own in files.items()
        )
        return Sorted(self.name, hand_ins, tuple(left))


def _who(name: str, participant: str) -> Who:
    person = " ".join(name.replace("_", " ").split())
    # With groups: `Group A-Ada Lovelace`. Double names have hyphens too, so both are tried.
    _, hyphen, after = person.partition("-")
    names = (person, after) if hyphen else (person,)
    return Who(Student(participant, name=person), names=names)
