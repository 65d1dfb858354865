from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text, update

from carrel.accounts.types import User
from carrel.admission.admission import Admission
from carrel.core.errors import CarrelError, ExerciseFaultError, SandboxLostError
from carrel.courses.types import Assignment
from carrel.db.errors import DatabaseError
from carrel.db.tables import jobs, package_files, results
from carrel.dispatch.local import LocalWorker
from carrel.sandbox.limits import SandboxLimits
from carrel.submissions.states import MAX_FAULTS, MAX_LOSSES, Status
from carrel.submissions.types import Submission
from carrel.submissions.worker import LEASE, SubmissionQueue
from carrel.testing.platform import RIGHT, Platform, adding
from carrel.testing.sandboxes import FakePool, FakeSandbox

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

LATER = timedelta(minutes=1)


@pytest.fixture
async def assignment(platform: Platform) -> Assignment:
    return await platform.assignment(await platform.course(), max_attempts=100)


@pytest.fixture
async def ada(platform: Platform, assignment: Assignment) -> User:
    course, _ = await platform.courses.course(platform.administrator, assignment.course_id)
    return await platform.person("Ada", course)


@pytest.fixture
async def submission(platform: Platform, assignment: Assignment, ada: User) -> Submission:
    return await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])


class FailingPool(FakePool):
    """A pool that cannot lend a sandbox as long as there are errors left to raise."""

    def __init__(self, error: Callable[[], Exception], times: int = 10_000) -> None:
        super().__init__(adding)
        self.error = error
        self.times = times

    async def acquire(self, template: str, limits: SandboxLimits) -> FakeSandbox:
        if self.times:
            self.times -= 1
            raise self.error()
        return await super().acquire(template, limits)


