"""Courses and who is in them."""

from __future__ import annotations

from datetime import datetime

from carrel.accounts.rules import parse_name
from carrel.accounts.secrets import hash_of
from carrel.accounts.service import AccountService, NewAccount
from carrel.accounts.types import SignedIn, User, UserId
from carrel.core.clock import Clock, utc_now
from carrel.core.errors import (
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
)
from carrel.core.ids import new_id
from carrel.courses.access import enter
from carrel.courses.permissions import Action, action_to_invite, require
from carrel.courses.store import CourseStore
from carrel.courses.types import (
    Actor,
    Course,
    CourseId,
    Invitation,
    Member,
    NewInvitation,
    Role,
)
from carrel.db.engine import Database, Unit

MAX_TITLE = 150
MAX_USES = 100_000
_NO_INVITATION = "This invitation does not count, or does not count any more. Ask for a new one."


class CourseService:
    """Courses, members and invitations. The first argument is who asks."""

    def __init__(
        self, database: Database, accounts: AccountService, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    async def create(self, user: User, title: str) -> Course:
        """Make a course; the administrator who makes it is its first instructor."""
        if not user.administrator:
            raise NotAllowedError("Only administrators may make courses.")
        course = Course(CourseId(new_id("crs")), parse_name(title, "title", MAX_TITLE))
        now = self._clock()
        async with self._database.writing() as unit:
            store = CourseStore(unit)
            await store.add_course(course, now)
            await store.add_member(course.id, user.id, Role.INSTRUCTOR, now)
        return course

    async def courses(self, user: User) -> list[tuple[Course, Role]]:
        """Return the courses that `user` is in, by title, and the role in each."""
        async with self._database.reading() as unit:
            return await CourseStore(unit).courses_of(user.id)

    async def course(self, user: User, course_id: CourseId) -> tuple[Course, Role]:
        """Return a course and the role of `user` in it."""
        course, actor = await self._enter(user, course_id)
        require(actor, Action.SEE_COURSE)
        return course, actor.role

    async def members(self, user: User, course_id: CourseId) -> list[Member]:
        """Return who is in a course, by name."""
        async with self._database.reading() as unit:
            _, actor = await enter(unit, user, course_id)
            require(actor, Action.SEE_MEMBERS)
            return await CourseStore(unit).members(course_id)

    async def remove_member(self, user: User, course_id: CourseId, member: UserId) -> None:
        """Take somebody out of a course; what they handed in stays."""
        async with self._database.writing() as unit:
            _, actor = await enter(unit, user, course_id)
            require(actor, Action.REMOVE_MEMBERS)
            if member == user.id:
                raise ConflictError("You cannot remove yourself: ask another instructor.")
            if not await CourseStore(unit).remove_member(course_id, member):
                raise NotFoundError("This course has no such member.")

    async def invite(
        self,
        user: User,
        course_id: CourseId,
        role: Role,
        *,
        most_uses: int | None = None,
        expires_at: datetime | None = None,
    ) -> NewInvitation:
        """Make an invitation: whoever has its code gets the role."""
        now = self._clock()
        if most_uses is not None and not 1 <= most_uses <= MAX_USES:
            raise InvalidValueError(
                "limit", most_uses, f"give 1 to {MAX_USES}, or leave it out for no limit"
            )
        if expires_at is not None and expires_at <= now:
            raise InvalidValueError("expires_at", expires_at.isoformat(), "give a time to come")
        code = new_id("join")
        async with self._database.writing() as unit:
            course, actor = await enter(unit, user, course_id)
            require(actor, action_to_invite(role))
            invitation = Invitation(
                new_id("inv"), course, role, most_uses=most_uses, expires_at=expires_at
            )
            await CourseStore(unit).add_invitation(invitation, hash_of(code), now)
        return NewInvitation(invitation, code)

    async def look(self, code: str) -> Invitation:
        """Return what an invitation is for, to whoever has its code."""
        async with self._database.reading() as unit:
            return await self._invitation(unit, code)

    async def accept(self, code: str, account: NewAccount) -> SignedIn:
        """Make an account with an invitation, take it into the course and sign it in.

        ConflictError if the login is taken; then nothing was changed, the invitation is
        not used.
        """
        checked = account.checked()
        async with self._database.reading() as unit:  # before the dear part
            await self._invitation(unit, code)
            await self._accounts.check_free(unit, checked)
        password_hash = await self._accounts.passwords.hash(checked.password)
        async with self._database.writing() as unit:
            user = await self._accounts.add_user(unit, checked, password_hash)
            await self._join(unit, user, code)
            return await self._accounts.new_session(unit, user)

    async def join(self, user: User, code: str) -> Course:
        """Take `user` into a course by an invitation; who is in it already keeps the role."""
        async with self._database.writing() as unit:
            return await self._join(unit, user, code)

    async def ensure_member(self, course_id: CourseId, user: User, role: Role) -> None:
        """Take `user` into a course unless they are in it. For operators: nobody is asked."""
        async with self._database.writing() as unit:
            store = CourseStore(unit)
            if await store.role(course_id, user.id) is None:
                await store.add_member(course_id, user.id, role, self._clock())

    async def _join(self, unit: Unit, user: User, code: str) -> Course:
        store = CourseStore(unit)
        invitation = await self._invitation(unit, code)
        course = invitation.course
        if await store.role(course.id, user.id, lock=True) is None:
            if not await store.use_invitation(invitation.id):
                raise NotFoundError(_NO_INVITATION)
            await store.add_member(course.id, user.id, invitation.role, self._clock())
        return course

    async def _invitation(self, unit: Unit, code: str) -> Invitation:
        found = await CourseStore(unit).invitation(hash_of(code))
        if (
            found is None
            or (found.expires_at is not None and found.expires_at <= self._clock())
            or (found.most_uses is not None and found.uses >= found.most_uses)
        ):
            raise NotFoundError(_NO_INVITATION)
        return found

    async def _enter(self, user: User, course_id: CourseId) -> tuple[Course, Actor]:
        async with self._database.reading() as unit:
            return await enter(unit, user, course_id)
