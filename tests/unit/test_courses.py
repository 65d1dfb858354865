from __future__ import annotations

import io
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import anyio
import pytest

from carrel.accounts.types import User
from carrel.core.errors import (
    CarrelError,
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    TooLargeError,
)
from carrel.courses.deadlines import Phase, attempts_left, check_hand_in, phase_of
from carrel.courses.packages import MAX_STATEMENT_BYTES, read_archive
from carrel.courses.types import AssignmentId, Course, CourseId, Role, VersionId
from carrel.languages.registry import Language
from carrel.testing.platform import START, SUM, Platform, account

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

HOUR = timedelta(hours=1)
Call = Callable[[Platform, User, Course], Awaitable[object]]


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


async def publish(platform: Platform, user: User, course: Course) -> object:
    return await platform.exercises.publish(user, course.id, SUM)


async def publish_archive(platform: Platform, user: User, course: Course) -> object:
    return await platform.exercises.publish_archive(user, course.id, zipped(SUM))


async def assign(platform: Platform, user: User, course: Course) -> object:
    versions = await platform.exercises.versions(platform.administrator, course.id)
    version_id = versions[0].id if versions else VersionId("exv_none")
    return await platform.exercises.assign(user, course.id, version_id)


async def invite_student(platform: Platform, user: User, course: Course) -> object:
    return await platform.courses.invite(user, course.id, Role.STUDENT)


async def invite_instructor(platform: Platform, user: User, course: Course) -> object:
    return await platform.courses.invite(user, course.id, Role.INSTRUCTOR)


async def see(platform: Platform, user: User, course: Course) -> object:
    return await platform.courses.course(user, course.id)


async def members(platform: Platform, user: User, course: Course) -> object:
    return await platform.courses.members(user, course.id)


async def remove(platform: Platform, user: User, course: Course) -> object:
    other = await platform.person("Other", course)
    await platform.courses.remove_member(user, course.id, other.id)
    return other


async def versions(platform: Platform, user: User, course: Course) -> object:
    return await platform.exercises.versions(user, course.id)


async def tasks(platform: Platform, user: User, course: Course) -> object:
    return await platform.submissions.tasks(user, course.id)


_ALL = set(Role)
_STAFF = {Role.ASSISTANT, Role.INSTRUCTOR}
ALLOWED: list[tuple[Call, set[Role]]] = [
    (see, _ALL),
    (tasks, _ALL),
    (members, _STAFF),
    (versions, _STAFF),
    (publish, _STAFF),
    (publish_archive, _STAFF),
    (assign, _STAFF),
    (invite_student, _STAFF),
    (invite_instructor, {Role.INSTRUCTOR}),
    (remove, {Role.INSTRUCTOR}),
]


@pytest.mark.parametrize(("call", "roles"), ALLOWED)
async def test_each_role_may_do_what_the_table_says_and_strangers_nothing(
    platform: Platform, call: Call, roles: set[Role]
) -> None:
    course, other = await platform.course(), await platform.course("Other")
    await publish(platform, platform.administrator, course)
    for role in Role:
        user = await platform.person(role.value, course, role)
        if role in roles:
            await call(platform, user, course)
        else:
            with pytest.raises(NotAllowedError, match="In this course, only"):
                await call(platform, user, course)
    former = await platform.person("former", course, Role.INSTRUCTOR)
    await platform.courses.remove_member(platform.administrator, course.id, former.id)
    elsewhere = await platform.person("elsewhere", other, Role.INSTRUCTOR)
    stranger = await platform.person("stranger")
    site = await platform.accounts.ensure_user("site", "Site", administrator=True)
    for user in (former, elsewhere, stranger, site):
        with pytest.raises(NotFoundError, match="There is no such course"):
            await call(platform, user, course)
        assert await platform.courses.courses(user) == (
            [(other, Role.INSTRUCTOR)] if user == elsewhere else []
        )


