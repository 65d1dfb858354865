"""Sign in and out, tokens, links, and new accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carrel.accounts.passwords import Passwords
from carrel.accounts.rules import check_password, parse_login, parse_name, parse_new_login
from carrel.accounts.secrets import hash_of, new_secret
from carrel.accounts.store import AccountStore
from carrel.accounts.throttle import Throttle
from carrel.accounts.types import (
    NewSecret,
    NewToken,
    PersonalToken,
    SignedIn,
    TokenId,
    User,
    UserId,
)
from carrel.core.clock import Clock, utc_now
from carrel.core.errors import (
    BusyError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    SignInRequiredError,
)
from carrel.core.ids import new_id
from carrel.db.engine import Database, Unit

SESSION_LIFETIME = timedelta(days=14)
LINK_LIFETIME = timedelta(hours=24)
MAX_TOKENS = 100
_NOTED_EVERY = timedelta(minutes=1)
_FAILURES_TOGETHER = 10
_FAILURES_PER_LOGIN = 100  # so few that guessing is hopeless, so many that locking out is work
_FAILURES_PER_ADDRESS = 100  # a classroom may share one
_WRONG = "The login or the password is wrong."
_WRONG_LINK = "This sign-in link was used already, or it is too old. Ask for a new one."
_UNKNOWN = "Sign in first: this session or token does not count, or does not count any more."


@dataclass(frozen=True)
class NewAccount:
    """What somebody gives to have an account; `checked` says whether it will do."""

    login: str
    name: str
    password: str

    def checked(self) -> NewAccount:
        """Return it as it is stored; InvalidValueError names what is wrong."""
        login = parse_new_login(self.login)
        name = parse_name(self.name)
        check_password(self.password, login)
        return NewAccount(login, name, self.password)

    def __repr__(self) -> str:
        """Return it without the password."""
        return f"NewAccount(login={self.login!r}, name={self.name!r})"


class AccountService:
    """Everything about accounts. Who calls acts for themselves only."""

    def __init__(
        self, database: Database, passwords: Passwords | None = None, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._clock = clock
        self.passwords = passwords or Passwords()
        self._together = Throttle(_FAILURES_TOGETHER, clock=clock)
        self._by_login = Throttle(_FAILURES_PER_LOGIN, clock=clock)
        self._by_address = Throttle(_FAILURES_PER_ADDRESS, clock=clock)

    async def sign_in(self, login: str, password: str, address: str) -> SignedIn:
        """Return the user and a new session.

        `address` is the caller's, for counting failures. Raises SignInRequiredError, after
        the same time and in the same words whether there is such an account or not;
        TooManyRequestsError after too many failures, also for the right password.
        """
        try:
            known = parse_login(login)
        except InvalidValueError:
            known = ""  # nobody's, and refused as any other
        keys = (
            (self._together, f"{known} {address}"),
            (self._by_login, known),
            (self._by_address, address),
        )
        for throttle, key in keys:
            throttle.check(key)
        for throttle, key in keys:
            throttle.failed(key)
        async with self._database.reading() as unit:
            found = await AccountStore(unit).user_and_password(known)
        user, stored = found or (None, None)
        try:
            right = await self.passwords.check(stored, password)
        except BusyError:
            for throttle, key in keys:
                throttle.forget(key)  # nobody has found out anything
            raise
        if not right or user is None:
            raise SignInRequiredError(_WRONG)
        for throttle, key in keys:
            throttle.forget(key)
        better = None
        if stored is not None and self.passwords.is_outdated(stored):
            better = await self.passwords.hash(password)
        async with self._database.writing() as unit:
            if better is not None:
                await AccountStore(unit).set_password(user.id, better)
            return await self.new_session(unit, user)

    async def sign_in_by_link(self, secret: str, address: str) -> SignedIn:
        """Return the user whom a sign-in link is for, and a new session; the link is used up."""
        self._by_address.check(address)
        async with self._database.writing() as unit:
            user = await AccountStore(unit).use_link(hash_of(secret), self._clock())
            if user is not None:
                return await self.new_session(unit, user)
        self._by_address.failed(address)
        raise SignInRequiredError(_WRONG_LINK)

    async def new_session(self, unit: Unit, user: User) -> SignedIn:
        """Return a new session for a user, stored in this unit of work."""
        now = self._clock()
        session = NewSecret(new_secret("ses"), now + SESSION_LIFETIME)
        await AccountStore(unit).add_session(
            hash_of(session.secret), user.id, now, now + SESSION_LIFETIME
        )
        return SignedIn(user, session)

    async def sign_out(self, session: str) -> None:
        """End a session."""
        async with self._database.writing() as unit:
            await AccountStore(unit).remove_session(hash_of(session))

    async def by_session(self, session: str) -> User:
        """Return whose session that is; SignInRequiredError if it does not count (any more)."""
        async with self._database.reading() as unit:
            user = await AccountStore(unit).user_of_session(hash_of(session), self._clock())
        if user is None:
            raise SignInRequiredError(_UNKNOWN)
        return user

    async def by_token(self, secret: str) -> User:
        """Return whose personal token that is; SignInRequiredError if it does not count."""
        now = self._clock()
        async with self._database.reading() as unit:
            found = await AccountStore(unit).user_of_token(hash_of(secret), now)
        if found is None:
            raise SignInRequiredError(_UNKNOWN)
        user, token_id, used_at = found
        if used_at is None or now - used_at >= _NOTED_EVERY:  # not a write for every request
            async with self._database.writing() as unit:
                await AccountStore(unit).note_use(token_id, now)
        return user

    async def new_token(
        self, user: User, name: str, expires_at: datetime | None = None
    ) -> NewToken:
        """Make a personal token; ConflictError when the user has very many."""
        now = self._clock()
        if expires_at is not None and expires_at <= now:
            raise InvalidValueError("expires_at", expires_at.isoformat(), "give a time to come")
        token = PersonalToken(
            TokenId(new_id("tok")), parse_name(name), created_at=now, expires_at=expires_at
        )
        secret = new_secret("crl")
        async with self._database.writing() as unit:
            store = AccountStore(unit)
            if len(await store.tokens(user.id)) >= MAX_TOKENS:
                raise ConflictError(f"You have {MAX_TOKENS} tokens: delete one first.")
            await store.add_token(token, user.id, hash_of(secret))
        return NewToken(token, secret)

    async def tokens(self, user: User) -> list[PersonalToken]:
        """Return the user's tokens, the oldest first."""
        async with self._database.reading() as unit:
            return await AccountStore(unit).tokens(user.id)

    async def remove_token(self, user: User, token_id: TokenId) -> None:
        """Revoke one of the user's tokens; NotFoundError if there is none such."""
        async with self._database.writing() as unit:
            if not await AccountStore(unit).remove_token(user.id, token_id):
                raise NotFoundError("You have no such token.")

    async def new_link(self, user_id: UserId) -> NewSecret:
        """Make a link by which a user can sign in once, within a day. For operators."""
        now = self._clock()
        link = NewSecret(new_secret("lnk"), now + LINK_LIFETIME)
        async with self._database.writing() as unit:
            await AccountStore(unit).add_link(
                hash_of(link.secret), user_id, now, now + LINK_LIFETIME
            )
        return link

    async def administrator(self) -> User | None:
        """Return the administrator whose account is the oldest, if there is one."""
        async with self._database.reading() as unit:
            return await AccountStore(unit).any_administrator()

    async def first_administrator(self, login: str = "admin", name: str = "Administrator") -> User:
        """Return an administrator, made now, without a password, if there is none."""
        async with self._database.writing() as unit:
            store = AccountStore(unit)
            user = await store.any_administrator()
            if user is None:
                user = User(
                    UserId(new_id("usr")), parse_login(login), parse_name(name), administrator=True
                )
                await store.add_user(user, None, self._clock())
        return user

    async def ensure_user(self, login: str, name: str, *, administrator: bool = False) -> User:
        """Return the user with this login, made now, without a password, if there is none."""
        login = parse_login(login)
        async with self._database.writing() as unit:
            store = AccountStore(unit)
            user = await store.user_by_login(login)
            if user is None:
                user = User(UserId(new_id("usr")), login, parse_name(name), administrator)
                await store.add_user(user, None, self._clock())
        return user

    async def user_by_login(self, login: str) -> User | None:
        """Return a user by login. For operators: it tells who has an account."""
        async with self._database.reading() as unit:
            return await AccountStore(unit).user_by_login(parse_login(login))

    async def set_password(self, user: User, password: str) -> None:
        """Give a user another password, and end all sessions that there are."""
        check_password(password, user.login)
        password_hash = await self.passwords.hash(password)
        async with self._database.writing() as unit:
            store = AccountStore(unit)
            await store.set_password(user.id, password_hash)
            await store.remove_sessions(user.id)

    async def add_user(self, unit: Unit, account: NewAccount, password_hash: str) -> User:
        """Add a user in this unit of work; ConflictError if the login is taken.

        `account` is checked, and its password was hashed outside of the unit.
        """
        await self.check_free(unit, account)
        user = User(UserId(new_id("usr")), account.login, account.name)
        await AccountStore(unit).add_user(user, password_hash, self._clock())
        return user

    async def check_free(self, unit: Unit, account: NewAccount) -> None:
        """Raise ConflictError if the login of a checked account is taken."""
        if await AccountStore(unit).user_by_login(account.login) is not None:
            raise ConflictError("This login is taken: choose another one, or sign in with it.")
