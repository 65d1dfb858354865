"""Gradescope's "Export Submissions".

`assignment_12_export/submission_345/…` beside `submission_metadata.yml`, which names the
submitters of each: name, sid, email. Several of them handed in together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from carrel.archives.opening import FileTree, Refused
from carrel.batch.layouts.types import Sorted, below, share_of, top_level
from carrel.batch.people import HandIn, Student, Who
from carrel.core.errors import InvalidValueError
from carrel.core.sizes import MIB

METADATA = "submission_metadata.yml"
_MAX_METADATA = 16 * MIB
_FOLDER = re.compile(r"submission_\d+/?")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML that takes what Ruby wrote, objects as nothing at all."""


def _nothing(loader: Any, suffix: str, node: Any) -> None:
    del loader, suffix, node


_Loader.add_multi_constructor("!", _nothing)


class Gradescope:
    """Gradescope's download."""

    name = "gradescope"

    def share(self, names: Sequence[str]) -> float:
        """Return 1 where the metadata are, else the share of names that are Gradescope's."""
        return 1.0 if METADATA in names else share_of(_FOLDER.fullmatch(name) for name in names)

    def sort_out(self, tree: FileTree, root: str) -> Sorted:
        """Return a hand-in per submission, with all its submitters."""
        submitters = _submitters(tree, root)
        hand_ins: list[HandIn] = []
        left: list[Refused] = []
        for name in top_level(tree, root):
            label = name.rstrip("/")
            stem = label.partition(".")[0]  # a PDF or a text that was handed in as it is
            if name == METADATA:
                continue
            if not _FOLDER.fullmatch(name) and label not in submitters and stem not in submitters:
                left.append(Refused(name, "is not named as Gradescope names submissions"))
                continue
            files = below(tree, root + name) if name.endswith("/") else {name: root + name}
            people = submitters.get(label) or submitters.get(stem) or (Who(Student(label)),)
            hand_ins.append(HandIn(label, people, files))
        return Sorted(self.name, tuple(hand_ins), tuple(left))


def _submitters(tree: FileTree, root: str) -> Mapping[str, tuple[Who, ...]]:
    path = root + METADATA
    if path not in tree.sizes:
        return {}
    if tree.sizes[path] > _MAX_METADATA:
        raise InvalidValueError(METADATA, tree.sizes[path], "it has more than 16 MiB")
    try:
        # Derived from the safe loader: nothing but plain values is made.
        table = yaml.load(tree.read(path), Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidValueError(
            METADATA, path, f"it is not YAML that can be read: {first}"
        ) from None
    if not isinstance(table, dict):
        raise InvalidValueError(METADATA, path, "it does not name submissions")
    return {str(name): _people(str(name), entry) for name, entry in table.items()}


def _people(label: str, entry: object) -> tuple[Who, ...]:
    given = _get(entry, "submitters")
    people = [_who(label, person) for person in given] if isinstance(given, list) else []
    return tuple(people) or (Who(Student(label)),)


def _who(label: str, person: object) -> Who:
    sid, name, email = (_text(_get(person, key)) for key in ("sid", "name", "email"))
    return Who(
        Student(sid or email or name or label, name, email),
        ids=(sid,) if sid else (),
        emails=(email,) if email else (),
        names=(name,) if name else (),
    )


def _get(entry: object, key: str) -> object:
    """Return a value under the key as Ruby writes it (`:name`) or plain."""
    if not isinstance(entry, dict):
        return None
    return entry.get(f":{key}", entry.get(key))


def _text(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""
