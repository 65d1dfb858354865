"""What logins, names and passwords may be; pure."""

from __future__ import annotations

import re
import unicodedata

from carrel.core.errors import InvalidValueError

MIN_PASSWORD = 10
MAX_PASSWORD = 200
MAX_LOGIN = 100
MAX_NAME = 100
LMS_PREFIX = "lms-"
"""Of the logins of a learning platform's students, which nobody may choose."""

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._+@-]*[a-z0-9])?", re.ASCII)


def parse_login(text: str) -> str:
    """Return a login as it is stored: in small letters; InvalidValueError if it is none.

    Only ASCII: two logins that look alike must not be two people.
    """
    login = text.strip().lower()
    if len(login) > MAX_LOGIN or _LOGIN.fullmatch(login) is None:
        raise InvalidValueError(
            "login",
            text[:MAX_LOGIN],
            f"give up to {MAX_LOGIN} letters from a to z, digits, and . _ + @ - between them, "
            "such as ada or ada@example.org",
        )
    return login


def parse_new_login(text: str) -> str:
    """Return a login that somebody chooses; InvalidValueError for one that is none or kept.

    Who took the login of a learning platform's student would be handed that student's work.
    """
    login = parse_login(text)
    if login.startswith(LMS_PREFIX):
        raise InvalidValueError(
            "login", login, f"choose one that does not begin with {LMS_PREFIX}: those are kept"
        )
    return login


def parse_name(text: str, field: str = "name", most: int = MAX_NAME) -> str:
    """Return a name or title in one line; InvalidValueError, naming `field`, if it is none."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name or len(name) > most or not name.isprintable():
        raise InvalidValueError(
            field, text[:most], f"give 1 to {most} characters that can be shown, in one line"
        )
    return name


def check_password(text: str, login: str) -> None:
    """Raise InvalidValueError, without the password, unless it may be one."""
    problem = None
    if len(text) < MIN_PASSWORD:
        problem = f"it is too short: give at least {MIN_PASSWORD} characters"
    elif len(text) > MAX_PASSWORD:
        problem = f"it is too long: give at most {MAX_PASSWORD} characters"
    elif len(set(text)) <= MIN_PASSWORD // 2:
        problem = "it repeats too few characters: give more different ones"
    elif login in text.lower():
        problem = "it contains the login: give another one"
    elif not text.isprintable():
        problem = "it has characters that cannot be typed everywhere: leave them out"
    if problem is not None:
        raise InvalidValueError("password", "…", problem)
