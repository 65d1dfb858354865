from __future__ import annotations

import threading
from datetime import timedelta
from typing import Literal

import anyio
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from carrel.accounts.passwords import Passwords
from carrel.accounts.rules import check_password, parse_login, parse_name
from carrel.accounts.service import (
    LINK_LIFETIME,
    MAX_TOKENS,
    SESSION_LIFETIME,
    AccountService,
)
from carrel.accounts.throttle import Throttle
from carrel.accounts.types import TokenId, User
from carrel.core.errors import (
    BusyError,
    CarrelError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    SignInRequiredError,
    TooManyRequestsError,
)
from carrel.db.tables import metadata
from carrel.testing.platform import PASSWORD, Clock, Platform

pytestmark = [pytest.mark.quick, pytest.mark.anyio]

HERE = "192.0.2.1"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def ada(platform: Platform) -> User:
    user = await platform.person("Ada")
    await platform.accounts.set_password(user, PASSWORD)
    return user


async def everything_stored(platform: Platform) -> str:
    """Return all values of all tables as one text."""
    found: list[str] = []
    async with platform.database.reading() as unit:
        for table in metadata.sorted_tables:
            found += map(str, (await unit.execute(select(table))).all())
    return "\n".join(found)


async def test_a_user_signs_in_with_login_and_password(platform: Platform, ada: User) -> None:
    signed_in = await platform.accounts.sign_in(" ADA ", PASSWORD, HERE)
    assert signed_in.user == ada
    assert await platform.accounts.by_session(signed_in.session.secret) == ada
    assert signed_in.session.secret not in repr(signed_in)


@pytest.mark.parametrize("login", ["ada", "nobody", "admin", "", "no login", "x" * 1000, "\ud800"])
async def test_every_failed_sign_in_says_the_same(
    platform: Platform, ada: User, login: str
) -> None:
    assert ada.login == "ada"
    with pytest.raises(SignInRequiredError) as caught:
        await platform.accounts.sign_in(login, "a wrong password", HERE)
    assert str(caught.value) == "The login or the password is wrong."


