from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from carrel.admission.admission import Admission
from carrel.api.platform import Platform
from carrel.bootstrap.platform import (
    administrator_link,
    grading,
    make_platform,
    open_database,
    prepared_platform,
    web_folder,
)
from carrel.core.errors import ConflictError
from carrel.courses.types import Role
from carrel.ops.settings import Settings
from carrel.submissions.states import Status
from carrel.testing.platform import RIGHT, SUM, adding
from carrel.testing.sandboxes import FakePool

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

HERE = "192.0.2.1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", database_url=None)


async def prepare(settings: Settings) -> str:
    async with prepared_platform(settings, uid=os.geteuid(), gid=os.getegid()) as platform:
        return await administrator_link(platform)


async def test_every_start_gives_a_link_by_which_the_one_administrator_signs_in(
    settings: Settings,
) -> None:
    links = [await prepare(settings) for _ in range(2)]
    async with open_database(settings) as database:
        accounts = make_platform(database).accounts
        users = [(await accounts.sign_in_by_link(link, HERE)).user for link in links]
    assert users[0].administrator
    assert users[0] == users[1]


async def test_a_worker_grades_what_another_process_takes_and_wakes_it_for(
    settings: Settings,
) -> None:
    await prepare(settings)
    pool = FakePool(adding)
    async with (
        open_database(settings) as of_web,
        open_database(settings) as of_worker,
        grading(settings, of_worker, Admission(pool.as_pool())) as worker,
    ):
        platform = make_platform(of_web, wake_worker=worker.wake, scratch=web_folder(settings))
        assert (await graded(platform)) is Status.GRADED
    assert list(web_folder(settings).iterdir()) == []
    assert all(box.destroyed for box in pool.boxes)


async def graded(platform: Platform) -> Status:
    teacher = await platform.accounts.administrator()
    assert teacher is not None
    course = await platform.courses.create(teacher, "Algorithms")
    version = await platform.exercises.publish(teacher, course.id, SUM)
    assignment = await platform.exercises.assign(teacher, course.id, version.id)
    ada = await platform.accounts.ensure_user("ada", "Ada")
    await platform.courses.ensure_member(course.id, ada, Role.STUDENT)
    submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    way = await platform.submissions.follow(ada, submission.id)
    return [moment async for moment in way][-1].status


async def test_two_workers_do_not_grade_from_one_file(settings: Settings) -> None:
    await prepare(settings)
    admission = Admission(FakePool(adding).as_pool())
    async with open_database(settings) as database, grading(settings, database, admission):
        with pytest.raises(ConflictError, match="another carrel worker"):
            async with grading(settings, database, admission):
                pass
    async with open_database(settings) as database, grading(settings, database, admission):
        await asyncio.sleep(0)
