"""Users, sessions, tokens and links in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from carrel.accounts.types import PersonalToken, TokenId, User, UserId
from carrel.db.engine import Unit
from carrel.db.tables import personal_tokens, sessions, sign_in_links, users

_USER = (users.c.id, users.c.login, users.c.name, users.c.administrator)


class AccountStore:
    """The accounts, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add_user(self, user: User, password_hash: str | None, now: datetime) -> None:
        """Add a user; DuplicateError if there is the login already."""
        await self._unit.execute(
            users.insert().values(
                id=user.id,
                login=user.login,
                name=user.name,
                administrator=user.administrator,
                password_hash=password_hash,
                created_at=now,
            )
        )

    async def user(self, user_id: UserId) -> User | None:
        """Return a user by id."""
        return await self._user(users.c.id == user_id)

    async def user_by_login(self, login: str) -> User | None:
        """Return a user by login, which is in small letters."""
        return await self._user(users.c.login == login)

    async def user_and_password(self, login: str) -> tuple[User, str | None] | None:
        """Return a user and the hash of the password, if there is one."""
        found = await self._unit.execute(
            select(*_USER, users.c.password_hash).where(users.c.login == login)
        )
        row = found.one_or_none()
        return None if row is None else (_to_user(row), row.password_hash)

    async def set_password(self, user_id: UserId, password_hash: str) -> None:
        """Replace a user's password."""
        await self._unit.execute(
            update(users).where(users.c.id == user_id).values(password_hash=password_hash)
        )

    async def any_administrator(self) -> User | None:
        """Return the administrator whose account is the oldest, if there is one."""
        found = await self._unit.execute(
            select(*_USER).where(users.c.administrator).order_by(users.c.created_at).limit(1)
        )
        row = found.one_or_none()
        return None if row is None else _to_user(row)

    async def add_session(
        self, secret_hash: str, user_id: UserId, now: datetime, expires_at: datetime
    ) -> None:
        """Add a session, and remove those of the user that are over."""
        await self._unit.execute(
            delete(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at <= now)
        )
        await self._unit.execute(
            sessions.insert().values(
                secret_hash=secret_hash, user_id=user_id, created_at=now, expires_at=expires_at
            )
        )

    async def user_of_session(self, secret_hash: str, now: datetime) -> User | None:
        """Return whose session that is, unless it is over."""
        found = await self._unit.execute(
            select(*_USER)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.secret_hash == secret_hash, sessions.c.expires_at > now)
        )
        row = found.one_or_none()
        return None if row is None else _to_user(row)

    async def remove_session(self, secret_hash: str) -> None:
        """Remove a session, if it is there."""
        await self._unit.execute(delete(sessions).where(sessions.c.secret_hash == secret_hash))

    async def remove_sessions(self, user_id: UserId) -> None:
        """Remove all sessions of a user."""
        await self._unit.execute(delete(sessions).where(sessions.c.user_id == user_id))

    async def add_token(self, token: PersonalToken, user_id: UserId, secret_hash: str) -> None:
        """Add a personal token."""
        await self._unit.execute(
            personal_tokens.insert().values(
                id=token.id,
                secret_hash=secret_hash,
                user_id=user_id,
                name=token.name,
                created_at=token.created_at,
                expires_at=token.expires_at,
            )
        )

    async def tokens(self, user_id: UserId) -> list[PersonalToken]:
        """Return a user's tokens, the oldest first."""
        found = await self._unit.execute(
            select(personal_tokens)
            .where(personal_tokens.c.user_id == user_id)
            .order_by(personal_tokens.c.created_at, personal_tokens.c.id)
        )
        return [
            PersonalToken(row.id, row.name, row.created_at, row.last_used_at, row.expires_at)
            for row in found
        ]

    async def remove_token(self, user_id: UserId, token_id: TokenId) -> bool:
        """Remove one of a user's tokens; return whether it was there."""
        done = await self._unit.execute(
            delete(personal_tokens).where(
                personal_tokens.c.user_id == user_id, personal_tokens.c.id == token_id
            )
        )
        return bool(done.rowcount)

    async def user_of_token(
        self, secret_hash: str, now: datetime
    ) -> tuple[User, TokenId, datetime | None] | None:
        """Return whose token that is, its id and when it was last used, unless it is over."""
        expires_at = personal_tokens.c.expires_at
        found = await self._unit.execute(
            select(
                *_USER,
                personal_tokens.c.id.label("token_id"),
                personal_tokens.c.last_used_at,
            )
            .join(personal_tokens, personal_tokens.c.user_id == users.c.id)
            .where(
                personal_tokens.c.secret_hash == secret_hash,
                expires_at.is_(None) | (expires_at > now),
            )
        )
        row = found.one_or_none()
        return None if row is None else (_to_user(row), TokenId(row.token_id), row.last_used_at)

    async def note_use(self, token_id: TokenId, now: datetime) -> None:
        """Note that a token was used."""
        await self._unit.execute(
            update(personal_tokens).where(personal_tokens.c.id == token_id).values(last_used_at=now)
        )

    async def add_link(
        self, secret_hash: str, user_id: UserId, now: datetime, expires_at: datetime
    ) -> None:
        """Add a sign-in link, and remove those that are over."""
        await self._unit.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))
        await self._unit.execute(
            sign_in_links.insert().values(
                secret_hash=secret_hash, user_id=user_id, expires_at=expires_at
            )
        )

    async def use_link(self, secret_hash: str, now: datetime) -> User | None:
        """Remove a link and return whose it was; None if it is over, used or none."""
        found = await self._unit.execute(
            delete(sign_in_links)
            .where(sign_in_links.c.secret_hash == secret_hash)
            .returning(sign_in_links.c.user_id, sign_in_links.c.expires_at)
        )
        row = found.one_or_none()
        if row is None or row.expires_at <= now:
            return None
        return await self.user(UserId(row.user_id))

    async def _user(self, condition: ColumnElement[bool]) -> User | None:
        row = (await self._unit.execute(select(*_USER).where(condition))).one_or_none()
        return None if row is None else _to_user(row)


def _to_user(row: Any) -> User:
    return User(UserId(row.id), row.login, row.name, row.administrator)
