"""The page: the files that `web/` was built into, and its HTML at each of its places.

All files are read once and held in memory, about a megabyte: what is asked for is looked up
in a table, so that no path of a request ever meets the file system.

One HTML file serves every place, since the page itself finds out from the address what to
show. Two things in it are of one answer:

- `<base>`: the relative way from this address back to the server's root. The page makes every
  address from it, so it works under any path prefix that a proxy takes away, unconfigured.
- A nonce for style sheets. The content security policy allows nothing inline, but the editor
  (CodeMirror) and the components (React Aria) make style sheets as they run; with the nonce
  theirs are let through and an injected one is not. Hence the HTML is never cached.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self

from starlette.responses import Response

from carrel.api.problems import Problem

PLACES = (
    "/play",
    "/sign-in",
    "/join",
    "/account",
    "/courses",
    "/courses/{path:path}",
    "/assignments/{path:path}",
    "/submissions/{path:path}",
)
"""The addresses that people visit; the router of `web/` says what each shows."""

_BASE = '<base href="./" />'
_START = '<meta name="carrel-start" content="/play" />'
_NONCE = "CARREL-NONCE"
_COMPRESSED = ".gz"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
# The name of a file in assets/ holds a hash of its content: another content has another name.
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_DAY = "public, max-age=86400"


@dataclass(frozen=True)
class _File:
    content: bytes
    compressed: bytes | None
    media_type: str
    cache: str


@dataclass(frozen=True)
class Page:
    """The built page, in memory."""

    index: str
    files: Mapping[str, _File]

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Return the page that was built into `folder`, None if there is none."""
        try:
            index = (folder / "index.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        files = {}
        for path in sorted(folder.rglob("*")):
            media_type = _TYPES.get(path.suffix)
            if media_type is not None and path.is_file():
                name = path.relative_to(folder).as_posix()
                packed = path.with_name(path.name + _COMPRESSED)
                files[name] = _File(
                    path.read_bytes(),
                    packed.read_bytes() if packed.is_file() else None,
                    media_type,
                    _FOR_EVER if name.startswith("assets/") else _FOR_A_DAY,
                )
        return cls(index, files)

    def html(self, path: str, *, start: str) -> Response:
        """Return the page's HTML as it stands at a path below the server's root.

        `start` is the place where people begin at this server, `/play` or `/courses`.
        """
        nonce = secrets.token_urlsafe(16)
        base = "../" * (path.count("/") - 1) or "./"
        text = self.index.replace(_BASE, f'<base href="{base}" />').replace(_NONCE, nonce)
        text = text.replace(_START, f'<meta name="carrel-start" content="{start}" />')
        policy = (
            "default-src 'none'; script-src 'self'; "
            f"style-src 'self' 'nonce-{nonce}'; font-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
        )
        return Response(text, media_type="text/html", headers={"Content-Security-Policy": policy})

    def file(self, name: str, *, accepts_gzip: bool) -> Response:
        """Return a file of the page; Problem (404) for a name that it has not."""
        file = self.files.get(name)
        if file is None:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "not-found",
                "The page has no such file: reload the page, it may be of an older version.",
            )
        headers = {"Cache-Control": file.cache, "Vary": "Accept-Encoding"}
        if accepts_gzip and file.compressed is not None:
            headers["Content-Encoding"] = "gzip"
            return Response(file.compressed, media_type=file.media_type, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)


def page_directory() -> Path:
    """Return where the built page of this installation is, or would be.

    In a checkout it is `web/dist`, in an installed wheel `carrel/page`.
    """
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent.parent / "web"
    return checkout / "dist" if checkout.is_dir() else package / "page"
