"""A platform in one process, for tests: an SQLite file, services, a clock that one sets.

Passwords are cheap here, and programs are answered by a Python function unless a test
brings a real pool. Everything else is what a server has.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from carrel.accounts.passwords import Passwords
from carrel.accounts.service import AccountService, NewAccount
from carrel.accounts.types import User
from carrel.admission.admission import Admission
from carrel.courses.exercises import ExerciseService
from carrel.courses.packages import Package
from carrel.courses.service import CourseService
from carrel.courses.types import Assignment, Course, Role
from carrel.db.engine import Database
from carrel.dispatch.local import LocalWorker
from carrel.sandbox.pool import Lender
from carrel.sandbox.program import Execution, Program
from carrel.submissions.service import SubmissionService
from carrel.submissions.types import Claim, Moment, SourceText, Submission
from carrel.submissions.watch import Watch
from carrel.submissions.worker import SubmissionQueue
from carrel.testing.databases import new_database
from carrel.testing.sandboxes import FakePool, ended

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
SECRET = "4711"  # noqa: S105 - of a test
"""A number that stands in the hidden test of `SUM` and nowhere else."""

SUM: Package = {
    "exercise.toml": f"""
id = "sum"
title = "Sum"
languages = ["python", "java"]
hints = ["Split the line.", {{text = "Add.", after_attempts = 2}}]

[starter]
python = "start.py"

[[tests]]
name = "small"
input = "1 2"
expected = "3"

[[tests]]
name = "kept back"
input = "{SECRET} 1"
expected = "4712"
points = 3
hidden = true
""".encode(),
    "statement.md": b"# Sum\n\nPrint the *sum*.\n",
    "start.py": b"# read two numbers\n",
}
"""An exercise: two numbers in, their sum out."""

RIGHT = SourceText("sum.py", b"print(sum(map(int, input().split())))\n")
WRONG = SourceText("sum.py", b"print('wrong')\n")


def adding(program: Program) -> Execution:
    """Answer every program with the sum of its numbers, which is right for `SUM`."""
    total = sum(int(word) for word in (program.stdin or b"").split())
    return ended(stdout=f"{total}\n".encode())


@dataclass
class Clock:
    """The time, which passes when a test says so."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now

    def pass_by(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time


@dataclass
class Platform:
    """The services over one database, and the people whom tests need."""

    database: Database
    clock: Clock
    accounts: AccountService
    courses: CourseService
    exercises: ExerciseService
    submissions: SubmissionService
    watch: Watch
    administrator: User

    async def person(
        self, name: str, course: Course | None = None, role: Role | None = None
    ) -> User:
        """Return the user with this login, made now if need be, in a course if one is given."""
        user = await self.accounts.ensure_user(name.lower(), name)
        if course is not None:
            await self.courses.ensure_member(course.id, user, role or Role.STUDENT)
        return user

    async def course(self, title: str = "Algorithms") -> Course:
        """Return a new course of the administrator's."""
        return await self.courses.create(self.administrator, title)

    async def assignment(
        self, course: Course, package: Package = SUM, **options: Any
    ) -> Assignment:
        """Return a new assignment of the course's administrator; `options` as for `assign`."""
        version = await self.exercises.publish(self.administrator, course.id, package)
        return await self.exercises.assign(
            self.administrator,
            course.id,
            version.id,
            **options,
        )

    def queue(
        self, pool: Lender | None = None, name: str = "worker", places: int = 2
    ) -> SubmissionQueue:
        """Return the queue as a worker with this pool sees it; by default all programs add."""
        return SubmissionQueue(
            self.database,
            Admission(pool or FakePool(adding).as_pool()),
            name,
            places,
            clock=self.clock,
            progress_s=0,
        )

    @asynccontextmanager
    async def working(
        self, queue: SubmissionQueue | None = None, places: int = 2
    ) -> AsyncIterator[LocalWorker[Claim]]:
        """Have a worker at work during a block."""
        worker = LocalWorker(queue or self.queue(places=places), places, poll_s=0.01)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def outcome(self, user: User, submission: Submission) -> Moment:
        """Return the final moment of a submission; a worker must be at work."""
        newest = None
        async for moment in await self.submissions.follow(user, submission.id):
            newest = moment
        if newest is None:
            raise AssertionError("nothing was told of the submission")
        return newest


@asynccontextmanager
async def new_platform(
    folder: Path, wake_worker: Callable[[], None] | None = None
) -> AsyncIterator[Platform]:
    """Give a platform with an administrator and nothing else, in the data directory `folder`."""
    async with new_database(folder) as database:
        yield await platform_on(database, wake_worker)


async def platform_on(
    database: Database, wake_worker: Callable[[], None] | None = None
) -> Platform:
    """Return a platform on a database that is there."""
    clock = Clock()
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts = AccountService(database, passwords, clock=clock)
    watch = Watch(database, look_s=0.01, clock=clock)
    return Platform(
        database,
        clock,
        accounts,
        CourseService(database, accounts, clock=clock),
        ExerciseService(database, clock=clock),
        SubmissionService(
            database, clock=clock, watch=watch, wake_worker=wake_worker or (lambda: None)
        ),
        watch,
        await accounts.first_administrator(),
    )


def account(login: str) -> NewAccount:
    """Return what somebody with this login gives for an account."""
    return NewAccount(login, login.title(), PASSWORD)
