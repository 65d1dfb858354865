"""The rows of a batch: one per student, whatever was handed in."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from carrel.archives.opening import FileTree, Refused
from carrel.batch.choosing import Chosen, UnclearError, Wanted, choose
from carrel.batch.layouts.types import Sorted
from carrel.batch.people import HandIn, Roster, Student, Who
from carrel.judge.plan import Submission


class Status(StrEnum):
    """What became of a row."""

    GRADED = "graded"
    MISSING = "nothing handed in"
    UNCLEAR = "not gradable"
    FAULT = "platform fault"


@dataclass(frozen=True)
class Row:
    """One student's line. `key` names the grade; `note` is for the teacher."""

    student: Student
    status: Status
    hand_in: HandIn | None = None
    file: str = ""
    language: str = ""
    key: str | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """What the hand-in is called in the download."""
        return self.hand_in.label if self.hand_in else ""

    @property
    def late(self) -> bool:
        """Whether the course system says that it came too late."""
        return self.hand_in is not None and self.hand_in.late


@dataclass(frozen=True)
class Assigned:
    """Students with what they handed in, in order, and what nobody owns."""

    rows: tuple[Row, ...]
    left_over: tuple[Refused, ...] = field(default=())


def assign(found: Sorted, roster: Roster | None) -> Assigned:
    """Return a row per student: those of the roster first, then those it does not know.

    Rows still to be looked into are GRADED without a key; `identify` decides about them.
    """
    left = list(found.left_over)
    owned: dict[Student, list[HandIn]] = defaultdict(list)
    notes: dict[Student, str] = {}
    for hand_in in found.hand_ins:
        for who in hand_in.who:
            student, note = _owner(who, roster)
            if hand_in.doubtful and (roster is None or student is None):
                left.append(
                    Refused(hand_in.label, "is neither a program nor an archive of anybody's")
                )
                continue
            if student is None:
                student = who.student
                notes[student] = note
            owned[student].append(hand_in)
    known = roster.students if roster else ()
    order = [*known, *sorted(owned.keys() - set(known), key=_natural)]
    rows = tuple(_row(student, owned.get(student, []), notes.get(student, "")) for student in order)
    return Assigned(rows, tuple(left))


def _natural(student: Student) -> tuple[list[tuple[int, str]], str]:
    """Sort key by name, or id, that puts `s2` before `s10`."""
    parts = re.split(r"(\d+)", (student.name or student.id).casefold())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts], student.id


def _owner(who: Who, roster: Roster | None) -> tuple[Student | None, str]:
    """Return whose it is, or None and why that is not known."""
    if roster is None:
        return who.student, ""
    found = roster.find(who)
    if len(found) == 1:
        return found[0], ""
    if not found:
        return None, "is not in the roster"
    names = ", ".join(student.id for student in found)
    return None, f"may be several of the roster: {names}"


def _row(student: Student, hand_ins: Sequence[HandIn], note: str) -> Row:
    if not hand_ins:
        return Row(student, Status.MISSING)
    if len(hand_ins) > 1:
        labels = ", ".join(hand_in.label for hand_in in hand_ins)
        return Row(student, Status.UNCLEAR, hand_ins[0], note=f"handed in more than once: {labels}")
    if not hand_ins[0].files:
        return Row(student, Status.MISSING, hand_ins[0], note="the folder is empty")
    return Row(student, Status.GRADED, hand_ins[0], note=note)


def identify(
    rows: Iterable[Row],
    tree: FileTree,
    wanted: Wanted,
    environment: Callable[[Submission], str],
    on_row: Callable[[], None] = lambda: None,
) -> list[Row]:
    """Return the rows with the keys of what is to be graded; contents are not kept.

    `environment` says what, beside the submission itself, decides its grade.
    """
    chosen: list[Row] = []
    for row in rows:
        chosen.append(_identify(row, tree, wanted, environment))
        on_row()
    return chosen


def _identify(
    row: Row, tree: FileTree, wanted: Wanted, environment: Callable[[Submission], str]
) -> Row:
    if row.status is not Status.GRADED or row.hand_in is None:
        return row
    try:
        found = choose(tree, row.hand_in, wanted)
    except UnclearError as error:
        note = f"{row.note}; {error}" if row.note else str(error)
        return replace(row, status=Status.UNCLEAR, note=note)
    submission = found.submission
    key = submission_key(submission, environment(submission))
    return replace(row, file=found.name, language=submission.language.value, key=key)


def submission_key(submission: Submission, environment: str) -> str:
    """Return what stands for the grade of this program under these conditions."""
    digest = hashlib.sha256()
    for part in _parts(submission, environment):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(submission: Submission, environment: str) -> Iterable[bytes]:
    yield environment.encode()
    yield submission.language.value.encode()
    yield submission.source
    for name, data in sorted(submission.files.items()):
        yield name.encode()
        yield data


def load(
    row: Row, tree: FileTree, wanted: Wanted, environment: Callable[[Submission], str]
) -> Chosen:
    """Return a row's program, read again; UnclearError when it is another one by now."""
    if row.hand_in is None:
        raise UnclearError("nothing was handed in")
    found = choose(tree, row.hand_in, wanted)
    if submission_key(found.submission, environment(found.submission)) != row.key:
        raise UnclearError("the files have changed since the batch began; start it again")
    return found


def unlike(rows: Iterable[Row]) -> Mapping[str, Row]:
    """Return one row for each grade that is needed, in order."""
    first: dict[str, Row] = {}
    for row in rows:
        if row.key is not None:
            first.setdefault(row.key, row)
    return first
