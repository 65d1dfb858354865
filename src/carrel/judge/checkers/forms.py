"""The forms in which texts are compared: decoded, without invisible white space, as words.

Each form is made in time and memory linear in the text, whatever the text is: a hostile
program prints 16 MB of line breaks, of one line, or of one-letter words, and none of
these may become a list of millions of small strings. So text is taken in blocks.
"""

from __future__ import annotations

_BLOCK = 64 * 1024
_BYTE = 0xDC00
"""What decode() adds to a byte that is not UTF-8, to make a character of it."""


def decode(data: bytes) -> str:
    """Return the bytes as text; different bytes, valid UTF-8 or not, give different texts."""
    return data.decode("utf-8", "surrogateescape")


def trimmed(text: str) -> str:
    """Return the text without the white space that nobody sees.

    That is the white space at the ends of lines (Windows line ends too), and before the
    first and after the last visible character.
    """
    text = text.strip()
    blocks = []
    start = 0
    while (end := text.find("\n", start + _BLOCK)) >= 0:
        blocks.append(_trim_lines(text[start:end]))
        start = end + 1
    blocks.append(_trim_lines(text[start:]))
    return "\n".join(blocks)


def spaced(text: str) -> str:
    """Return the text's words with one space between them."""
    parts: list[str] = []
    apart = False  # whether white space stands between the last word and this block
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK]
        words = block.split()
        if not words:
            apart = True
            continue
        if parts and (apart or block[0].isspace()):
            parts.append(" ")
        parts.append(" ".join(words))
        apart = block[-1].isspace()
    return "".join(parts)


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
