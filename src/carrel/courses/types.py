"""Courses, roles, invitations, exercise versions and assignments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from carrel.accounts.types import User
from carrel.exercises.types import Hint
from carrel.languages.registry import Language

CourseId = NewType("CourseId", str)
VersionId = NewType("VersionId", str)
AssignmentId = NewType("AssignmentId", str)


class Role(StrEnum):
    """What somebody is in a course; `permissions` says what that allows."""

    STUDENT = "student"
    ASSISTANT = "assistant"
    INSTRUCTOR = "instructor"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Actor:
    """Who asks for something in a course, and in which role."""

    user: User
    role: Role


@dataclass(frozen=True)
class Course:
    """A course."""

    id: CourseId
    title: str


@dataclass(frozen=True)
class Member:
    """Somebody in a course."""

    user: User
    role: Role
    joined_at: datetime


@dataclass(frozen=True)
class Invitation:
    """What a code gives to whoever has it: a role in a course, `most_uses` times at most."""

    id: str
    course: Course
    role: Role
    uses: int = 0
    most_uses: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class NewInvitation:
    """An invitation and its code, which can be read at this moment only."""

    invitation: Invitation
    code: str = field(repr=False)


@dataclass(frozen=True)
class Shown:
    """What is needed of an exercise to show it to students, beside its title.

    `assets` are the files that the statement shows: where each lies in the package, by the
    name that the statement uses. `file_names` are how a
    program of each language is called. `hints` are all there are: `grading.hints` says
    which of them are open.
    """

    statement: str
    languages: tuple[Language, ...]
    points: int
    starters: Mapping[Language, str] = field(default_factory=dict)
    file_names: Mapping[Language, str] = field(default_factory=dict)
    hints: tuple[Hint, ...] = ()
    assets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ExerciseVersion:
    """An exercise as it was published in a course. It never changes.

    `hash` is that of all its files, `exercise` its own id, which all its versions share.
    """

    id: VersionId
    course_id: CourseId
    exercise: str
    title: str
    hash: str
    published_at: datetime
    shown: Shown = field(repr=False)


@dataclass(frozen=True)
class Assignment:
    """An exercise version that students are to solve, and when."""

    id: AssignmentId
    course_id: CourseId
    title: str
    version: ExerciseVersion
    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    max_attempts: int | None = None