async def test_a_course_that_is_not_there_looks_like_one_that_one_is_not_in(
    platform: Platform,
) -> None:
    course = await platform.course()
    stranger = await platform.person("stranger")
    said = set()
    for course_id in (course.id, CourseId("crs_none")):
        with pytest.raises(NotFoundError) as caught:
            await platform.courses.course(stranger, course_id)
        said.add(str(caught.value))
    assert len(said) == 1


async def test_only_administrators_make_courses(platform: Platform) -> None:
    teacher = await platform.person("teacher")
    with pytest.raises(NotAllowedError):
        await platform.courses.create(teacher, "Mine")
    with pytest.raises(InvalidValueError, match="title"):
        await platform.courses.create(platform.administrator, " ")


async def test_an_invitation_makes_a_member_with_a_role(platform: Platform) -> None:
    course = await platform.course()
    made = await platform.courses.invite(platform.administrator, course.id, Role.ASSISTANT)
    seen = await platform.courses.look(made.code)
    assert (seen.course, seen.role) == (course, Role.ASSISTANT)
    signed_in = await platform.courses.accept(made.code, account("grace"))
    assert await platform.accounts.by_session(signed_in.session.secret) == signed_in.user
    assert await platform.courses.courses(signed_in.user) == [(course, Role.ASSISTANT)]


async def test_a_signed_in_user_joins_and_keeps_the_role_the_second_time(
    platform: Platform,
) -> None:
    course = await platform.course()
    made = await platform.courses.invite(
        platform.administrator, course.id, Role.STUDENT, most_uses=1
    )
    ada = await platform.person("Ada")
    # Her instructor opens the link first, to see what it does, and uses it up for nobody.
    assert await platform.courses.join(platform.administrator, made.code) == course
    assert await platform.courses.join(ada, made.code) == course
    assert await platform.courses.courses(ada) == [(course, Role.STUDENT)]
    assert await platform.courses.courses(platform.administrator) == [(course, Role.INSTRUCTOR)]


async def test_an_invitation_counts_only_in_its_limits(platform: Platform) -> None:
    course = await platform.course()
    teacher = platform.administrator
    used = await platform.courses.invite(teacher, course.id, Role.STUDENT, most_uses=1)
    await platform.courses.accept(used.code, account("grace"))
    late = await platform.courses.invite(
        teacher, course.id, Role.STUDENT, expires_at=platform.clock.now + HOUR
    )
    platform.clock.pass_by(HOUR)
    ada = await platform.person("Ada")
    for code in (used.code, late.code, "join_guessed", ""):
        with pytest.raises(NotFoundError, match="Ask for a new one"):
            await platform.courses.look(code)
        with pytest.raises(NotFoundError):
            await platform.courses.join(ada, code)
        with pytest.raises(NotFoundError):
            await platform.courses.accept(code, account("alan"))
    assert await platform.accounts.user_by_login("alan") is None


async def test_the_last_use_of_an_invitation_goes_to_one(platform: Platform) -> None:
    course = await platform.course()
    made = await platform.courses.invite(
        platform.administrator, course.id, Role.STUDENT, most_uses=1
    )
    joined: list[str] = []

    async def join(name: str) -> None:
        try:
            await platform.courses.accept(made.code, account(name))
        except NotFoundError:
            return
        joined.append(name)

    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(join, f"user{number}")
    assert len(joined) == 1
    assert len(await platform.courses.members(platform.administrator, course.id)) == 2


async def test_a_login_that_is_taken_uses_no_invitation(platform: Platform) -> None:
    course = await platform.course()
    made = await platform.courses.invite(
        platform.administrator, course.id, Role.STUDENT, most_uses=1
    )
    with pytest.raises(ConflictError, match="This login is taken"):
        await platform.courses.accept(made.code, account("admin"))
    await platform.courses.accept(made.code, account("grace"))


