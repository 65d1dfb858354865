"""The server that `carrel login` remembers, asked over HTTP; its problems become our errors."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from carrel.cli.errors import RefusedError
from carrel.core.errors import (
    CarrelError,
    ConflictError,
    InvalidValueError,
    NotAllowedError,
    NotFoundError,
    PlatformFaultError,
    SignInRequiredError,
    TooManyRequestsError,
)

TIMEOUT_S = 60.0
_API = "/api/v1"
_MOST_EVENT = 64 * 1024
_KINDS: Mapping[int, type[CarrelError]] = {
    HTTPStatus.UNAUTHORIZED: SignInRequiredError,
    HTTPStatus.FORBIDDEN: NotAllowedError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequestsError,
}


class Server:
    """One server; use it in a `with` block."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.url = url
        self._client = httpx.Client(base_url=url + _API, headers=headers, timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what the server answers to a GET request."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the server answers to a JSON body."""
        return self._ask("POST", path, json=body)

    def delete(self, path: str) -> None:
        """Have the server delete something."""
        self._ask("DELETE", path)

    def events(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield server-sent events, each as its name and its data, to the end of the stream."""
        with self._told(), self._client.stream("GET", path) as stream:
            if stream.status_code != HTTPStatus.OK:
                stream.read()
                raise _error_of(stream)
            name = ""
            for line in stream.iter_lines():
                kind, _, value = line[:_MOST_EVENT].partition(":")
                if kind == "event":
                    name = value.strip()
                elif kind == "data":
                    yield name, _object(value)

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        with self._told():
            answer = self._client.request(method, path, **more)
        if answer.is_success:
            return _object(answer.text) if answer.content else {}
        raise _error_of(answer)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise PlatformFaultError(
                f"{self.url} does not answer: {str(error) or type(error).__name__}"
            ) from error


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise PlatformFaultError("the server did not answer as carrel does; is the address right?")
    return found


def _error_of(answer: httpx.Response) -> CarrelError:
    """Return the error that a problem document stands for."""
    try:
        detail = str(_object(answer.text)["detail"])
    except (PlatformFaultError, KeyError):
        detail = f"the server answered with status {answer.status_code}"
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PlatformFaultError(detail)
    return _KINDS.get(answer.status_code, RefusedError)(detail)


def parse_url(text: str) -> str:
    """Return a server's address without a slash at its end; InvalidValueError if it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidValueError("URL", text, "give an address such as https://carrel.example.org")
    return text.rstrip("/")


def _file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "carrel" / "login.json"


def remember(url: str, token: str) -> Path:
    """Keep a server and a token for this user alone; return where."""
    file = _file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump({"url": url, "token": token}, stream)
    new.replace(file)
    return file


def remembered() -> Server:
    """Return the server of the last `carrel login`; SignInRequiredError without one."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
        return Server(str(found["url"]), str(found["token"]))
    except FileNotFoundError:
        raise SignInRequiredError("sign in first: `carrel login URL`") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SignInRequiredError(
            f"{_file()} cannot be read: {error}; sign in again: `carrel login URL`"
        ) from error
