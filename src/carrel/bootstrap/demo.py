"""The course of `carrel demo`: seeded through the services, as people would make it.

Seeding again changes nothing that is there. Tokens are stored in the database as hashes, so
those of the demo's users are kept beside it, where only root can read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.accounts.types import User
from carrel.api.platform import Platform
from carrel.core.errors import InvalidValueError, SignInRequiredError
from carrel.courses.packages import read_folder
from carrel.courses.types import Assignment, Course, Role
from carrel.db.data_directory import WORKER
from carrel.languages.registry import language_of_file
from carrel.sandbox.recipes import recipes_directory
from carrel.submissions.types import SourceText

TITLE = "Introduction to Programming (demo)"
_TOKENS = "demo-tokens.json"


@dataclass(frozen=True)
class Person:
    """Somebody of the demo, and the solutions that they hand in: exercise, file."""

    login: str
    name: str
    role: Role
    solutions: Sequence[tuple[str, str]] = ()


PEOPLE = (
    Person("grace", "Grace Hopper", Role.INSTRUCTOR),
    Person("alan", "Alan Turing", Role.ASSISTANT),
    Person(
        "ada",
        "Ada Lovelace",
        Role.STUDENT,
        (
            ("sum-two-numbers", "difference.py"),
            ("sum-two-numbers", "right.py"),
            ("fibonacci", "right.py"),
        ),
    ),
    Person(
        "edsger",
        "Edsger Dijkstra",
        Role.STUDENT,
        (("sum-two-numbers", "unclosed.py"), ("sum-two-numbers", "overflow.java")),
    ),
    Person("barbara", "Barbara Liskov", Role.STUDENT, (("word-count", "right.py"),)),
    Person("donald", "Donald Knuth", Role.STUDENT),
)
EXERCISES = ("sum-two-numbers", "fibonacci", "word-count", "guess-the-number", "style-points")


async def seed(platform: Platform, data: Path, url: str) -> dict[str, Any]:
    """Make what is missing of the demo, and return its users, courses and assignments.

    `data` is the data directory, `url` where the server is.
    """
    teacher, *others = [
        await platform.accounts.ensure_user(person.login, person.name) for person in PEOPLE
    ]
    course = await _course(platform, teacher)
    for person, user in zip(PEOPLE[1:], others, strict=True):
        await platform.courses.ensure_member(course.id, user, person.role)
    assignments = await _assignments(platform, teacher, course)
    users = [teacher, *others]
    for person, user in zip(PEOPLE, users, strict=True):
        await _hand_in(platform, user, person, assignments)
    tokens = await _tokens(platform, users, data / WORKER / _TOKENS)
    links = {user.login: await platform.accounts.new_link(user.id) for user in users}
    return {
        "users": [
            {
                "name": person.name,
                "login": person.login,
                "role": person.role.value,
                "token": tokens[person.login],
                "link": f"{url}/sign-in#token={links[person.login].secret}",
            }
            for person in PEOPLE
        ],
        "courses": [{"id": course.id, "title": course.title}],
        "assignments": [
            {
                "id": one.id,
                "title": one.title,
                "course": course.id,
                "exercise": name,
                "languages": list(one.version.shown.languages),
            }
            for name, one in assignments.items()
        ],
    }


def examples_directory() -> Path:
    """Return the folder with the example exercises; InvalidValueError outside of a checkout."""
    folder = recipes_directory().parent / "examples"
    if not folder.is_dir():
        raise InvalidValueError("examples", str(folder), "run it from a checkout of carrel")
    return folder


async def _course(platform: Platform, teacher: User) -> Course:
    for course, _ in await platform.courses.courses(teacher):
        if course.title == TITLE:
            return course
    administrator = await platform.accounts.first_administrator()
    course = await platform.courses.create(administrator, TITLE)
    await platform.courses.ensure_member(course.id, teacher, Role.INSTRUCTOR)
    return course


async def _assignments(
    platform: Platform, teacher: User, course: Course
) -> Mapping[str, Assignment]:
    tasks = await platform.submissions.tasks(teacher, course.id)
    there = {task.assignment.version.exercise: task.assignment for task in tasks}
    for name in EXERCISES:
        if name not in there:
            files = read_folder(examples_directory() / name)
            version = await platform.exercises.publish(teacher, course.id, files)
            there[name] = await platform.exercises.assign(teacher, course.id, version.id)
    return {name: there[name] for name in EXERCISES}


async def _hand_in(
    platform: Platform, user: User, person: Person, assignments: Mapping[str, Assignment]
) -> None:
    before: dict[str, int] = {}
    for exercise, file in person.solutions:
        assignment = assignments[exercise]
        if exercise not in before:
            found = await platform.submissions.submissions(user, assignment.id)
            before[exercise] = len(found)
        if before[exercise]:  # of an earlier seeding
            before[exercise] -= 1
            continue
        source = examples_directory() / exercise / "solutions" / file
        language = language_of_file(file)
        if language is None:
            raise InvalidValueError("demo", file, "its name must say its language")
        await platform.submissions.submit(
            user, assignment.id, language, [SourceText(file, source.read_bytes())]
        )


async def _tokens(platform: Platform, users: Sequence[User], file: Path) -> Mapping[str, str]:
    kept = _kept(file)
    tokens = {}
    for user in users:
        secret = kept.get(user.login, "")
        try:
            known = await platform.accounts.by_token(secret)
        except SignInRequiredError:
            known = None
        if known != user:
            secret = (await platform.accounts.new_token(user, "demo")).secret
        tokens[user.login] = secret
    _keep(tokens, file)
    return tokens


def _kept(file: Path) -> Mapping[str, str]:
    try:
        kept: dict[str, str] = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}  # then there are new ones
    return kept


def _keep(tokens: Mapping[str, str], file: Path) -> None:
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(tokens, out)
    fresh.replace(file)
