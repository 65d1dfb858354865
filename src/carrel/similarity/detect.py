"""Which language a text without a file name is written in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from carrel.similarity.tokens import error_share

DEFAULT = "python"
_HINTS = {
    language: re.compile(pattern, re.MULTILINE)
    for language, pattern in {
        "python": r"^[ \t]*(?:def \w+\(.*\).*:|class \w+.*:|elif .*:|(?:if|for|while|else|try)\b"
        r".*:[ \t]*(?:#.*)?$|from \w+ import|import \w+$)|\bprint\(|\bself\.|\bNone\b",
        "javascript": r"\b(?:const|let|var)\s+[\w{\[]|=>|\bfunction\b|console\.log|===|require\(",
        "typescript": r"\b(?:const|let)\s+\w+\s*:|\)\s*:\s*\w+(?:\[\])?\s*(?:\{|=>)"
        r"|\binterface \w+\s*\{|: (?:number|string|boolean)\b",
        "java": r"\bpublic (?:static|class|final|void|int)|System\.(?:out|in)\b|^import java"
        r"|\bString\[\]|\bstatic \w+ \w+\(",
        "cpp": r"\bstd::|\bcout\b|\bcin\b|using namespace|#include <\w+>|\btemplate\s*<"
        r"|\bvector<|^[ \t]*class \w+\s*(?::.*)?\{",
        "c": r"#include\s*[<\"]\w+\.h|\bprintf\(|\bscanf\(|\bmalloc\(|^[ \t]*(?:int|void|char)"
        r"[ \t]+\*?\w+\(",
        "csharp": r"\busing System|\bnamespace \w+|Console\.(?:Write|Read)",
        "go": r"^package \w+|^func |:=",
        "rust": r"\bfn \w+|\blet mut\b|println!",
        "ruby": r"^[ \t]*end$|\bputs\b|^[ \t]*def \w+[^:]*$",
        "php": r"<\?php",
    }.items()
}
_FINALISTS = 4
_HEAD, _LINES, _LINE = 20_000, 400, 160
_HINT_WORTH = 0.05  # of the text unread


def detect_language(code: str) -> str | None:
    """Return the language that `code` is most likely written in, None if nothing tells."""
    # Short lines bound the patterns' time: a few of them look back over the line.
    head = "\n".join(line[:_LINE] for line in code[:_HEAD].split("\n")[:_LINES])
    scores = Counter({name: len(hint.findall(head)) for name, hint in _HINTS.items()})
    if scores["cpp"]:
        scores["c"] = 0  # what C++ shares with C says nothing about which it is
    finalists = [(name, score) for name, score in scores.most_common(_FINALISTS) if score]
    if not finalists:
        return None
    text = code.encode("utf-8", "surrogateescape")
    order = list(_HINTS)
    return min(
        finalists,
        key=lambda f: (round(error_share(text, f[0]), 2) - _HINT_WORTH * f[1], order.index(f[0])),
    )[0]


def detect_languages(codes: Sequence[str]) -> list[str]:
    """Return each text's language; where nothing tells, what most of the others are in."""
    found = [detect_language(code) for code in codes]
    known = Counter(language for language in found if language)
    most = known.most_common(1)[0][0] if known else DEFAULT
    return [language or most for language in found]
