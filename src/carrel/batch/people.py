"""Students, and which of them a hand-in belongs to; pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

_MIN_TOKEN = 3
"""A shorter part of a name, such as `1`, is not taken for somebody's id."""


@dataclass(frozen=True)
class Student:
    """A student; `id` is what tells one from another."""

    id: str
    name: str = ""
    email: str = ""
    section: str = ""


@dataclass(frozen=True)
class Who:
    """What a download says about whose a hand-in is; `student` is all of it without a roster.

    `ids`, `emails` and `names` are looked for in the roster, in this order. A number that
    is only the download's own (Moodle's participant) is not among the ids.
    """

    student: Student
    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandIn:
    """What somebody handed in, or several together.

    `label` is what it is called in the download. `files` maps the files' names as they
    were handed in to those in the download. `doubtful` says that it may be no hand-in at
    all unless the roster knows its owner.
    """

    label: str
    who: tuple[Who, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    doubtful: bool = False


class Roster:
    """The students of a course, to be found by whatever a download tells of them."""

    def __init__(self, students: Sequence[Student]) -> None:
        self.students = tuple(students)
        self._ids = _index((s, [s.id.casefold()]) for s in students)
        self._emails = _index((s, [s.email.casefold()]) for s in students if s.email)
        self._logins = _index((s, [s.email.partition("@")[0].casefold()]) for s in students)
        self._names = _index((s, [name_key(s.name)]) for s in students)
        self._squashed = _index((s, squashed(s.name)) for s in students)

    def find(self, who: Who) -> tuple[Student, ...]:
        """Return whom a hand-in belongs to: one, nobody, or several who may be meant."""
        ids = [word.casefold() for word in who.ids]
        for index, keys in (
            (self._ids, ids),
            (self._emails, [email.casefold() for email in who.emails]),
            (self._logins, ids),
            (self._names, [name_key(name) for name in who.names]),
            (self._squashed, list(chain.from_iterable(map(squashed, who.names)))),
            (self._ids, [t for name in who.names for t in _words(name) if len(t) >= _MIN_TOKEN]),
        ):
            found = dict.fromkeys(student for key in keys if key for student in index.get(key, ()))
            if found:
                return tuple(found)
        return ()


def name_key(name: str) -> str:
    """Return a name so that `Lovelace, Ada`, `ada lovelace` and `Ada_Lovelace` are equal."""
    return " ".join(sorted(_words(name)))


def squashed(name: str) -> list[str]:
    """Return a name's words run together, begun at each of them: `adalovelace`, `lovelaceada`.

    Canvas writes `Lovelace, Ada` as `lovelaceada`.
    """
    words = _words(name)
    return ["".join(words[at:] + words[:at]) for at in range(len(words))]


def _words(name: str) -> list[str]:
    """Return a name's words without case and accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return [word for word in re.split(r"[\W_]+", letters) if word]


def _index(
    entries: Iterable[tuple[Student, Sequence[str]]],
) -> Mapping[str, tuple[Student, ...]]:
    found: dict[str, dict[Student, None]] = defaultdict(dict)
    for student, keys in entries:
        for key in keys:
            if key:
                found[key][student] = None
    return {key: tuple(students) for key, students in found.items()}
