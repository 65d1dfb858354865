"""What the two sides of a session may say, checked; pure."""

from __future__ import annotations

from typing import Any

from carrel.live.session import Message, shown

_MOST_MATCHES = 200
_MOST_NAME = 200


class BadMessageError(Exception):
    """A message that cannot be followed; says why to the client."""


def text_of(message: Message, name: str, most: int) -> str:
    """Return a text of at most `most` bytes; BadMessageError for anything else."""
    value = message.get(name)
    if not isinstance(value, str):
        raise BadMessageError(f"`{name}` must be a text.")
    size = len(value.encode("utf-8", "surrogatepass"))
    if size > most:
        raise BadMessageError(f"`{name}` has {size:,} bytes, allowed are {most:,}.")
    return value


def number_of(message: Message, name: str, least: int, most: int) -> int:
    """Return a whole number within its bounds; BadMessageError for anything else."""
    value = message.get(name)
    if type(value) is not int or not least <= value <= most:
        raise BadMessageError(f"`{name}` must be a whole number from {least} to {most}.")
    return value


def read_completions(message: dict[str, Any], length: int) -> dict[str, Any] | None:
    """Return what the program proposes, if it is well-formed."""
    start, end, matches = message.get("start"), message.get("end"), message.get("matches")
    if type(start) is not int or type(end) is not int or not isinstance(matches, list):
        return None
    if not 0 <= start <= end <= length:
        return None
    texts = [shown(one) for one in matches[:_MOST_MATCHES] if isinstance(one, str)]
    return {"start": start, "end": end, "matches": [one for one in texts if len(one) <= _MOST_NAME]}


def no_completions(message: Message) -> dict[str, Any]:
    """Return that there are no completions."""
    return {"start": message["cursor"], "end": message["cursor"], "matches": []}
