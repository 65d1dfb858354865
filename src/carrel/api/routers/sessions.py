"""Sign in and out, invitations that are accepted, the caller and their tokens."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from starlette.requests import Request
from starlette.responses import Response

from carrel.accounts.service import NewAccount
from carrel.accounts.types import PersonalToken, SignedIn, TokenId
from carrel.api.cookies import address_of, forget, remember, session_of
from carrel.api.platform import PREFIX, CurrentUser, GivenPlatform, Platform, current_user
from carrel.api.rules import make_router
from carrel.api.shapes import AcceptRequest, MeResponse, Time
from carrel.api.shapes import Request as Shape
from carrel.core.errors import InvalidValueError

router: APIRouter = make_router(prefix=PREFIX, tags=["accounts"])

_Text = Annotated[str, Field(max_length=1000)]


class SignInRequest(Shape):
    """Login and password, or the token of a sign-in link."""

    login: _Text | None = None
    password: _Text | None = Field(default=None, repr=False)
    token: _Text | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _either(self) -> SignInRequest:
        by_password = self.login is not None and self.password is not None
        if by_password == (self.token is not None) or (self.token and self.login is not None):
            raise ValueError("give either `login` and `password`, or `token`")
        return self


class TokenRequest(Shape):
    """A new personal token."""

    name: _Text
    expires_at: Time | None = None


class TokenResponse(BaseModel):
    """A personal token, without what it is worth."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, token: PersonalToken) -> TokenResponse:
        """Return a token for JSON."""
        return cls(
            id=token.id,
            name=token.name,
            created_at=token.created_at,
            last_used_at=token.last_used_at,
            expires_at=token.expires_at,
        )


class NewTokenResponse(BaseModel):
    """A new token, which is told this one time."""

    id: str
    name: str
    token: str


class TokensResponse(BaseModel):
    """The caller's tokens, the oldest first."""

    items: list[TokenResponse]


@router.post("/session")
async def sign_in(
    body: SignInRequest, request: Request, response: Response, platform: GivenPlatform
) -> MeResponse:
    """Sign in, and get a cookie. For everybody."""
    address = address_of(request)
    if body.token is not None:
        signed_in = await platform.accounts.sign_in_by_link(body.token, address)
    else:
        signed_in = await platform.accounts.sign_in(body.login or "", body.password or "", address)
    return await _welcome(request, response, platform, signed_in)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(request: Request, platform: GivenPlatform) -> Response:
    """End the session, if there is one. For everybody."""
    session = session_of(request)
    if session is not None:
        await platform.accounts.sign_out(session)
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    forget(response)
    return response


@router.post("/invitations/accept")
async def accept_invitation(
    body: AcceptRequest, request: Request, response: Response, platform: GivenPlatform
) -> MeResponse:
    """Join a course by an invitation. For everybody who has its code.

    With `name`, `login` and `password` a new account joins, and is signed in; without them
    whoever is signed in.
    """
    given = {"name": body.name, "login": body.login, "password": body.password}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given):
        user = await current_user(request, platform)
        await platform.courses.join(user, body.code)
        return MeResponse.me(user, platform.clock())
    if missing:
        raise InvalidValueError(
            missing[0], None, "give name, login and password for a new account, or none of them"
        )
    account = NewAccount(body.login or "", body.name or "", body.password or "")
    signed_in = await platform.courses.accept(body.code, account)
    return await _welcome(request, response, platform, signed_in)


@router.get("/me")
async def show_me(user: CurrentUser, platform: GivenPlatform) -> MeResponse:
    """Return the caller. For everybody who is signed in."""
    return MeResponse.me(user, platform.clock())


@router.post("/me/tokens", status_code=HTTPStatus.CREATED)
async def make_token(
    body: TokenRequest, user: CurrentUser, platform: GivenPlatform
) -> NewTokenResponse:
    """Make a personal token for a program of the caller's. For everybody who is signed in."""
    made = await platform.accounts.new_token(user, body.name, body.expires_at)
    return NewTokenResponse(id=made.token.id, name=made.token.name, token=made.secret)


@router.get("/me/tokens")
async def list_tokens(user: CurrentUser, platform: GivenPlatform) -> TokensResponse:
    """Return the caller's tokens. For everybody who is signed in."""
    found = await platform.accounts.tokens(user)
    return TokensResponse(items=[TokenResponse.of(token) for token in found])


@router.delete("/me/tokens/{token_id}", status_code=HTTPStatus.NO_CONTENT)
async def revoke_token(token_id: str, user: CurrentUser, platform: GivenPlatform) -> Response:
    """Revoke one of the caller's tokens. For everybody who is signed in."""
    await platform.accounts.remove_token(user, TokenId(token_id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _welcome(
    request: Request, response: Response, platform: Platform, signed_in: SignedIn
) -> MeResponse:
    """Hand the new session to the browser, and end the one that it had until now."""
    before = session_of(request)
    if before is not None:
        await platform.accounts.sign_out(before)
    now = platform.clock()
    remember(response, request, signed_in.session, now)
    return MeResponse.me(signed_in.user, now)
