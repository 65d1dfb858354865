"""Ask one rule about one program's text."""

from __future__ import annotations

from carrel.languages.structure.check import check
from carrel.languages.structure.code import Code
from carrel.languages.structure.rules import Outcome, Rule, Subject
from carrel.languages.structure.tree import Source


def outcome(rule: Rule, code: str | bytes, language: str) -> Outcome:
    """Return what the rule says of a program in this language."""
    data = code if isinstance(code, bytes) else code.encode()
    return check([rule], Code([Source("", data)], language))[0]


def count(subject: Subject, names: str, code: str, language: str = "python", **more: object) -> int:
    """Return how often a rule about these names, with spaces between, finds them."""
    rule = Rule(subject, tuple(names.split()), **more)  # type: ignore[arg-type]
    return outcome(rule, code, language).count