@pytest.mark.parametrize("login", ["ada", "nobody", "admin"])
async def test_a_failed_sign_in_takes_one_hash_whether_the_account_exists_or_not(
    platform: Platform, ada: User, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, password: str) -> bool:
        hashes.append(stored)
        return bool(verify(self, stored, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    with pytest.raises(SignInRequiredError):
        await platform.accounts.sign_in(login, "a wrong password", HERE)
    assert ada.login == "ada"
    assert len(hashes) == 1
    assert "$m=8,t=1,p=1$" in hashes[0]


async def test_the_password_of_nobody_opens_no_account(platform: Platform) -> None:
    for login in ("admin", "nobody"):
        with pytest.raises(SignInRequiredError):
            await platform.accounts.sign_in(login, "the password of nobody", HERE)


async def test_guessing_is_stopped_and_even_the_right_password_must_wait(
    platform: Platform, ada: User
) -> None:
    for _ in range(10):
        with pytest.raises(SignInRequiredError):
            await platform.accounts.sign_in(ada.login, "a wrong password", HERE)
    with pytest.raises(TooManyRequestsError, match="Try again in 900 s") as caught:
        await platform.accounts.sign_in(ada.login, PASSWORD, HERE)
    assert caught.value.retry_after_s == 900
    # The user herself is not locked out by a stranger elsewhere.
    assert (await platform.accounts.sign_in(ada.login, PASSWORD, "192.0.2.2")).user == ada
    platform.clock.pass_by(timedelta(minutes=15))
    assert (await platform.accounts.sign_in(ada.login, PASSWORD, HERE)).user == ada


async def test_guesses_at_the_same_time_are_counted_too(platform: Platform, ada: User) -> None:
    kinds: list[type[CarrelError]] = []

    async def guess() -> None:
        try:
            await platform.accounts.sign_in(ada.login, "a wrong password", HERE)
        except CarrelError as error:
            kinds.append(type(error))

    async with anyio.create_task_group() as group:
        for _ in range(15):
            group.start_soon(guess)
    assert kinds.count(SignInRequiredError) == 10
    assert kinds.count(TooManyRequestsError) == 5


async def test_one_address_cannot_try_many_logins(platform: Platform) -> None:
    for number in range(100):
        with pytest.raises(SignInRequiredError):
            await platform.accounts.sign_in(f"user{number}", "a wrong password", HERE)
    with pytest.raises(TooManyRequestsError):
        await platform.accounts.sign_in("another", "a wrong password", HERE)


def test_a_throttle_remembers_a_bounded_number_of_keys() -> None:
    throttle = Throttle(1, clock=Clock(), most_keys=2)
    for key in ("a", "b", "c"):
        throttle.failed(key)
    throttle.check("a")
    with pytest.raises(TooManyRequestsError):
        throttle.check("c")


async def test_a_session_ends_by_time_and_by_signing_out(platform: Platform, ada: User) -> None:
    accounts = platform.accounts
    first = (await accounts.sign_in(ada.login, PASSWORD, HERE)).session.secret
    second = (await accounts.sign_in(ada.login, PASSWORD, HERE)).session.secret
    await accounts.sign_out(first)
    with pytest.raises(SignInRequiredError):
        await accounts.by_session(first)
    platform.clock.pass_by(SESSION_LIFETIME - SECOND)
    assert await accounts.by_session(second) == ada
    platform.clock.pass_by(SECOND)
    with pytest.raises(SignInRequiredError):
        await accounts.by_session(second)


async def test_another_password_ends_all_sessions(platform: Platform, ada: User) -> None:
    session = (await platform.accounts.sign_in(ada.login, PASSWORD, HERE)).session.secret
    await platform.accounts.set_password(ada, "another long one")
    with pytest.raises(SignInRequiredError):
        await platform.accounts.by_session(session)
    with pytest.raises(SignInRequiredError):
        await platform.accounts.sign_in(ada.login, PASSWORD, HERE)


async def test_a_password_is_hashed_anew_when_hashes_have_become_dearer(
    platform: Platform, ada: User
) -> None:
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    platform.accounts.passwords = Passwords(dearer)
    await platform.accounts.sign_in(ada.login, PASSWORD, HERE)
    assert "$m=16,t=2,p=1$" in await everything_stored(platform)
    assert (await platform.accounts.sign_in(ada.login, PASSWORD, HERE)).user == ada


async def test_a_link_signs_in_once_within_its_time(platform: Platform, ada: User) -> None:
    accounts = platform.accounts
    link = await accounts.new_link(ada.id)
    signed_in = await accounts.sign_in_by_link(link.secret, HERE)
    assert signed_in.user == ada
    late = await accounts.new_link(ada.id)
    platform.clock.pass_by(LINK_LIFETIME)
    for secret in (link.secret, late.secret, "lnk_guessed", ""):
        with pytest.raises(SignInRequiredError, match="used already, or it is too old"):
            await accounts.sign_in_by_link(secret, HERE)


async def test_a_link_that_two_use_at_once_signs_one_in(platform: Platform, ada: User) -> None:
    link = await platform.accounts.new_link(ada.id)
    sessions: list[str] = []

    async def use() -> None:
        try:
            signed_in = await platform.accounts.sign_in_by_link(link.secret, HERE)
        except SignInRequiredError:
            return
        sessions.append(signed_in.session.secret)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(use)
    assert len(sessions) == 1


async def test_a_personal_token_works_until_it_is_revoked_or_over(
    platform: Platform, ada: User
) -> None:
    accounts = platform.accounts
    kept = await accounts.new_token(ada, "laptop")
    platform.clock.pass_by(SECOND)  # they are listed by their age
    brief = await accounts.new_token(ada, "brief", platform.clock.now + SECOND)
    assert await accounts.by_token(kept.secret) == ada
    assert [token.last_used_at for token in await accounts.tokens(ada)] == [
        platform.clock.now,
        None,
    ]
    platform.clock.pass_by(SECOND)
    with pytest.raises(SignInRequiredError):
        await accounts.by_token(brief.secret)
    await accounts.remove_token(ada, kept.token.id)
    with pytest.raises(SignInRequiredError):
        await accounts.by_token(kept.secret)
    assert [token.name for token in await accounts.tokens(ada)] == ["brief"]


async def test_nobody_revokes_the_token_of_another_user(platform: Platform, ada: User) -> None:
    eve = await platform.person("Eve")
    token = await platform.accounts.new_token(ada, "laptop")
    for token_id in (token.token.id, TokenId("tok_none")):
        with pytest.raises(NotFoundError):
            await platform.accounts.remove_token(eve, token_id)
    assert await platform.accounts.by_token(token.secret) == ada


async def test_the_number_of_tokens_is_bounded(platform: Platform, ada: User) -> None:
    for number in range(MAX_TOKENS):
        await platform.accounts.new_token(ada, f"token {number}")
    with pytest.raises(ConflictError, match="delete one first"):
        await platform.accounts.new_token(ada, "one more")


async def test_no_secret_is_stored_as_it_is(platform: Platform, ada: User) -> None:
    secrets = [
        (await platform.accounts.sign_in(ada.login, PASSWORD, HERE)).session.secret,
        (await platform.accounts.new_token(ada, "laptop")).secret,
        (await platform.accounts.new_link(ada.id)).secret,
        PASSWORD,
    ]
    stored = await everything_stored(platform)
    assert ada.id in stored
    for secret in secrets:
        assert secret not in stored
        assert secret.partition("_")[2] not in stored or secret == PASSWORD


async def test_there_is_one_first_administrator(platform: Platform) -> None:
    assert platform.administrator.administrator
    assert await platform.accounts.first_administrator("other") == platform.administrator


@pytest.mark.parametrize("text", ["", " ", "a b", "-a", "a/b", "ä", "\u0430", "x" * 101, "a\n"])
def test_what_is_no_login_is_refused(text: str) -> None:
    if text == "a\n":
        assert parse_login(text) == "a"
        return
    with pytest.raises(InvalidValueError, match="login"):
        parse_login(text)


def test_logins_differ_in_more_than_case() -> None:
    assert parse_login("Ada@Example.org") == "ada@example.org"


@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\u202eb", "a\x00b"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="name"):
        parse_name(text)


def test_names_are_in_one_line() -> None:
    assert parse_name("  Ada \n Lovelace ") == "Ada Lovelace"


@pytest.mark.parametrize(
    "password", ["quick", "a" * 12, "x" * 201, "ada and more", "tab\tin between it"]
)
def test_a_weak_password_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(InvalidValueError, match="password='…'") as caught:
        check_password(password, "ada")
    assert password not in str(caught.value)


class _HeldHasher(PasswordHasher):
    """Checks passwords when it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.go.wait(60)
        return super().verify(hash, password)


async def test_a_crowd_that_signs_in_is_bounded_and_no_failure_is_counted_for_it(
    platform: Platform, ada: User
) -> None:
    hasher = _HeldHasher()
    accounts = AccountService(platform.database, Passwords(hasher, most_waiting=3))
    right = 0
    busy = 0

    async def sign_in() -> None:
        nonlocal right, busy
        try:
            assert (await accounts.sign_in("ada", PASSWORD, HERE)).user == ada
            right += 1
        except BusyError:
            busy += 1
        if busy == 4:
            hasher.go.set()

    async with anyio.create_task_group() as group:
        for _ in range(9):  # as many as may fail: were these counted, the last one would
            group.start_soon(sign_in)
    assert (right, busy) == (5, 4)
    for _ in range(6):
        with pytest.raises(SignInRequiredError):
            await accounts.sign_in("ada", "a wrong password", HERE)
    assert (await accounts.sign_in("ada", PASSWORD, HERE)).user == ada
