"""Courses, memberships and invitations in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from carrel.accounts.types import User, UserId
from carrel.courses.types import Course, CourseId, Invitation, Member, Role
from carrel.db.engine import Unit
from carrel.db.tables import courses, invitations, memberships, users

_USER = (users.c.id, users.c.login, users.c.name, users.c.administrator)


class CourseStore:
    """Courses and who is in them, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add_course(self, course: Course, now: datetime) -> None:
        """Add a course."""
        await self._unit.execute(
            courses.insert().values(id=course.id, title=course.title, created_at=now)
        )

    async def course(self, course_id: CourseId) -> Course | None:
        """Return a course by id."""
        found = await self._unit.execute(select(courses).where(courses.c.id == course_id))
        row = found.one_or_none()
        return None if row is None else Course(CourseId(row.id), row.title)

    async def courses_of(self, user_id: UserId) -> list[tuple[Course, Role]]:
        """Return the courses that somebody is in, by title, and the role in each."""
        found = await self._unit.execute(
            select(courses.c.id, courses.c.title, memberships.c.role)
            .join(memberships, memberships.c.course_id == courses.c.id)
            .where(memberships.c.user_id == user_id)
            .order_by(courses.c.title, courses.c.id)
        )
        return [(Course(CourseId(row.id), row.title), Role(row.role)) for row in found]

    async def role(
        self, course_id: CourseId, user_id: UserId, *, lock: bool = False
    ) -> Role | None:
        """Return somebody's role; None for who is not in the course.

        With `lock`, other units that ask with it for the same person wait for this one.
        """
        query = select(memberships.c.role).where(
            memberships.c.course_id == course_id, memberships.c.user_id == user_id
        )
        if lock:  # SQLite leaves it out: there, writing units come one after the other
            query = query.with_for_update()
        found = await self._unit.scalar(query)
        return None if found is None else Role(found)

    async def members(self, course_id: CourseId) -> list[Member]:
        """Return who is in a course, by name."""
        found = await self._unit.execute(
            select(*_USER, memberships.c.role, memberships.c.joined_at)
            .join(memberships, memberships.c.user_id == users.c.id)
            .where(memberships.c.course_id == course_id)
            .order_by(users.c.name, users.c.id)
        )
        return [Member(to_user(row), Role(row.role), row.joined_at) for row in found]

    async def add_member(
        self, course_id: CourseId, user_id: UserId, role: Role, now: datetime
    ) -> None:
        """Take somebody into a course."""
        await self._unit.execute(
            memberships.insert().values(
                course_id=course_id, user_id=user_id, role=role.value, joined_at=now
            )
        )

    async def remove_member(self, course_id: CourseId, user_id: UserId) -> bool:
        """Take somebody out of a course; return whether they were in it."""
        done = await self._unit.execute(
            delete(memberships).where(
                memberships.c.course_id == course_id, memberships.c.user_id == user_id
            )
        )
        return bool(done.rowcount)

    async def add_invitation(self, invitation: Invitation, code_hash: str, now: datetime) -> None:
        """Add an invitation."""
        await self._unit.execute(
            invitations.insert().values(
                id=invitation.id,
                secret_hash=code_hash,
                course_id=invitation.course.id,
                role=invitation.role.value,
                uses=0,
                most_uses=invitation.most_uses,
                created_at=now,
                expires_at=invitation.expires_at,
            )
        )

    async def invitation(self, code_hash: str) -> Invitation | None:
        """Return the invitation with this code, whether it still counts or not."""
        found = await self._unit.execute(
            select(
                invitations,
                courses.c.title,
            )
            .join(courses, courses.c.id == invitations.c.course_id)
            .where(invitations.c.secret_hash == code_hash)
        )
        row = found.one_or_none()
        if row is None:
            return None
        return Invitation(
            row.id,
            Course(CourseId(row.course_id), row.title),
            Role(row.role),
            row.uses,
            row.most_uses,
            row.expires_at,
        )

    async def use_invitation(self, invitation_id: str) -> bool:
        """Count one use; return False, counting none, when there are none left."""
        most = invitations.c.most_uses
        done = await self._unit.execute(
            update(invitations)
            .where(
                invitations.c.id == invitation_id,
                most.is_(None) | (invitations.c.uses < most),
            )
            .values(uses=invitations.c.uses + 1)
        )
        return bool(done.rowcount)


def to_user(row: Any) -> User:
    """Return the user in a row with the columns of one."""
    return User(UserId(row.id), row.login, row.name, row.administrator)
