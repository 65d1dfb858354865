"""The forms in which texts are compared: decoded, without invisible white space, as words.

Each form is made in time and memory linear in the text, whatever the text is: a hostile
program prints 16 MB of line breaks, of one line, or of one-letter words, and none of
these may become a list of millions of small strings. So text is taken in blocks, and
no further than it is the same as the expected one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_BLOCK = 64 * 1024
_BYTE = 0xDC00
"""What decode() adds to a byte that is not UTF-8, to make a character of it."""


def decode(data: bytes) -> str:
    """Return the bytes as text; different bytes, valid UTF-8 or not, give different texts."""
    return data.decode("utf-8", "surrogateescape")


def trimmed_blocks(text: str) -> Iterator[str]:
    """Yield, block by block, the text without the white space that nobody sees.

    That is the white space at the ends of lines (Windows line ends too), and before the
    first and after the last visible character.
    """
    text = text.strip()
    start = 0
    while (end := text.find("\n", start + _BLOCK)) >= 0:
        yield _trim_lines(text[start:end]) + "\n"
        start = end + 1
    if start < len(text):
        yield _trim_lines(text[start:])


def trimmed(text: str) -> str:
    """Return the text without the white space that nobody sees, as one."""
    return "".join(trimmed_blocks(text))


def spaced_blocks(text: str) -> Iterator[str]:
    """Yield, block by block, the text's words with one space between them."""
    begun = False  # whether there was a word before
    apart = False  # whether white space stands between it and this block
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK]
        words = block.split()
        if not words:
            apart = True
            continue
        gap = " " if begun and (apart or block[0].isspace()) else ""
        yield gap + " ".join(words)
        begun, apart = True, block[-1].isspace()


def common_length_of_blocks(ones: Iterable[str], others: Iterable[str]) -> int | None:
    """Return how many characters two texts have in common at their beginning.

    They are given in blocks (none empty, of any sizes) and read as far as they are the
    same; None if they are to the end.
    """
    ones, others = iter(ones), iter(others)
    one = other = ""
    at = to = done = 0
    while True:
        if at == len(one):
            one, at = next(ones, ""), 0
        if to == len(other):
            other, to = next(others, ""), 0
        if not one or not other:
            return None if one == other else done
        size = min(len(one) - at, len(other) - to)
        left, right = one[at : at + size], other[to : to + size]
        if left != right:
            return done + common_length(left, right)
        at, to, done = at + size, to + size, done + size


def quoted(text: str, limit: int = 40) -> str:
    """Return the beginning of `text` for showing: printable, on one line, bounded."""
    shown = "".join(map(printable, text[:limit]))
    return shown if len(text) <= limit else shown + "…"


def printable(character: str) -> str:
    r"""Return the character itself, or an escape such as `\n` or `\u200b` for it."""
    if character.isprintable():
        return character
    byte = undecoded(character)
    if byte is not None:
        return f"\\x{byte:02x}"
    return character.encode("unicode_escape").decode("ascii")


def printable_text(text: str, limit: int, keep: str = "\n") -> str:
    """Return a text of many lines for showing: at most `limit` characters of it, bounded.

    What could move a terminal's cursor, colour it or turn the writing's direction is
    escaped as `printable` does; the characters in `keep` are not.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(char if char in keep else printable(char) for char in shown)


def undecoded(character: str) -> int | None:
    """Return the byte that is not UTF-8 for which decode() put this character, if any."""
    byte = ord(character) - _BYTE
    return byte if byte in range(0x80, 0x100) else None


def common_length(one: str, other: str) -> int:
    """Return how many characters both have in common at their beginning."""
    end = min(len(one), len(other))
    start = 0
    while start < end and one[start : start + _BLOCK] == other[start : start + _BLOCK]:
        start += _BLOCK
    low, high = min(start, end), min(start + _BLOCK, end)
    while low < high:  # the first `low` are known to be common, more than `high` are not
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _trim_lines(block: str) -> str:
    return "\n".join([line.rstrip() for line in block.split("\n")])
