"""Richer forms of a value than text, made safe to show in a page."""

from __future__ import annotations

import base64
import binascii

import nh3

MAX_DISPLAY = 1_500_000
"""Characters of one value as it comes from the sandbox."""

_PNG = b"\x89PNG\r\n\x1a\n"
_TAGS = frozenset(
    (
        *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "colgroup", "col"),
        *("div", "span", "p", "br", "hr", "pre", "code", "b", "i", "em"),
        *("strong", "sub", "sup", "small", "ul", "ol", "li", "dl", "dt", "dd"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "blockquote"),
    )
)
_SPANS = {"colspan", "rowspan", "scope"}


def make_safe(mime: str, data: str) -> str | None:
    """Return the data as it may be shown, or None where it may not.

    Of HTML stay text, tables and lists: no link, no image, no style, no class (a page's own
    would let a value look like a part of the page), no script. A picture is passed on in
    base64 if it says that it is a PNG; whoever shows it must show it as an image.
    """
    if len(data) > MAX_DISPLAY:
        return None
    if mime == "text/html":
        return nh3.clean(
            data,
            tags=set(_TAGS),
            attributes={"td": set(_SPANS), "th": set(_SPANS)},
            clean_content_tags={"script", "style", "title", "template"},
            url_schemes=set(),
            link_rel=None,
        )
    if mime == "image/png":
        try:
            picture = base64.b64decode("".join(data.split()), validate=True)
        except (ValueError, binascii.Error):
            return None
        return base64.b64encode(picture).decode() if picture.startswith(_PNG) else None
    return None
