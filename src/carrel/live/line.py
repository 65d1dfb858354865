r"""Messages between the text of a stream, from a program that is not believed.

Theory of operation. An interpreter in a sandbox has two streams to the host, the student's
own stdout and stderr. Its messages go between the text:

    \0 mark "." piece \n        the end of a message
    \0 mark "+" piece \n        more of the message follows

`mark` is chosen by the host for each interpreter, so no text holds it by chance. The attack:
the student's code shares the process and can write any bytes, this mark among them. So each
piece, each message and each message's depth is bounded before anything is made of it, what
is no message breaks the line for good, and what a message says is only ever shown to the
student who runs the code.
"""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from typing import Any

MAX_PIECE = 4096
"""Bytes of a piece: what a pipe takes in one go."""

MAX_MESSAGE = 2 * 1024 * 1024
"""Bytes of a whole message."""

MARK_BYTES = 16


class BrokenLineError(Exception):
    """The program wrote what is no message; nothing more can be read from it."""


@dataclass(frozen=True)
class Text:
    r"""What the student's program wrote; bytes that are not UTF-8 as `\xNN`."""

    text: str
    size: int
    """In bytes as they came."""


class LineDecoder:
    """Tells text from messages in one stream."""

    def __init__(self, mark: str) -> None:
        self._mark = b"\0" + mark.encode()
        self._data = b""
        self._pieces = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._broken = False

    def feed(self, data: bytes) -> list[Text | dict[str, Any]]:
        """Return what these bytes complete; BrokenLineError for what is no message."""
        if self._broken:
            raise BrokenLineError("the line is broken")
        try:
            return self._feed(self._data + data)
        except BrokenLineError:
            self._broken = True
            raise

    def _feed(self, data: bytes) -> list[Text | dict[str, Any]]:
        found: list[Text | dict[str, Any]] = []
        at = 0
        while (start := data.find(self._mark, at)) >= 0:
            self._text(data[at:start], found)
            begin = start + len(self._mark)
            end = data.find(b"\n", begin, begin + MAX_PIECE + 1)
            if end < 0:
                if len(data) - begin > MAX_PIECE:
                    raise BrokenLineError("a piece is too long")
                self._data = data[start:]
                return found
            message = self._piece(data[begin:end])
            if message is not None:
                found.append(message)
            at = end + 1
        kept = self._beginning(data, at)
        self._text(data[at:kept], found)
        self._data = data[kept:]
        return found

    def _beginning(self, data: bytes, at: int) -> int:
        """Return where a mark may begin that has not come whole."""
        zero = data.rfind(b"\0", max(at, len(data) - len(self._mark)))
        return zero if zero >= 0 and self._mark.startswith(data[zero:]) else len(data)

    def _text(self, data: bytes, found: list[Text | dict[str, Any]]) -> None:
        if data and (text := self._decoder.decode(data)):
            found.append(Text(text, len(data)))

    def _piece(self, piece: bytes) -> dict[str, Any] | None:
        sign, content = piece[:1], piece[1:]
        if sign not in (b"+", b"."):
            raise BrokenLineError("a piece has no sign")
        self._pieces += content
        if len(self._pieces) > MAX_MESSAGE:
            raise BrokenLineError("a message is too long")
        if sign == b"+":
            return None
        whole, self._pieces = bytes(self._pieces), bytearray()
        try:
            message = json.loads(whole)
        except (ValueError, RecursionError):
            raise BrokenLineError("a message is no JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("t"), str):
            raise BrokenLineError("a message has no type")
        return message


def request(**content: Any) -> bytes:
    """Return a request for the program: one line of JSON."""
    return json.dumps(content).encode() + b"\n"
