"""Workers that are killed in the middle of a job: real processes, pretended sandboxes."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from carrel.core.clock import utc_now
from carrel.db.tables import results
from carrel.submissions.states import Status
from carrel.submissions.worker import LEASE
from carrel.testing.platform import RIGHT, Platform, new_platform

# A worker on the database in argv[1]. It says which program it runs, and then, if argv[2]
# is `hang`, never answers. argv[3] is how many seconds its clock is ahead.
_WORKER = """
import asyncio, sys, time
from datetime import timedelta
from pathlib import Path
from carrel.admission.admission import Admission
from carrel.core.clock import utc_now
from carrel.db.engine import Database
from carrel.dispatch.local import LocalWorker
from carrel.submissions.worker import SubmissionQueue
from carrel.testing.platform import adding
from carrel.testing.sandboxes import FakePool

def behave(program):
    print("runs", flush=True)
    if sys.argv[2] == "hang":
        time.sleep(3600)
    return adding(program)

def clock():
    return utc_now() + timedelta(seconds=int(sys.argv[3]))

async def main():
    database = await Database.open(Path(sys.argv[1]))
    queue = SubmissionQueue(
        database, Admission(FakePool(behave).as_pool()), f"worker {sys.argv[3]}", 2,
        is_only_worker=sys.argv[3] == "0", clock=clock,
    )
    await LocalWorker(queue, 2).run()

asyncio.run(main())
"""


class Worker:
    """A worker in a process of its own."""

    def __init__(self, folder: Path, *, hangs: bool, ahead_s: int = 0) -> None:
        how = "hang" if hangs else "work"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(folder), how, str(ahead_s)],
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_it_runs_a_program(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "runs\n"

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL
        assert self.process.stdout is not None
        self.process.stdout.close()


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def leases(platform: Platform) -> dict[str, int]:
    async with platform.database.reading() as unit:
        found = await unit.execute(select(results.c.submission_id, results.c.lease))
        return {row.submission_id: row.lease for row in found}


@pytest.mark.parametrize("ahead_s", [0, LEASE // timedelta(seconds=1) + 5])
async def test_a_worker_killed_in_the_middle_of_a_job_leaves_exactly_one_result(
    tmp_path: Path, ahead_s: int
) -> None:
    """Taken over at once by the only worker of a machine, or when the lease is over."""
    async with new_platform(tmp_path / "data") as platform:
        platform.clock.now = utc_now()
        course = await platform.course()
        assignment = await platform.assignment(course, max_attempts=1)
        ada = await platform.person("Ada", course)
        submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
        first = Worker(tmp_path / "data", hangs=True)
        try:
            first.wait_until_it_runs_a_program()
        finally:
            first.kill()
        seen = await platform.submissions.see(ada, submission.id)
        assert seen.submission.status is Status.RUNNING
        second = Worker(tmp_path / "data", hangs=False, ahead_s=ahead_s)
        try:
            assert (await platform.outcome(ada, submission)).status is Status.GRADED
        finally:
            second.kill()
        assert await leases(platform) == {submission.id: 2}
        assert (await platform.submissions.task(ada, assignment.id)).standing.attempts_used == 1


async def test_workers_killed_again_and_again_lose_nothing(tmp_path: Path) -> None:
    async with new_platform(tmp_path / "data") as platform:
        platform.clock.now = utc_now()
        course = await platform.course()
        assignment = await platform.assignment(course)
        ada = await platform.person("Ada", course)
        submissions = [
            await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
            for _ in range(6)
        ]
        for runs in (1, 3, 5):  # in the first program, in the second submission, in the third
            worker = Worker(tmp_path / "data", hangs=False)
            try:
                for _ in range(runs):
                    worker.wait_until_it_runs_a_program()
            finally:
                worker.kill()
            submissions.append(
                await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
            )
        last = Worker(tmp_path / "data", hangs=False)
        try:
            for submission in submissions:
                assert (await platform.outcome(ada, submission)).status is Status.GRADED
        finally:
            last.kill()
        assert set(await leases(platform)) == {submission.id for submission in submissions}
        standing = (await platform.submissions.task(ada, assignment.id)).standing
        assert standing.attempts_used == len(submissions)
