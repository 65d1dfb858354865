"""Canvas's "Download Submissions".

`lovelaceada_LATE_12345_67890_main.py`: the sortable name run together in lower case,
whether it is late, the user, the attachment, the file. An attachment that was handed in
again is called `main-1.py`. With anonymous grading `anon_x8Yz1` stands for name and user.
What was typed in is `…_12345_text.html`, a link `…_12345_link.html`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from carrel.archives.opening import FileTree, Refused
from carrel.batch.layouts.types import Sorted, share_of, top_level
from carrel.batch.people import HandIn, Student, Who

_NAME = re.compile(
    r"(?:(?P<name>(?!LATE_).+?)_)?(?:(?P<late>LATE)_)?(?:(?P<user>\d+)|anon_(?P<anonymous>[A-Za-z0-9]+))_"
    r"(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<typed>text|link)\.html)",
    re.DOTALL,
)
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<times>\d{1,3})(?P<extension>\.[^.]+)")


class Canvas:
    """Canvas's download."""

    name = "canvas"

    def share(self, names: Sequence[str]) -> float:
        """Return the share of names that are Canvas's."""
        return share_of(_match(name) for name in names)

    def sort_out(self, tree: FileTree, root: str) -> Sorted:
        """Return a hand-in per user."""
        attached: dict[tuple[str, str], dict[tuple[int, str], str]] = defaultdict(dict)
        late: set[tuple[str, str]] = set()
        left: list[Refused] = []
        for name in top_level(tree, root):
            match = _match(name)
            if match is None:
                left.append(Refused(name, "is not named as Canvas names submissions"))
                continue
            key = (match["name"] or "", match["user"] or match["anonymous"])
            file = match["file"] or f"{match['typed']}.html"
            attached[key][int(match["attachment"] or 0), file] = root + name
            if match["late"]:
                late.add(key)
        hand_ins = tuple(
            HandIn(f"{name}_{user}".lstrip("_"), (_who(name, user),), latest(own), key in late)
            for key, own in attached.items()
            for name, user in (key,)
        )
        return Sorted(self.name, hand_ins, tuple(left))


def latest(attachments: Mapping[tuple[int, str], str]) -> dict[str, str]:
    """Return the files under the names they were handed in with, the newest of each.

    `main-1.py` is `main.py`, handed in again; the higher an attachment's number, the newer.
    """
    return {_original(file): path for (_, file), path in sorted(attachments.items())}


def _original(file: str) -> str:
    match = _AGAIN.fullmatch(file)
    return match["stem"] + match["extension"] if match else file


def _match(name: str) -> re.Match[str] | None:
    match = None if name.endswith("/") else _NAME.fullmatch(name)
    if match is None or not (match["name"] or match["anonymous"]):
        return None
    return match


def _who(name: str, user: str) -> Who:
    return Who(Student(user, name=name), ids=(user,), names=(name,) if name else ())
