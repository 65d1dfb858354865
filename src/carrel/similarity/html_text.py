"""Source text made safe to show in HTML.

Students write these programs, teachers open the report: a file may try to close
tags, to hide code behind bidirectional control characters (CVE-2021-42574), or to
flood the page with one endless line.
"""

from __future__ import annotations

import html
import unicodedata

MAX_LINE_CHARACTERS = 400
MAX_LINES = 4_000


def escape(text: str) -> str:
    """Return `text` for an HTML element or a quoted attribute, invisible characters shown."""
    if text.isascii() and text.isprintable():
        return html.escape(text)
    return html.escape("".join(c if _harmless(c) else f"⟨U+{ord(c):04X}⟩" for c in text))


def _harmless(character: str) -> bool:
    # Cc: control characters; Cf: direction and width marks; Co, Cs, Cn: no characters at all.
    return character == "\t" or unicodedata.category(character) not in {
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Cn",
        "Zl",
        "Zp",
    }


def source_lines(text: bytes) -> tuple[list[str], int]:
    """Return the lines to show, escaped and cut, and how many more there are."""
    lines = text.split(b"\n")
    if lines and not lines[-1]:
        del lines[-1]
    shown = []
    for line in lines[:MAX_LINES]:
        decoded = line[: 4 * MAX_LINE_CHARACTERS].decode("utf-8", "replace").rstrip("\r")
        cut = escape(decoded[:MAX_LINE_CHARACTERS])
        if len(decoded) > MAX_LINE_CHARACTERS:
            cut += f" … (line of {len(line):,} bytes)"
        shown.append(cut)
    return shown, max(0, len(lines) - MAX_LINES)
