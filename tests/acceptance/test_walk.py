"""The walk: from a course to a result, graded in real sandboxes."""

from __future__ import annotations

from pathlib import Path

from carrel.core.clock import utc_now
from carrel.courses.packages import read_folder
from carrel.courses.types import Role
from carrel.facade import portal
from carrel.judge.verdict import Verdict
from carrel.sandbox.pool import SandboxPool
from carrel.submissions.states import Status
from carrel.submissions.types import SourceText
from carrel.testing.platform import account, new_platform

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_course_an_invitation_a_submission_and_its_result(
    nothing_left: Path, tmp_path: Path
) -> None:
    assert nothing_left.is_dir()
    portal.run(_walk, tmp_path / "data")


async def _walk(pool: SandboxPool, folder: Path) -> None:
    example = EXAMPLES / "sum-two-numbers"
    async with new_platform(folder) as platform:
        platform.clock.now = utc_now()
        course = await platform.course("Introduction")
        assignment = await platform.assignment(course, read_folder(example), max_attempts=2)
        invitation = await platform.courses.invite(platform.administrator, course.id, Role.STUDENT)
        ada = (await platform.courses.accept(invitation.code, account("ada"))).user
        [task] = await platform.submissions.tasks(ada, course.id)
        assert task.assignment == assignment
        views = []
        async with platform.working(platform.queue(pool)):
            for name in ("difference.py", "right.py"):
                source = SourceText(name, (example / "solutions" / name).read_bytes())
                submission = await platform.submissions.submit(
                    ada, assignment.id, "python", [source]
                )
                assert (await platform.outcome(ada, submission)).status is Status.GRADED
                views.append((await platform.submissions.see(ada, submission.id)).view)
        wrong, right = views
        assert wrong is not None
        assert (wrong.verdict, wrong.earned) == (Verdict.WRONG_ANSWER, 1)
        assert right is not None
        assert (right.verdict, right.earned, right.isolation) == (
            Verdict.ACCEPTED,
            5,
            pool.isolation,
        )
        [task] = await platform.submissions.tasks(ada, course.id)
        assert task.standing.attempts_used == 2
        assert task.standing.best is not None
        assert task.standing.best.earned == 5
