"""Users, and what they show to be recognised."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

UserId = NewType("UserId", str)
TokenId = NewType("TokenId", str)


@dataclass(frozen=True)
class User:
    """Somebody with an account. An administrator looks after the site, not after courses."""

    id: UserId
    login: str
    name: str
    administrator: bool = False


@dataclass(frozen=True)
class PersonalToken:
    """A token for programs, as it is listed: what it is worth is shown once only."""

    id: TokenId
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class NewSecret:
    """A secret at the only moment at which it can be read; afterwards its hash is stored."""

    secret: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True)
class NewToken:
    """A new personal token and its secret."""

    token: PersonalToken
    secret: str = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A user who has just signed in, and the session's secret for the cookie."""

    user: User
    session: NewSecret
