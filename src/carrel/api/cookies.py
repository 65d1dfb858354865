"""The session's cookie, and where a request comes from.

The cookie is out of reach for scripts (HttpOnly), and other sites' pages do not send it
with what they post (SameSite). Where the page came by HTTPS it has a name that begins with
`__Host-`: a browser takes it only from this host itself, over HTTPS, for all paths, so no
neighbour on another port or subdomain can plant one. A server on one's own machine has no
HTTPS; there the cookie has another name and goes over plain HTTP.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime

from starlette.requests import HTTPConnection
from starlette.responses import Response

from carrel.accounts.types import NewSecret

SECURE_COOKIE = "__Host-carrel"
PLAIN_COOKIE = "carrel"


def session_of(connection: HTTPConnection) -> str | None:
    """Return the secret of the session that a request carries."""
    cookies = connection.cookies
    found = cookies.get(SECURE_COOKIE)
    if found is None and not came_by_https(connection):
        # By HTTPS it would be one that a neighbour or somebody on the way has planted.
        found = cookies.get(PLAIN_COOKIE)
    return found


def remember(
    response: Response, connection: HTTPConnection, session: NewSecret, now: datetime
) -> None:
    """Have the browser send this session from now on."""
    secure = came_by_https(connection)
    lifetime = None if session.expires_at is None else session.expires_at - now
    response.set_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE,
        session.secret,
        max_age=None if lifetime is None else int(lifetime.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def forget(response: Response) -> None:
    """Have the browser send no session any more."""
    for name, secure in ((SECURE_COOKIE, True), (PLAIN_COOKIE, False)):
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def came_by_https(connection: HTTPConnection) -> bool:
    """Return whether the page that asks came by HTTPS.

    Behind a proxy that does HTTPS we are called by plain HTTP; the browser's `Origin`, which
    it sends with everything that a page posts, knows better, and so does the proxy's
    `X-Forwarded-Proto`. A caller who lies there changes its own cookie only.
    """
    origin = connection.headers.get("origin", "")
    forwarded = connection.headers.get("x-forwarded-proto", "").lower()
    return (
        connection.url.scheme in ("https", "wss")
        or forwarded == "https"
        or origin.startswith("https://")
    )


def address_of(connection: HTTPConnection) -> str:
    """Return the network address to count failures for: an IPv6 one without its last half.

    A proxy on this machine names its client in `X-Forwarded-For`, as the last of the list;
    from anybody else that header would be a way to be somebody new each time.
    """
    host = connection.client.host if connection.client is not None else ""
    given = _parsed(host)
    if host == "" or (given is not None and given.is_loopback):
        last = connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        given = _parsed(last) or given
    if given is None:
        return host
    if isinstance(given, ipaddress.IPv6Address):
        if given.ipv4_mapped is not None:
            return str(given.ipv4_mapped)
        return str(ipaddress.ip_network((given, 64), strict=False))
    return str(given)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
