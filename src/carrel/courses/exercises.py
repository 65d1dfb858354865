"""Publish exercises in a course, and assign them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from anyio import to_thread

from carrel.accounts.rules import parse_name
from carrel.accounts.types import User
from carrel.core.clock import Clock, utc_now
from carrel.core.errors import NotFoundError
from carrel.core.ids import new_id
from carrel.courses import packages
from carrel.courses.access import enter, enter_assignment
from carrel.courses.deadlines import check_opened, check_times
from carrel.courses.exercise_store import ExerciseStore
from carrel.courses.packages import Package
from carrel.courses.permissions import Action, may, require
from carrel.courses.types import (
    Assignment,
    AssignmentId,
    CourseId,
    ExerciseVersion,
    VersionId,
)
from carrel.db.engine import Database

MAX_TITLE = 150


class ExerciseService:
    """Exercise versions and assignments. The first argument is who asks.

    `scratch` is a folder for files that are there for a moment, None where the system's
    will do.
    """

    def __init__(
        self, database: Database, *, clock: Clock = utc_now, scratch: Path | None = None
    ) -> None:
        self._database = database
        self._scratch = scratch
        self._clock = clock

    async def publish_archive(
        self, user: User, course_id: CourseId, archive: bytes
    ) -> ExerciseVersion:
        """Publish the exercise in a zip or tar.gz; see `publish`."""
        await self._check_may_publish(user, course_id)  # before a stranger's bytes are unpacked
        files = await to_thread.run_sync(packages.read_archive, archive)
        return await self.publish(user, course_id, files)

    async def publish(self, user: User, course_id: CourseId, files: Package) -> ExerciseVersion:
        """Publish an exercise; its files are kept for ever, under their hash.

        The same files again are the same version. InvalidValueError names every problem.
        """
        await self._check_may_publish(user, course_id)
        exercise = await to_thread.run_sync(packages.load, files, self._scratch)
        packages.check_size(exercise)
        key = await to_thread.run_sync(packages.hash_of, files)
        now = self._clock()
        version = ExerciseVersion(
            VersionId(new_id("exv")),
            course_id,
            exercise=exercise.id,
            title=parse_name(exercise.title, "title", MAX_TITLE),
            hash=key,
            published_at=now,
            shown=packages.shown(exercise, files),
        )
        async with self._database.writing() as unit:
            _, actor = await enter(unit, user, course_id)
            require(actor, Action.PUBLISH)
            store = ExerciseStore(unit)
            before = await store.version_with(course_id, key)
            if before is not None:
                return before
            await store.add_package(key, files, now)
            await store.add_version(version)
        return version

    async def versions(self, user: User, course_id: CourseId) -> list[ExerciseVersion]:
        """Return what was published in a course, the newest first."""
        async with self._database.reading() as unit:
            _, actor = await enter(unit, user, course_id)
            require(actor, Action.SEE_EXERCISES)
            return await ExerciseStore(unit).versions(course_id)

    async def assign(
        self,
        user: User,
        course_id: CourseId,
        version_id: VersionId,
        *,
        title: str | None = None,
        opens_at: datetime | None = None,
        due_at: datetime | None = None,
        closes_at: datetime | None = None,
        max_attempts: int | None = None,
    ) -> Assignment:
        """Assign an exercise version of the course; by default under its own title, for ever."""
        check_times(opens_at, due_at, closes_at, max_attempts)
        name = None if title is None else parse_name(title, "title", MAX_TITLE)
        async with self._database.writing() as unit:
            _, actor = await enter(unit, user, course_id)
            require(actor, Action.ASSIGN)
            store = ExerciseStore(unit)
            version = await store.version(course_id, version_id)
            if version is None:
                raise NotFoundError("This course has no such exercise version: publish it first.")
            assignment = Assignment(
                AssignmentId(new_id("asg")),
                course_id,
                name or version.title,
                version,
                opens_at,
                due_at,
                closes_at,
                max_attempts,
            )
            await store.add_assignment(assignment, self._clock())
        return assignment

    async def assignment(self, assignment_id: AssignmentId) -> Assignment | None:
        """Return an assignment, if there is one. For operators: nobody is asked."""
        async with self._database.reading() as unit:
            return await ExerciseStore(unit).assignment(assignment_id)

    async def asset(self, user: User, assignment_id: AssignmentId, name: str) -> bytes:
        """Return a file that the statement shows; NotFoundError for any other."""
        async with self._database.reading() as unit:
            assignment, actor = await enter_assignment(unit, user, assignment_id)
            if not may(actor, Action.SEE_CLOSED):
                check_opened(assignment, self._clock())
            version = assignment.version
            data = None
            if name in version.shown.assets:
                data = await ExerciseStore(unit).package_file(
                    version.hash, version.shown.assets[name]
                )
        if data is None:
            raise NotFoundError("The statement shows no such file.")
        return data

    async def _check_may_publish(self, user: User, course_id: CourseId) -> None:
        async with self._database.reading() as unit:
            _, actor = await enter(unit, user, course_id)
        require(actor, Action.PUBLISH)