async def test_a_login_that_is_taken_costs_no_hash(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: str) -> str:
        raise AssertionError("a password was hashed")

    monkeypatch.setattr(platform.accounts.passwords, "hash", fail)
    course = await platform.course()
    made = await platform.courses.invite(platform.administrator, course.id, Role.STUDENT)
    with pytest.raises(ConflictError, match="This login is taken"):
        await platform.courses.accept(made.code, account("admin"))


@pytest.mark.parametrize("login", ["lms-", "LMS-0123456789abcdef", " lms-a"])
async def test_nobody_takes_the_login_of_a_learning_platforms_student(
    platform: Platform, login: str
) -> None:
    course = await platform.course()
    made = await platform.courses.invite(platform.administrator, course.id, Role.STUDENT)
    with pytest.raises(InvalidValueError) as caught:
        await platform.courses.accept(made.code, account(login))
    assert caught.value.field == "login"


@pytest.mark.parametrize("most_uses", [0, -1, 100_001])
async def test_impossible_limits_of_invitations_are_refused(
    platform: Platform, most_uses: int
) -> None:
    course = await platform.course()
    with pytest.raises(InvalidValueError, match="limit"):
        await platform.courses.invite(
            platform.administrator, course.id, Role.STUDENT, most_uses=most_uses
        )
    with pytest.raises(InvalidValueError, match="expires_at"):
        await platform.courses.invite(
            platform.administrator, course.id, Role.STUDENT, expires_at=START
        )


async def test_the_same_files_are_the_same_version(platform: Platform) -> None:
    course, teacher = await platform.course(), platform.administrator
    first = await platform.exercises.publish(teacher, course.id, SUM)
    again = await platform.exercises.publish_archive(teacher, course.id, zipped(SUM))
    changed = await platform.exercises.publish(
        teacher, course.id, {**SUM, "notes.txt": b"for the staff"}
    )
    assert again == first
    assert changed.hash != first.hash
    assert {one.id for one in await platform.exercises.versions(teacher, course.id)} == {
        first.id,
        changed.id,
    }
    assert first.shown.statement == "# Sum\n\nPrint the *sum*.\n"
    assert first.shown.languages == (Language.PYTHON, Language.JAVA)
    assert first.shown.starters == {Language.PYTHON: "# read two numbers\n"}
    assert first.shown.file_names[Language.PYTHON].endswith(".py")
    assert (first.shown.points, len(first.shown.hints)) == (4, 2)


async def test_two_courses_may_publish_the_same_exercise(platform: Platform) -> None:
    versions = []
    for title in ("One", "Two"):
        course = await platform.course(title)
        versions.append(await platform.exercises.publish(platform.administrator, course.id, SUM))
        other = versions[0].id
        if title == "Two":
            with pytest.raises(NotFoundError, match="publish it first"):
                await platform.exercises.assign(platform.administrator, course.id, other)
    assert versions[0].hash == versions[1].hash


async def test_a_statement_that_would_make_readers_wait_is_refused(platform: Platform) -> None:
    course, teacher = await platform.course(), platform.administrator
    longest = b"x" * MAX_STATEMENT_BYTES
    await platform.exercises.publish(teacher, course.id, {**SUM, "statement.md": longest})
    with pytest.raises(TooLargeError, match="statement"):
        await platform.exercises.publish(
            teacher, course.id, {**SUM, "statement.md": longest + b"x"}
        )


async def test_an_exercise_that_is_wrong_is_refused_with_every_problem_and_without_a_path(
    platform: Platform,
) -> None:
    course = await platform.course()
    broken = {"exercise.toml": b'id = "x"\ntitle = "X"\n[starter]\npython = "gone.py"\n'}
    with pytest.raises(InvalidValueError, match=r"gone\.py") as caught:
        await platform.exercises.publish(platform.administrator, course.id, broken)
    assert "statement.md" in str(caught.value)
    assert "/tmp" not in str(caught.value)
    assert await platform.exercises.versions(platform.administrator, course.id) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no archive", "neither a zip nor"),
        (zipped({}), "exercise.toml at the top"),
        (zipped({"a/exercise.toml": b"", "b/exercise.toml": b""}), "exercise.toml at the top"),
        (zipped({**SUM, "../../etc/passwd": b""}), "leads out"),
        (zipped({**SUM, "/etc/passwd": b""}), "absolute path"),
        (zipped({"exercise.toml": b"", "zeros": bytes(16 * 1024 * 1024 + 1)}), "too large"),
    ],
)
def test_a_hostile_archive_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidValueError, match=reason):
        read_archive(data)


