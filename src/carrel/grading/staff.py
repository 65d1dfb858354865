"""What the staff of an exercise may see of a grade: everything, hidden tests included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from carrel.grading.grade import Grade
from carrel.grading.source import SourceFile
from carrel.grading.student import Disclosure, StudentView, student_view
from carrel.texts.message import ENGLISH


@dataclass(frozen=True)
class StaffView:
    """A graded submission as the staff sees it. Never show it, or a part of it, to a student.

    `view` is what a student would see if no test was hidden. `hidden` says which tests
    are, and `notes` what a checker had to say to the staff (empty for most), both in the
    order of the tests.
    """

    view: StudentView
    hidden: tuple[bool, ...]
    notes: tuple[str, ...]

    def as_dict(self, language: str = ENGLISH) -> dict[str, Any]:
        """Return the view as values that JSON knows, sentences in `language`."""
        plain = self.view.as_dict(language)
        for test, hidden, note in zip(plain["tests"], self.hidden, self.notes, strict=True):
            test.update(hidden=hidden, note=note)
        return plain


def staff_view(
    grade: Grade, source: SourceFile | None = None, disclosure: Disclosure | None = None
) -> StaffView:
    """Return what the staff may see of a grade; `source` as for `student_view`."""
    shown = tuple(replace(one, test=replace(one.test, hidden=False)) for one in grade.tests)
    return StaffView(
        view=student_view(replace(grade, tests=shown), source, disclosure),
        hidden=tuple(one.test.hidden for one in grade.tests),
        notes=tuple(one.outcome.note for one in grade.tests),
    )
