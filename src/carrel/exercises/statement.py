"""What a statement in Markdown shows besides its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token


def files_shown(markdown: str) -> list[str]:
    """Return the files beside a statement that its images and links name, each once.

    Addresses with a scheme or a host, and places within the page, are not files.
    """
    found = dict.fromkeys(_addresses(MarkdownIt("commonmark").parse(markdown)))
    return [name for address in found if (name := _file(address))]


def _addresses(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        for name in ("src", "href"):
            address = token.attrGet(name)
            if isinstance(address, str):
                yield address
        yield from _addresses(token.children or ())


def _file(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return unquote(parts.path) if parts.path and not (parts.scheme or parts.netloc) else None
