"""Every route of the platform, tried by everybody: who may call it, and what others learn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from carrel.accounts.types import User
from carrel.api.routers import PLATFORM
from carrel.api.routers.submissions import event_of
from carrel.courses.types import Assignment, Course, Role
from carrel.judge.progress import Phase, Progress
from carrel.submissions.states import Status
from carrel.submissions.types import Moment, Place, Submission
from carrel.testing.platform import PASSWORD, RIGHT, SECRET, SUM, Platform
from carrel.testing.web import asking

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

ARCHIVE = {"content-type": "application/zip"}
_HAND_IN = {"language": "python", "files": [{"name": "sum.py", "content": "print(1)"}]}
_PICTURE = {**SUM, "statement.md": b"![a](a.png) $x^2$ <script>1</script>", "a.png": b"\x89PNG"}


@dataclass
class World:
    """A course with everything in it, and people who have different rights in it."""

    platform: Platform
    course: Course
    assignment: Assignment
    submission: Submission
    invitation: str
    tokens: dict[str, str | None]

    def path(self, template: str) -> str:
        return template.format(
            course_id=self.course.id,
            assignment_id=self.assignment.id,
            submission_id=self.submission.id,
            token_id="tok_none",  # noqa: S106 - an id
            name="a.png",
        )

    def body(self, template: str) -> Any:
        return {
            "/courses": {"title": "New"},
            "/courses/{course_id}/invitations": {"role": "student"},
            "/courses/{course_id}/assignments": {"exercise_version": self.assignment.version.id},
            "/assignments/{assignment_id}/submissions": _HAND_IN,
            "/invitations/look": {"code": self.invitation},
            "/invitations/accept": {"code": self.invitation},
            "/session": {"login": "ada", "password": PASSWORD},
            "/me/tokens": {"name": "new"},
        }[template]


STAFF = ("instructor", "assistant")
MEMBERS = (*STAFF, "ada", "bob", "auditor")
STRANGERS = ("elsewhere", "former", "site", "stranger")
SIGNED_IN = (*MEMBERS, *STRANGERS)
NOBODY = ("nobody", "revoked", "expired", "guessed")
EVERYBODY = (*SIGNED_IN, *NOBODY)


def answers(ok: int, allowed: tuple[str, ...], *, hidden: tuple[str, ...] = ()) -> dict[str, int]:
    """Return what each caller is answered: 403 for members without the right, 404 for strangers.

    `hidden` are members for whom the thing does not exist.
    """
    expected = {}
    for caller in EVERYBODY:
        if caller in allowed:
            expected[caller] = ok
        elif caller in NOBODY:
            expected[caller] = 401
        else:
            expected[caller] = 403 if caller in MEMBERS and caller not in hidden else 404
    return expected


COURSE, TASK, ONE = (
    "/courses/{course_id}",
    "/assignments/{assignment_id}",
    "/submissions/{submission_id}",
)
MATRIX: dict[tuple[str, str], dict[str, int]] = {
    ("POST", "/session"): dict.fromkeys(EVERYBODY, 200),
    ("DELETE", "/session"): dict.fromkeys(EVERYBODY, 204),
    ("GET", "/me"): answers(200, SIGNED_IN),
    ("GET", "/me/tokens"): answers(200, SIGNED_IN),
    ("POST", "/me/tokens"): answers(201, SIGNED_IN),
    ("DELETE", "/me/tokens/{token_id}"): answers(404, SIGNED_IN),
    ("POST", "/invitations/look"): dict.fromkeys(EVERYBODY, 200),
    ("POST", "/invitations/accept"): answers(200, SIGNED_IN),
    ("GET", "/courses"): answers(200, SIGNED_IN),
    ("POST", "/courses"): {
        **dict.fromkeys(SIGNED_IN, 403),
        **dict.fromkeys(NOBODY, 401),
        "site": 201,
    },
    ("GET", COURSE): answers(200, MEMBERS),
    ("GET", f"{COURSE}/members"): answers(200, STAFF),
    ("POST", f"{COURSE}/invitations"): answers(201, STAFF),
    ("GET", f"{COURSE}/exercises"): answers(200, STAFF),
    ("POST", f"{COURSE}/exercises"): answers(422, STAFF),
    ("GET", f"{COURSE}/assignments"): answers(200, MEMBERS),
    ("POST", f"{COURSE}/assignments"): answers(201, STAFF),
    ("GET", TASK): answers(200, MEMBERS),
    ("GET", f"{TASK}/files/{{name}}"): answers(200, MEMBERS),
    ("GET", f"{TASK}/submissions"): answers(200, MEMBERS),
    ("POST", f"{TASK}/submissions"): answers(202, (*STAFF, "ada", "bob")),
    ("GET", ONE): answers(200, (*STAFF, "ada"), hidden=("bob", "auditor")),
    ("GET", f"{ONE}/events"): answers(200, (*STAFF, "ada"), hidden=("bob", "auditor")),
}


@pytest.fixture
async def world(platform: Platform) -> World:
    course, other = await platform.course(), await platform.course("Other")
    roles = {"instructor": Role.INSTRUCTOR, "assistant": Role.ASSISTANT, "auditor": Role.AUDITOR}
    people = {
        name: await platform.person(name, course, roles.get(name, Role.STUDENT))
        for name in (*MEMBERS, "former", "revoked", "expired")
    }
    people["elsewhere"] = await platform.person("elsewhere", other, Role.INSTRUCTOR)
    people["stranger"] = await platform.person("stranger")
    people["site"] = await platform.accounts.ensure_user("site", "Site", administrator=True)
    await platform.accounts.set_password(people["ada"], PASSWORD)
    assignment = await platform.assignment(course, _PICTURE)
    submission = await platform.submissions.submit(people["ada"], assignment.id, "python", [RIGHT])
    async with platform.working():
        assert (await platform.outcome(people["ada"], submission)).status is Status.GRADED
    invitation = await platform.courses.invite(platform.administrator, course.id, Role.STUDENT)
    await platform.courses.remove_member(platform.administrator, course.id, people["former"].id)
    made = {name: await platform.accounts.new_token(who, "t") for name, who in people.items()}
    tokens: dict[str, str | None] = {name: one.secret for name, one in made.items()}
    await platform.accounts.remove_token(people["revoked"], made["revoked"].token.id)
    tokens["expired"] = await expired_token(platform, people["expired"])
    tokens |= {"nobody": None, "guessed": "crl_guessed"}
    return World(platform, course, assignment, submission, invitation.code, tokens)


async def expired_token(platform: Platform, user: User) -> str:
    now = platform.clock.now
    made = await platform.accounts.new_token(user, "t", now.replace(hour=now.hour + 1))
    platform.clock.now = now.replace(hour=now.hour + 2)
    return made.secret


async def ask(world: World, method: str, template: str, token: str | None) -> httpx.Response:
    async with asking(world.platform, token=token) as client:
        path = "/api/v1" + world.path(template)
        if template.endswith("/exercises") and method == "POST":
            return await client.post(path, content=b"no archive", headers=ARCHIVE)
        if method == "POST":
            return await client.post(path, json=world.body(template))
        return await client.request(method, path)


def routes() -> Iterator[tuple[str, str]]:
    for router in PLATFORM:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path.removeprefix("/api/v1").replace(":path}", "}")


def test_every_route_has_a_row_in_the_matrix() -> None:
    assert set(routes()) == set(MATRIX)


def test_every_route_says_who_may_call_it() -> None:
    for router in PLATFORM:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert "For " in (route.endpoint.__doc__ or ""), route.path


@pytest.mark.parametrize(("method", "template"), sorted(MATRIX))
async def test_everybody_is_answered_what_the_matrix_says(
    world: World, method: str, template: str
) -> None:
    found, texts = {}, []
    # Strangers come first: accepting the invitation makes members of them.
    for caller in sorted(EVERYBODY, key=lambda name: name in SIGNED_IN):
        response = await ask(world, method, template, world.tokens[caller])
        found[caller] = response.status_code
        texts.append(response.text)
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"
    assert found == MATRIX[method, template]
    for text in texts:
        assert SECRET not in text
        assert "argon2" not in text


async def test_what_may_not_be_seen_looks_like_what_is_not_there(world: World) -> None:
    for template, prefix in ((COURSE, "crs_"), (TASK, "asg_"), (ONE, "sub_")):
        there = await ask(world, "GET", template, world.tokens["stranger"])
        async with asking(world.platform, token=world.tokens["stranger"]) as client:
            gone = await client.get(f"/api/v1/{template.split('/')[1]}/{prefix}none")
        assert there.json() == gone.json()


async def test_the_walk_over_http(platform: Platform) -> None:
    async with asking(platform, platform.administrator) as teacher:
        course = (await teacher.post("/api/v1/courses", json={"title": "Algorithms"})).json()
        at = f"/api/v1/courses/{course['id']}"
        assert course["role"] == "instructor"
        async with asking(platform) as student:
            invited = await teacher.post(f"{at}/invitations", json={"role": "student", "limit": 1})
            code = invited.json()["code"]
            assert invited.json()["url"] == f"/join#{code}"
            look = await student.post("/api/v1/invitations/look", json={"code": code})
            assert look.json() == {"course_title": "Algorithms", "role": "student"}
            account = {"name": "Ada", "login": "ada", "password": PASSWORD}
            me = await student.post("/api/v1/invitations/accept", json={"code": code, **account})
            assert (me.status_code, me.json()["name"]) == (200, "Ada")
            version = await platform.exercises.publish(
                platform.administrator, course["id"], _PICTURE
            )
            made = await teacher.post(
                f"{at}/assignments",
                json={"exercise_version": version.id, "max_attempts": 3, "title": "First"},
            )
            [task] = (await student.get(f"{at}/assignments")).json()["items"]
            assert task == made.json()
            assert (task["state"], task["attempts_used"], task["best"]) == ("not-begun", 0, None)
            full = (await student.get(f"/api/v1/assignments/{task['id']}")).json()
            assert full["starter"] == {"python": "# read two numbers\n"}
            assert (full["points"], full["hints"], full["hint_count"]) == (4, [], 2)
            assert "<script>" not in full["statement_html"]
            picture = await student.get(full["statement_html"].split('src="')[1].split('"')[0])
            assert (picture.content, picture.headers["content-type"]) == (b"\x89PNG", "image/png")
            assert picture.headers["content-security-policy"].startswith("sandbox")
            sent = await student.post(
                f"/api/v1/assignments/{task['id']}/submissions", json=_HAND_IN
            )
            assert (sent.status_code, sent.json()["status"]) == (202, "queued")
            path = f"/api/v1/submissions/{sent.json()['id']}"
            seen = (await student.get(path)).json()
            assert (seen["place"], seen["view"], seen["files"]) == (1, None, _HAND_IN["files"])
            async with platform.working():
                events = events_in(await student.get(f"{path}/events"))
            assert {name for name, _ in events[:-1]} <= {"queued", "compiling", "testing"}
            assert events[-1] == ("graded", {})
            seen = (await student.get(path, params={"lang": "de"})).json()
            assert (seen["status"], seen["view"]["earned"]) == ("graded", 4)
            assert "Tests" in seen["view"]["summary"]
            [task] = (await student.get(f"{at}/assignments")).json()["items"]
            assert (task["state"], task["best"]) == ("graded", {"earned": 4, "total": 4})


def events_in(response: httpx.Response) -> list[tuple[str, Any]]:
    assert response.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in response.text.strip().split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


@pytest.mark.parametrize(
    ("moment", "event"),
    [
        (Moment(Status.QUEUED, Place(3, 7)), ("queued", {"place": 3, "estimate_s": 7})),
        (Moment(Status.QUEUED), ("queued", {"place": None, "estimate_s": None})),
        (Moment(Status.RUNNING), ("compiling", {})),
        (Moment(Status.RUNNING, progress=Progress(Phase.COMPILING, 0, 2)), ("compiling", {})),
        (
            Moment(Status.RUNNING, progress=Progress(Phase.TESTING, 1, 2)),
            ("testing", {"done": 1, "total": 2}),
        ),
        (Moment(Status.GRADED), ("graded", {})),
        (Moment(Status.PLATFORM_FAULT), ("fault", {})),
    ],
)
def test_every_moment_is_told_as_an_event(moment: Moment, event: tuple[str, Any]) -> None:
    assert event_of(moment) == event


async def test_a_fault_of_the_platform_is_told_as_an_event_and_a_state(platform: Platform) -> None:
    course = await platform.course()
    broken = {**SUM, "exercise.toml": SUM["exercise.toml"].replace(b'"sum"', b'"sum-2"')}
    assignment = await platform.assignment(course, broken)
    ada = await platform.person("Ada", course)
    submission = await platform.submissions.submit(ada, assignment.id, "python", [RIGHT])
    [claim] = await platform.queue().take(1)
    await give_up(platform, claim)
    async with asking(platform, ada) as client:
        path = f"/api/v1/submissions/{submission.id}"
        assert events_in(await client.get(f"{path}/events")) == [("fault", {})]
        assert (await client.get(path)).json()["status"] == "platform-fault"
        items = (await client.get(f"/api/v1/courses/{course.id}/assignments")).json()["items"]
    assert [(one["state"], one["attempts_used"]) for one in items] == [("platform-fault", 0)]


async def give_up(platform: Platform, claim: Any) -> None:
    from carrel.submissions.queue_store import QueueStore  # noqa: PLC0415 - for this one only
    from carrel.submissions.states import Event  # noqa: PLC0415

    async with platform.database.writing() as unit:
        await QueueStore(unit).give_back(claim, Event.GIVE_UP, platform.clock.now, faults=3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"language": "cobol", "files": _HAND_IN["files"]}, "language"),
        ({"language": "python", "files": []}, "files"),
        ({"language": "python", "files": [{"name": "../a", "content": "1"}]}, "files[0].name"),
    ],
)
async def test_a_refused_submission_names_the_field(
    world: World, body: dict[str, Any], field: str
) -> None:
    async with asking(world.platform, token=world.tokens["bob"]) as client:
        response = await client.post(
            f"/api/v1/assignments/{world.assignment.id}/submissions", json=body
        )
    assert (response.status_code, response.json()["field"]) == (422, field)


async def test_half_a_surrogate_pair_is_taken_and_shown(world: World) -> None:
    async with asking(world.platform, token=world.tokens["bob"]) as client:
        sent = await client.post(
            f"/api/v1/assignments/{world.assignment.id}/submissions",
            content=rb'{"language": "python", "files": [{"name": "a.py", "content": "\ud800"}]}',
            headers={"content-type": "application/json"},
        )
        assert sent.status_code == 202
        shown = await client.get(f"/api/v1/submissions/{sent.json()['id']}")
    assert shown.status_code == 200


async def test_a_refusal_lists_a_few_mistakes_and_repeats_no_long_name(platform: Platform) -> None:
    wrong = {f"{number}{'x' * 5000}": 1 for number in range(100)}
    async with asking(platform) as client:
        response = await client.post("/api/v1/session", json=wrong)
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 20
    assert len(response.content) < 10_000


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/courses/{}/invitations", {"role": "student", "expires_at": "9999-12-31T23:59:59-12:00"}),
        ("/me/tokens", {"name": "new", "expires_at": "9999-12-31T23:59:59-12:00"}),
        (
            "/courses/{}/assignments",
            {"exercise_version": "x", "due_at": "0001-01-01T00:00:00+12:00"},
        ),
        ("/courses/{}/assignments", {"exercise_version": "\ud800"}),
    ],
)
async def test_what_no_database_can_hold_is_refused(
    platform: Platform, path: str, body: dict[str, Any]
) -> None:
    course = await platform.course()
    async with asking(platform, platform.administrator) as client:
        response = await client.post(
            f"/api/v1{path.format(course.id)}",
            content=json.dumps(body),
            headers={"content-type": "application/json"},
        )
    assert response.status_code == 422, response.text
