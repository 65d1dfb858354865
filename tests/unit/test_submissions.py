from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from carrel.core.errors import (
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    TooLargeError,
    TooManyRequestsError,
)
from carrel.courses.types import AssignmentId, Role
from carrel.judge.verdict import Verdict
from carrel.submissions.rules import MAX_FILES, MAX_WAITING
from carrel.submissions.states import Status
from carrel.submissions.types import Moment, Points, SourceText, SubmissionId
from carrel.testing.platform import (
    RIGHT,
    SECRET,
    START,
    WRONG,
    Platform,
)
from carrel.testing.sandboxes import FakePool, ended

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

HOUR = timedelta(hours=1)


async def test_a_submission_is_stored_queued_graded_and_shown(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    seen = await platform.submissions.see(ada, submission.id)
    assert seen.submission == submission
    assert (seen.submission.status, seen.submission.attempt) == (Status.QUEUED, 1)
    assert seen.submission.files == (RIGHT,)
    assert seen.place is not None
    assert (seen.place.number, seen.place.estimate_s, seen.view) == (1, None, None)
    async with platform.working():
        assert (await platform.outcome(ada, submission)).status is Status.GRADED
    seen = await platform.submissions.see(ada, submission.id)
    assert seen.place is None
    assert seen.submission.graded_at == platform.clock.now
    assert seen.view is not None
    assert (seen.view.verdict, seen.view.earned, seen.view.total) == (Verdict.ACCEPTED, 4, 4)
    [task] = await platform.submissions.tasks(ada, course.id)
    assert task.standing.best == Points(4, 4)
    assert (task.standing.attempts_used, task.standing.newest) == (1, Status.GRADED)


async def test_nothing_that_a_student_can_ask_for_tells_the_hidden_test(
    platform: Platform,
) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    # The program prints what it was given, which is how inputs get out.
    echo = FakePool(lambda program: ended(stdout=program.stdin or b"", stderr=program.stdin or b""))
    submission = await platform.submissions.submit(ada, assignment.id, "python", [WRONG])
    async with platform.working(platform.queue(echo.as_pool())):
        way = await platform.submissions.follow(ada, submission.id)
        moments = [moment async for moment in way]
    assert any(SECRET.encode() in (one.stdin or b"") for one in echo.boxes[0].executed)
    seen = await platform.submissions.see(ada, submission.id)
    assert seen.view is not None
    told = [
        *(repr(seen), repr(moments), json.dumps(seen.view.as_dict())),
        repr(await platform.submissions.tasks(ada, course.id)),
        repr(await platform.submissions.task(ada, assignment.id)),
        repr(await platform.submissions.submissions(ada, assignment.id)),
        repr(await platform.courses.course(ada, course.id)),
    ]
    for text in told:
        assert SECRET not in text
        assert "4712" not in text
    assert [test.hidden for test in seen.view.tests] == [False, True]


async def test_students_see_their_own_submissions_and_staff_all(platform: Platform) -> None:
    course, other = await platform.course(), await platform.course("Other")
    assignment = await platform.assignment(course)
    ada, bob = await platform.person("Ada", course), await platform.person("Bob", course)
    ours = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    theirs = await platform.submissions.submit(bob, assignment.id, "python", [WRONG])
    former = await platform.person("former", course)
    left = await platform.submissions.submit(former, assignment.id, "python", [RIGHT])
    await platform.courses.remove_member(platform.administrator, course.id, former.id)
    staff = [await platform.person(r, course, Role(r)) for r in ("assistant", "instructor")]
    for user in staff:
        found = await platform.submissions.submissions(user, assignment.id)
        assert [one.id for one in found] == [left.id, theirs.id, ours.id]
        assert (await platform.submissions.see(user, ours.id)).submission.user == ada
    for user, own in ((ada, ours), (bob, theirs)):
        found = await platform.submissions.submissions(user, assignment.id)
        assert [one.id for one in found] == [own.id]
    elsewhere = await platform.person("elsewhere", other, Role.INSTRUCTOR)
    auditor = await platform.person("auditor", course, Role.AUDITOR)
    stranger = await platform.person("stranger")
    said = set()
    for user in (bob, former, elsewhere, auditor, stranger):
        for submission_id in (ours.id, SubmissionId("sub_none")):
            with pytest.raises(NotFoundError) as caught:
                await platform.submissions.see(user, submission_id)
            said.add(str(caught.value))
            with pytest.raises(NotFoundError) as caught:
                await platform.submissions.follow(user, submission_id)
            said.add(str(caught.value))
    with pytest.raises(NotFoundError):  # nor one's own, after one has left
        await platform.submissions.see(former, left.id)
    assert len(said) == 1
    assert await platform.submissions.submissions(auditor, assignment.id) == []
    for user in (former, elsewhere, stranger):
        for ask in (platform.submissions.submissions, platform.submissions.task):
            with pytest.raises(NotFoundError):
                await ask(user, assignment.id)


async def test_who_may_hand_in(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    for role in Role:
        user = await platform.person(role.value, course, role)
        if role is Role.AUDITOR:
            with pytest.raises(NotAllowedError, match="hand in solutions"):
                await platform.submissions.submit(user, assignment.id, "python", [RIGHT])
        else:
            await platform.submissions.submit(user, assignment.id, "python", [RIGHT])
    stranger = await platform.person("stranger")
    for assignment_id in (assignment.id, AssignmentId("asg_none")):
        with pytest.raises(NotFoundError):
            await platform.submissions.submit(stranger, assignment_id, "python", [RIGHT])


async def test_those_who_hand_in_at_once_never_get_the_same_attempt_nor_one_too_many(
    platform: Platform,
) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course, max_attempts=4)
    ada, bob = await platform.person("Ada", course), await platform.person("Bob", course)
    attempts: dict[str, list[int]] = {"ada": [], "bob": []}
    refused = 0

    async def submit(number: int) -> None:
        nonlocal refused
        user = ada if number % 2 else bob
        try:
            one = await platform.submissions.submit(user, assignment.id, "python", [RIGHT])
        except ConflictError:
            refused += 1
        else:
            attempts[user.login].append(one.attempt)

    await asyncio.gather(*(submit(number) for number in range(14)))
    assert {name: sorted(found) for name, found in attempts.items()} == {
        "ada": [1, 2, 3, 4],
        "bob": [1, 2, 3, 4],
    }
    assert refused == 6


async def test_an_assignment_takes_submissions_in_its_time_only(platform: Platform) -> None:
    course = await platform.course()
    times: dict[str, Any] = {"opens_at": START + HOUR, "closes_at": START + 2 * HOUR}
    assignment = await platform.assignment(course, **times, max_attempts=1)
    ada = await platform.person("Ada", course)
    teacher = platform.administrator
    for ask in (
        lambda: platform.submissions.submit(ada, assignment.id, "python", [RIGHT]),
        lambda: platform.submissions.task(ada, assignment.id),
        lambda: platform.exercises.asset(ada, assignment.id, "a.png"),
    ):
        with pytest.raises(ConflictError, match="opens at"):
            await ask()
    assert [task.assignment.id for task in await platform.submissions.tasks(ada, course.id)] == [
        assignment.id
    ]
    assert (await platform.submissions.task(teacher, assignment.id)).assignment == assignment
    await platform.submissions.submit(teacher, assignment.id, "python", [RIGHT])
    platform.clock.pass_by(HOUR)
    await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    with pytest.raises(ConflictError, match="used all 1 attempts"):
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    platform.clock.pass_by(HOUR)
    bob = await platform.person("Bob", course)
    with pytest.raises(ConflictError, match="closed at"):
        await platform.submissions.submit(bob, assignment.id, "python", [RIGHT])


@pytest.mark.parametrize(
    ("language", "files", "field"),
    [
        ("cobol", [RIGHT], "language"),
        ("go", [RIGHT], "language"),
        ("python", [], "files"),
        ("python", [RIGHT] * (MAX_FILES + 1), "files"),
        ("python", [RIGHT, RIGHT], "files[1].name"),
        ("python", [SourceText("../../etc/x.py", b"1")], "files[0].name"),
        ("python", [SourceText("/etc/x.py", b"1")], "files[0].name"),
        ("python", [SourceText("", b"1")], "files[0].name"),
        ("python", [SourceText("a\nb.py", b"1")], "files[0].name"),
        ("python", [SourceText("x" * 151, b"1")], "files[0].name"),
        ("python", [RIGHT, SourceText("a", b"1"), SourceText("a/b", b"1")], "files[1].name"),
        ("python", [SourceText("a.py", b" \n")], "files[0].content"),
    ],
)
async def test_what_is_no_submission_is_refused_and_uses_no_attempt(
    platform: Platform, language: str, files: list[SourceText], field: str
) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    with pytest.raises(InvalidValueError) as caught:
        await platform.submissions.submit(ada, assignment.id, language, files)
    assert caught.value.field == field
    assert await platform.submissions.submissions(ada, assignment.id) == []


async def test_a_submission_that_is_too_large_is_refused(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    large = [SourceText(f"{n}.py", b"#" * 1024 * 1024) for n in range(5)]
    for files, field in (
        ([SourceText("a.py", b"#" * (1024 * 1024 + 1))], "files[0].content"),
        (large, "files"),
    ):
        with pytest.raises(TooLargeError) as caught:
            await platform.submissions.submit(ada, assignment.id, "python", files)
        assert caught.value.field == field


async def test_one_student_cannot_fill_the_queue(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada, bob = await platform.person("Ada", course), await platform.person("Bob", course)
    for _ in range(MAX_WAITING):
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    with pytest.raises(TooManyRequestsError, match="20 of your submissions are not graded yet"):
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    await platform.submissions.submit(bob, assignment.id, "python", [RIGHT])
    [claim] = await platform.queue().take(1)
    await platform.queue().see_to(claim)
    await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])


async def test_hints_open_with_failed_attempts(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    wrong = FakePool(lambda _: ended(stdout=b"wrong\n"))
    opened = []
    async with platform.working(platform.queue(wrong.as_pool())):
        for _ in range(3):
            opened.append((await platform.submissions.task(ada, assignment.id)).hints)
            one = await platform.submissions.submit(ada, assignment.id, "python", [WRONG])
            await platform.outcome(ada, one)
    assert [len(hints) for hints in opened] == [0, 1, 2]


async def test_the_place_in_the_queue_is_that_in_which_submissions_came(
    platform: Platform,
) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    submissions = [
        await platform.submissions.submit(ada, assignment.id, "python", [RIGHT]) for _ in range(3)
    ]
    for number, submission in enumerate(submissions, 1):
        seen = await platform.submissions.see(ada, submission.id)
        assert seen.place is not None
        assert seen.place.number == number


async def test_followers_hear_the_present_moment_first_and_then_the_way(
    platform: Platform,
) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    moments: list[Moment] = []
    async with aclosing(await platform.submissions.follow(ada, submission.id)) as way:
        moments.append(await anext(way))
        assert moments[0].status is Status.QUEUED
        assert moments[0].place is not None
        async with platform.working():
            moments += [moment async for moment in way]
    assert moments[-1].status is Status.GRADED
    assert all(before != after for before, after in pairwise(moments))
    late = [moment async for moment in await platform.submissions.follow(ada, submission.id)]
    assert late == moments[-1:]
    assert platform.watch.is_idle


async def test_a_slow_follower_holds_up_nobody_and_hears_the_newest(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    slow = await platform.submissions.follow(ada, submission.id)
    assert (await anext(slow)).status is Status.QUEUED
    async with platform.working():
        assert (await platform.outcome(ada, submission)).status is Status.GRADED
    rest = [moment async for moment in slow]
    assert rest[-1].status is Status.GRADED
    assert len(rest) <= 2
    assert platform.watch.is_idle


async def test_a_follower_that_goes_away_leaves_nothing(platform: Platform) -> None:
    course = await platform.course()
    assignment = await platform.assignment(course)
    ada = await platform.person("Ada", course)
    submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    way = await platform.submissions.follow(ada, submission.id)
    await anext(way)
    assert not platform.watch.is_idle
    await way.aclose()
    assert platform.watch.is_idle
