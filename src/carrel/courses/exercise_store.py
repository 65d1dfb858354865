"""Published exercises and assignments in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, select

from carrel.courses.types import (
    Assignment,
    AssignmentId,
    CourseId,
    ExerciseVersion,
    Shown,
    VersionId,
)
from carrel.db.engine import Unit
from carrel.db.tables import assignments, exercise_versions, package_files, packages
from carrel.exercises.types import Hint
from carrel.languages.registry import Language

_VERSION = (
    exercise_versions.c.id.label("version_id"),
    exercise_versions.c.course_id.label("version_course_id"),
    exercise_versions.c.exercise,
    exercise_versions.c.title.label("version_title"),
    exercise_versions.c.hash,
    exercise_versions.c.published_at,
    exercise_versions.c.shown,
)


class ExerciseStore:
    """Exercise versions with their files, and assignments, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add_package(self, key: str, files: Mapping[str, bytes], now: datetime) -> None:
        """Keep the files of an exercise under their hash, unless they are kept already."""
        if await self._unit.scalar(select(packages.c.hash).where(packages.c.hash == key)):
            return
        await self._unit.execute(packages.insert().values(hash=key, created_at=now))
        rows = [{"hash": key, "name": name, "content": data} for name, data in files.items()]
        await self._unit.execute(package_files.insert(), rows)

    async def package(self, key: str) -> dict[str, bytes]:
        """Return the files with this hash, by their names; none if it is not kept."""
        found = await self._unit.execute(
            select(package_files.c.name, package_files.c.content).where(package_files.c.hash == key)
        )
        return {row.name: row.content for row in found}

    async def package_file(self, key: str, name: str) -> bytes | None:
        """Return one of the files with this hash."""
        content: bytes | None = await self._unit.scalar(
            select(package_files.c.content).where(
                package_files.c.hash == key, package_files.c.name == name
            )
        )
        return content

    async def add_version(self, version: ExerciseVersion) -> None:
        """Add an exercise version, whose package is kept already."""
        await self._unit.execute(
            exercise_versions.insert().values(
                id=version.id,
                course_id=version.course_id,
                hash=version.hash,
                exercise=version.exercise,
                title=version.title,
                shown=_from_shown(version.shown),
                published_at=version.published_at,
            )
        )

    async def version(self, course_id: CourseId, version_id: VersionId) -> ExerciseVersion | None:
        """Return an exercise version of a course."""
        found = await self._unit.execute(
            self._versions(course_id).where(exercise_versions.c.id == version_id)
        )
        row = found.one_or_none()
        return None if row is None else _to_version(row)

    async def version_with(self, course_id: CourseId, key: str) -> ExerciseVersion | None:
        """Return the version of a course with this hash."""
        found = await self._unit.execute(
            self._versions(course_id).where(exercise_versions.c.hash == key)
        )
        row = found.one_or_none()
        return None if row is None else _to_version(row)

    async def versions(self, course_id: CourseId) -> list[ExerciseVersion]:
        """Return all versions of a course, the newest first."""
        found = await self._unit.execute(
            self._versions(course_id).order_by(
                exercise_versions.c.published_at.desc(), exercise_versions.c.id
            )
        )
        return [_to_version(row) for row in found]

    async def add_assignment(self, assignment: Assignment, now: datetime) -> None:
        """Add an assignment."""
        await self._unit.execute(
            assignments.insert().values(
                id=assignment.id,
                course_id=assignment.course_id,
                exercise_version_id=assignment.version.id,
                title=assignment.title,
                opens_at=assignment.opens_at,
                due_at=assignment.due_at,
                closes_at=assignment.closes_at,
                max_attempts=assignment.max_attempts,
                created_at=now,
            )
        )

    async def assignment(self, assignment_id: AssignmentId) -> Assignment | None:
        """Return an assignment by id."""
        found = await self._unit.execute(
            self._assignments().where(assignments.c.id == assignment_id)
        )
        row = found.one_or_none()
        return None if row is None else _to_assignment(row)

    async def assignments(self, course_id: CourseId) -> list[Assignment]:
        """Return a course's assignments, in the order in which they were made."""
        found = await self._unit.execute(
            self._assignments()
            .where(assignments.c.course_id == course_id)
            .order_by(assignments.c.created_at, assignments.c.id)
        )
        return [_to_assignment(row) for row in found]

    @staticmethod
    def _versions(course_id: CourseId) -> Select[Any]:
        return select(*_VERSION).where(exercise_versions.c.course_id == course_id)

    @staticmethod
    def _assignments() -> Select[Any]:
        return select(assignments, *_VERSION).join(
            exercise_versions, exercise_versions.c.id == assignments.c.exercise_version_id
        )


def _to_assignment(row: Any) -> Assignment:
    return Assignment(
        AssignmentId(row.id),
        CourseId(row.course_id),
        row.title,
        _to_version(row),
        row.opens_at,
        row.due_at,
        row.closes_at,
        row.max_attempts,
    )


def _to_version(row: Any) -> ExerciseVersion:
    return ExerciseVersion(
        VersionId(row.version_id),
        CourseId(row.version_course_id),
        row.exercise,
        row.version_title,
        row.hash,
        row.published_at,
        _to_shown(row.shown),
    )


def _from_shown(shown: Shown) -> dict[str, Any]:
    return {
        "statement": shown.statement,
        "languages": list(shown.languages),
        "points": shown.points,
        "starters": dict(shown.starters),
        "file_names": dict(shown.file_names),
        "hints": [asdict(hint) for hint in shown.hints],
        "assets": dict(shown.assets),
    }


def _to_shown(plain: Mapping[str, Any]) -> Shown:
    return Shown(
        statement=plain["statement"],
        languages=tuple(map(Language, plain["languages"])),
        points=plain["points"],
        starters=_by_language(plain["starters"]),
        file_names=_by_language(plain["file_names"]),
        hints=tuple(Hint(**hint) for hint in plain["hints"]),
        assets=MappingProxyType(plain["assets"]),
    )


def _by_language(plain: Mapping[str, str]) -> Mapping[Language, str]:
    return MappingProxyType({Language(name): text for name, text in plain.items()})
