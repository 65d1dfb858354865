"""Who asks, as the headers tell it: which names are this server's, which pages are its own.

Pure rules; `guard` applies them to everything, `rules` to each router's requests.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from carrel.api.problems import Problem

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{0,5})?")
"""A host header: no user, no zone. `[fe80::1%25evil.example]` is an address to some readers
and a name of evil.example's to others."""

_OWN_SITE = frozenset({"same-origin", "none"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_host(headers: Headers, names: Collection[str]) -> None:
    """Raise Problem (421) unless the server was called by one of its `names` or by an address.

    A numeric address needs no name server, so nobody can make it mean this machine.
    """
    host = headers.get("host", "")
    if not _may_be_called(host, names):
        raise Problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "unknown-host",
            f"This server does not answer to the host name {host[:200]!r}: "
            "call it by its address, such as http://127.0.0.1:8000.",
        )


def _may_be_called(host: str, names: Collection[str]) -> bool:
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower()
    if name.rstrip(".") in names:
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def check_origin(headers: Headers) -> None:
    """Raise Problem (403) when the browser says that a page of another origin asks.

    Browsers name the page in `Origin`, and the relation in `Sec-Fetch-Site` where the
    connection is secure or local. A client that is no browser sends neither.
    """
    origin = headers.get("origin")
    if origin is not None and not _same_origin(origin, headers.get("host", "")):
        raise _foreign(origin)


def check_site(headers: Headers) -> None:
    """Raise Problem (403) when the browser calls the request another site's.

    Not for requests that change nothing: a link from another site may be followed.
    """
    if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        raise _foreign("another site")


def _same_origin(origin: str, host: str) -> bool:
    """Whether a page of `origin` came from `host`; https too, for a proxy before us."""
    try:
        asked, own = urlsplit(origin), urlsplit(f"//{host}")
        ports = asked.port, own.port
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(asked.scheme)
    if default is None or asked.hostname != own.hostname:
        return False
    return (ports[0] or default) == (ports[1] or default)


def _foreign(origin: str) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "foreign-origin",
        f"A web page of {origin[:200]!r} may not use this server.",
    )