class HoldingPool(FakePool):
    """A pool that lends nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__(adding)
        self.asked = asyncio.Event()
        self.open = asyncio.Event()

    async def acquire(self, template: str, limits: SandboxLimits) -> FakeSandbox:
        self.asked.set()
        await self.open.wait()
        return await super().acquire(template, limits)


def lost() -> Exception:
    return SandboxLostError("runsc is gone")


async def work_once(queue: SubmissionQueue) -> int:
    claims = await queue.take(10)
    for claim in claims:
        await queue.see_to(claim)
    return len(claims)


async def status(platform: Platform, user: User, submission: Submission) -> Status:
    return (await platform.submissions.see(user, submission.id)).submission.status


async def leases_of_results(platform: Platform) -> list[int]:
    async with platform.database.reading() as unit:
        return list(await unit.scalars(select(results.c.lease)))


async def used(platform: Platform, user: User, assignment: Assignment) -> int:
    return (await platform.submissions.task(user, assignment.id)).standing.attempts_used


async def test_a_platform_fault_is_retried_later_and_the_retry_counts(
    platform: Platform, ada: User, submission: Submission
) -> None:
    queue = platform.queue(FailingPool(lost, times=3).as_pool())
    assert await work_once(queue) == 1
    assert await status(platform, ada, submission) is Status.QUEUED
    assert await work_once(queue) == 0  # not at once
    platform.clock.pass_by(LATER)
    assert await work_once(queue) == 1
    assert await status(platform, ada, submission) is Status.GRADED
    assert await leases_of_results(platform) == [2]


@pytest.mark.parametrize(
    "error", [lost, lambda: KeyError("a mistake of ours"), lambda: OSError(28)]
)
async def test_a_submission_that_always_meets_faults_is_given_up_and_uses_no_attempt(
    platform: Platform,
    ada: User,
    assignment: Assignment,
    submission: Submission,
    error: Callable[[], Exception],
) -> None:
    queue = platform.queue(FailingPool(error).as_pool())
    for _ in range(MAX_FAULTS):
        assert await used(platform, ada, assignment) == 1
        assert await work_once(queue) == 1
        platform.clock.pass_by(LATER)
    assert await work_once(queue) == 0
    assert await status(platform, ada, submission) is Status.PLATFORM_FAULT
    assert await used(platform, ada, assignment) == 0
    assert await leases_of_results(platform) == []
    again = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    assert again.attempt == 2


async def test_a_fault_of_the_exercises_own_program_is_not_retried(
    platform: Platform, ada: User, submission: Submission
) -> None:
    pool = FailingPool(lambda: ExerciseFaultError("its checker crashed"))
    assert await work_once(platform.queue(pool.as_pool())) == 1
    assert await status(platform, ada, submission) is Status.PLATFORM_FAULT


async def test_an_exercise_whose_files_were_changed_is_a_fault_and_grades_nothing(
    platform: Platform, ada: User, submission: Submission
) -> None:
    async with platform.database.writing() as unit:
        await unit.execute(
            update(package_files).where(package_files.c.name == "start.py").values(content=b"x")
        )
    await work_once(platform.queue())
    assert await status(platform, ada, submission) is Status.QUEUED
    assert await leases_of_results(platform) == []


async def test_the_jobs_of_a_dead_worker_are_taken_over_when_their_lease_is_over(
    platform: Platform, ada: User, submission: Submission
) -> None:
    dead, other = platform.queue(name="dead"), platform.queue(name="other")
    await dead.beat()
    assert len(await dead.take(1)) == 1
    platform.clock.pass_by(LEASE - timedelta(seconds=1))
    await other.beat()
    assert await work_once(other) == 0
    platform.clock.pass_by(timedelta(seconds=1))
    await other.beat()
    assert await work_once(other) == 1
    assert await status(platform, ada, submission) is Status.GRADED


async def test_a_worker_that_beats_keeps_its_jobs(
    platform: Platform, submission: Submission
) -> None:
    slow, other = platform.queue(name="slow"), platform.queue(name="other")
    [claim] = await slow.take(1)
    assert claim.submission_id == submission.id
    for _ in range(4):
        platform.clock.pass_by(LEASE / 2)
        await slow.beat()
        await other.beat()
    assert await other.take(1) == []
    await slow.see_to(claim)
    assert await leases_of_results(platform) == [1]


async def test_a_worker_that_was_thought_dead_and_comes_back_changes_nothing(
    platform: Platform, ada: User, submission: Submission
) -> None:
    paused, other = platform.queue(name="paused"), platform.queue(name="other")
    [stale] = await paused.take(1)
    platform.clock.pass_by(LEASE)
    await other.beat()
    [fresh] = await other.take(1)
    await paused.see_to(stale)  # its result comes first, and is dropped
    assert await leases_of_results(platform) == []
    failing = platform.queue(FailingPool(lost).as_pool(), name="paused")
    await failing.see_to(stale)  # nor can it give the submission back
    assert await status(platform, ada, submission) is Status.RUNNING
    await other.see_to(fresh)
    await paused.see_to(stale)
    assert await leases_of_results(platform) == [2]
    assert await status(platform, ada, submission) is Status.GRADED


async def test_the_only_worker_takes_over_at_once_when_it_begins(
    platform: Platform, submission: Submission
) -> None:
    [claim] = await platform.queue(name="before").take(1)
    only = SubmissionQueue(
        platform.database,
        Admission(FakePool(adding).as_pool()),
        "after",
        1,
        is_only_worker=True,
        clock=platform.clock,
    )
    await only.beat()
    [taken] = await only.take(1)
    assert (taken.submission_id, taken.lease) == (submission.id, claim.lease + 1)
    await only.beat()  # what it has itself is not left by anybody
    assert await only.take(1) == []


async def test_a_submission_that_kills_every_worker_is_given_up(
    platform: Platform, ada: User, assignment: Assignment, submission: Submission
) -> None:
    queue = platform.queue()
    for _ in range(MAX_LOSSES):
        assert len(await queue.take(1)) == 1
        platform.clock.pass_by(LEASE)
        await platform.queue(name="other").beat()
    assert await queue.take(1) == []
    assert await status(platform, ada, submission) is Status.PLATFORM_FAULT
    assert await used(platform, ada, assignment) == 0


async def test_a_worker_that_is_told_to_end_gives_back_what_it_has_begun(
    platform: Platform, ada: User, submission: Submission
) -> None:
    pool = HoldingPool()
    async with platform.working(platform.queue(pool.as_pool())):
        await pool.asked.wait()
        assert await status(platform, ada, submission) is Status.RUNNING
    assert await status(platform, ada, submission) is Status.QUEUED
    async with platform.database.reading() as unit:
        row = (await unit.execute(select(jobs.c.faults, jobs.c.losses, jobs.c.worker))).one()
        workers = (await unit.scalars(text("SELECT name FROM workers"))).all()
    assert tuple(row) == (0, 0, None)
    assert workers == []
    async with platform.working():
        assert (await platform.outcome(ada, submission)).status is Status.GRADED


async def test_what_somebody_waits_for_comes_before_everything_else(
    platform: Platform, assignment: Assignment, ada: User
) -> None:
    submissions = [
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT]) for _ in range(3)
    ]
    async with platform.database.writing() as unit:
        await unit.execute(
            update(jobs).where(jobs.c.submission_id == submissions[0].id).values(priority=10)
        )
    claims = [*await platform.queue().take(2), *await platform.queue().take(2)]
    assert [claim.submission_id for claim in claims] == [
        submissions[number].id for number in (1, 2, 0)
    ]


async def test_no_job_is_given_to_two_workers(
    platform: Platform, assignment: Assignment, ada: User
) -> None:
    for _ in range(10):
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    queues = [platform.queue(name=f"worker {number}") for number in range(4)]
    taken = await asyncio.gather(*(queue.take(4) for queue in queues))
    ids = [claim.submission_id for claims in taken for claim in claims]
    assert len(ids) == len(set(ids)) == 10


async def test_as_many_run_at_a_time_as_there_are_places(
    platform: Platform, assignment: Assignment, ada: User
) -> None:
    pool = HoldingPool()
    submissions = [
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT]) for _ in range(5)
    ]
    async with platform.working(platform.queue(pool.as_pool()), places=2):
        await pool.asked.wait()
        found = [await status(platform, ada, one) for one in submissions]
        assert found.count(Status.RUNNING) <= 2
        pool.open.set()
        for one in submissions:
            assert (await platform.outcome(ada, one)).status is Status.GRADED
    assert len(await leases_of_results(platform)) == 5


async def test_the_estimate_is_honest_once_something_was_graded_and_a_worker_is_there(
    platform: Platform, assignment: Assignment, ada: User, submission: Submission
) -> None:
    queue = platform.queue(places=1)
    await queue.beat()
    await work_once(queue)
    async with platform.database.writing() as unit:
        await unit.execute(update(results).values(seconds=4.0))
    second = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    seen = await platform.submissions.see(ada, second.id)
    assert seen.place is not None
    assert (seen.place.number, seen.place.estimate_s) == (1, 4)
    platform.clock.pass_by(LATER)  # the worker was not heard of since
    seen = await platform.submissions.see(ada, second.id)
    assert seen.place is not None
    assert seen.place.estimate_s is None
    assert submission.attempt == 1


class ScriptedQueue:
    """A queue that gives jobs, or fails, as a test says."""

    def __init__(self, *answers: list[str] | CarrelError) -> None:
        self.answers = list(answers)
        self.done: list[str] = []
        self.asked = asyncio.Event()
        self.left = False

    async def take(self, count: int) -> list[str]:
        self.asked.set()
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, CarrelError):
            raise answer
        assert len(answer) <= count
        return answer

    async def see_to(self, job: str) -> None:
        self.done.append(job)

    async def beat(self) -> None:
        if not self.answers:
            raise DatabaseError("away")

    async def leave(self) -> None:
        self.left = True
        raise DatabaseError("away")


async def test_a_worker_outlives_a_database_that_is_away_and_is_woken_at_once() -> None:
    queue = ScriptedQueue(DatabaseError("away"), ["a"])
    worker = LocalWorker(queue, 1, poll_s=3600, beat_s=0.001)
    task = asyncio.create_task(worker.run())
    await queue.asked.wait()
    while not queue.done:
        worker.wake()
        await asyncio.sleep(0)
    queue.answers = [["b"]]
    while len(queue.done) < 2:
        worker.wake()
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert queue.done == ["a", "b"]
    assert queue.left


async def test_no_question_that_is_asked_again_and_again_reads_a_whole_table(
    platform: Platform, assignment: Assignment, ada: User
) -> None:
    """What it costs must not grow with what is stored."""
    if not platform.database.is_embedded:
        pytest.skip("PostgreSQL reads a small table whole, whatever indexes there are")
    statements: set[str] = set()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.add(statement)

    engines = (platform.database._readers, platform.database._writers)
    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    queue = platform.queue()
    await queue.beat()
    for _ in range(2):
        submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
        await platform.submissions.see(ada, submission.id)
        await platform.submissions.tasks(ada, assignment.course_id)
        await platform.submissions.submissions(ada, assignment.id)
        await work_once(queue)
        await platform.outcome(ada, submission)
        await platform.submissions.see(ada, submission.id)
    await queue.beat()
    scans: set[str] = set()
    async with platform.database.reading() as unit:
        for statement in sorted(statements):
            if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
                values = (None,) * statement.count("?")
                plan = await unit.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                found = [str(row["detail"]) for row in plan.mappings()]
                scans |= {one for one in found if one.startswith("SCAN")}
    # The newest hundred results in the order of an index, and as many rows as there are workers.
    allowed = ("SCAN results USING INDEX ix_results_graded_at", "SCAN anon_1", "SCAN workers")
    assert [scan for scan in scans if not scan.startswith(allowed)] == []