def test_the_folder_in_an_archive_does_not_matter() -> None:
    inner = {f"sum-main/{name}": data for name, data in SUM.items()}
    assert read_archive(zipped({**inner, "__MACOSX/._sum": b""})) == dict(SUM)


async def test_the_files_of_a_statement_are_had_by_members_and_no_others_of_the_package(
    platform: Platform,
) -> None:
    course = await platform.course()
    package = {**SUM, "statement.md": b"![a](pictures/a.png)", "pictures/a.png": b"PNG"}
    assignment = await platform.assignment(course, package)
    ada, eve = await platform.person("Ada", course), await platform.person("Eve")
    assert await platform.exercises.asset(ada, assignment.id, "pictures/a.png") == b"PNG"
    for name in ("exercise.toml", "start.py", "../pictures/a.png", ""):
        with pytest.raises(NotFoundError, match="shows no such file"):
            await platform.exercises.asset(ada, assignment.id, name)
    for user, assignment_id in ((eve, assignment.id), (ada, AssignmentId("asg_none"))):
        with pytest.raises(NotFoundError, match="There is no such assignment"):
            await platform.exercises.asset(user, assignment_id, "pictures/a.png")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"opens_at": START, "due_at": START}, "due_at"),
        ({"due_at": START, "closes_at": START - HOUR}, "closes_at"),
        ({"opens_at": START, "closes_at": START - HOUR}, "closes_at"),
        ({"opens_at": START.replace(tzinfo=None)}, "opens_at"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_attempts": 1001}, "max_attempts"),
        ({"title": "\n"}, "title"),
    ],
)
async def test_an_impossible_assignment_is_refused(
    platform: Platform, options: dict[str, Any], field: str
) -> None:
    course = await platform.course()
    with pytest.raises(InvalidValueError, match=field) as caught:
        await platform.assignment(course, **options)
    assert caught.value.field == field


async def test_where_an_assignment_stands_follows_from_its_times(platform: Platform) -> None:
    course = await platform.course()
    times: dict[str, Any] = {
        "opens_at": START,
        "due_at": START + HOUR,
        "closes_at": START + 2 * HOUR,
    }
    assignment = await platform.assignment(course, **times, max_attempts=2)
    phases = [phase_of(assignment, START + n * HOUR / 2) for n in (-1, 0, 1, 2, 3, 4, 5)]
    assert phases == [
        *(Phase.NOT_OPEN, Phase.OPEN, Phase.OPEN),
        *(Phase.LATE, Phase.LATE, Phase.CLOSED, Phase.CLOSED),
    ]
    check_hand_in(assignment, START + HOUR, 1)
    for moment, used, words in (
        (START - HOUR, 0, "opens at 2026-09-01 08:00 UTC"),
        (START + 2 * HOUR, 0, "closed at 2026-09-01 10:00 UTC"),
        (START, 2, "used all 2 attempts"),
    ):
        with pytest.raises(ConflictError, match=words):
            check_hand_in(assignment, moment, used)
    assert [attempts_left(assignment, used) for used in (0, 1, 2, 3)] == [2, 1, 0, 0]


async def test_errors_of_one_caller_change_nothing_for_others(platform: Platform) -> None:
    course = await platform.course()
    ada = await platform.person("Ada", course)
    for call, roles in ALLOWED:
        if Role.STUDENT not in roles:
            with pytest.raises(CarrelError):
                await call(platform, ada, course)
    assert await platform.exercises.versions(platform.administrator, course.id) == []
