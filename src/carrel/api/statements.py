"""Statements of exercises as HTML that is safe to show.

A teacher writes them, and so does whoever made an exercise that a teacher imported: a
script in one would act as every student who opens it, and as every other teacher. So
Markdown becomes HTML, HTML in it included, and then everything that is not on a short
list is removed: scripts, styles, forms, frames, handlers, addresses of other schemes.

Pictures come from the exercise's own files only. One from elsewhere would tell a
stranger's server who reads the statement, and when.

A long table takes a second. So statements are made in a thread, one at a time, and those
that were asked for last are kept: a class that opens an assignment waits for it once.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

import nh3
from anyio import CapacityLimiter, to_thread
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

_TAGS = {
    *("a", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt"),
    *("em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre"),
    *("s", "samp", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
    *("th", "thead", "tr", "ul", "var"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "code": {"class"},
    "span": {"class"},
    "div": {"class"},
}
_LANGUAGE = re.compile(r"language-[a-z0-9+#.-]{1,30}", re.ASCII)
_MATHS = {"math inline", "math block"}


_KEPT = 128
_one_at_a_time = CapacityLimiter(1)


async def kept_statement_html(markdown: str, assets: Iterable[str], base: str) -> str:
    """Return what `statement_html` does, and hold nobody else up."""
    names = frozenset(assets)
    return await to_thread.run_sync(_kept, markdown, names, base, limiter=_one_at_a_time)


@lru_cache(maxsize=_KEPT)
def _kept(markdown: str, assets: frozenset[str], base: str) -> str:
    return statement_html(markdown, assets, base)


def statement_html(markdown: str, assets: Container[str], base: str) -> str:
    """Return a statement as HTML.

    `assets` are the names of the files that it shows, which the server has below the path
    `base`. Formulas stay text, in elements of the class `math`, for the page to set.
    """
    markdown_it = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    markdown_it.use(dollarmath_plugin, allow_space=False, double_inline=True)

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            allowed = _LANGUAGE.fullmatch(value) if tag == "code" else value in _MATHS
            return value if allowed else None
        if name == "src":
            return _address(value, assets, base)
        if name == "href":
            return _address(value, assets, base) or value
        return value

    return nh3.clean(
        markdown_it.render(markdown),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _address(value: str, assets: Container[str], base: str) -> str | None:
    """Return where the server has a file that the statement names, None if it has none."""
    path = unquote(value.partition("#")[0].partition("?")[0])
    for name in (path, str(PurePosixPath(path))):
        if name in assets:
            return f"{base}/{quote(name)}"
    return None
