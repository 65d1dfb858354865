"""What is said about rules: what one asks, and how it was broken and where."""

from __future__ import annotations

from itertools import groupby

from carrel.languages.structure.code import Place
from carrel.languages.structure.rules import Failure, Outcome, Rule, Subject
from carrel.texts.message import Message

_MOST_LINES = 8


def title(rule: Rule) -> Message:
    """Return what a rule asks, in a few words: `required: recursion`."""
    what = _what(rule)
    if rule.subject is Subject.MEASURE:
        return Message("rule-limits", what=what, limit=rule.limit or 0)
    if rule.forbids:
        return Message("rule-forbids", what=what)
    if rule.most is not None:
        return Message("rule-counts", what=what, least=rule.least, most=rule.most)
    if rule.least > 1:
        return Message("rule-requires-several", what=what, least=rule.least)
    return Message("rule-requires", what=what)


def broken(rule: Rule, outcome: Outcome, text: str) -> str:
    """Return how a rule was broken and where; `text` is the teacher's, or empty."""
    if outcome.failure is Failure.NO_SCOPE:
        return Message("rule-no-scope", name=rule.within or "")
    if outcome.failure is Failure.HIDDEN:
        hidden = Message("rule-hidden", construct=outcome.places[0].text)
        return _at(outcome.places[:1], hidden)
    said = text or _default(rule, outcome)
    tells_where = outcome.failure is not Failure.MISSING and bool(outcome.places)
    return _at(outcome.places, said) if tells_where else said


def _default(rule: Rule, outcome: Outcome) -> Message:
    what = _what(rule)
    if rule.subject is Subject.MEASURE:
        return Message("rule-above", what=what, limit=rule.limit or 0, value=outcome.count)
    if rule.subject is Subject.DOCSTRING and outcome.failure is Failure.TOO_FEW:
        names = ", ".join(f"`{place.text}`" for place in outcome.places[:_MOST_LINES])
        return Message("rule-undocumented", names=names)
    if outcome.failure is Failure.FORBIDDEN:
        return Message("rule-found", what=what)
    if outcome.failure is Failure.TOO_FEW:
        return Message("rule-too-few", what=what, count=outcome.count, least=rule.least)
    if outcome.failure is Failure.TOO_MANY:
        return Message("rule-too-many", what=what, count=outcome.count, most=rule.most or 0)
    return Message("rule-missing", what=what)


def _what(rule: Rule) -> Message:
    """Return what a rule is about, such as `a loop` or `a call of sorted`."""
    what = _subject(rule)
    return Message("rule-within", what=what, name=rule.within) if rule.within else what


def _subject(rule: Rule) -> Message:
    if rule.subject in (Subject.CONSTRUCT, Subject.MEASURE):
        found = [_word(rule.subject, name) for name in rule.names]
        whole = found[0]
        for other in found[1:]:
            whole = Message("rule-or", one=whole, other=other)
        return whole
    if rule.subject is Subject.QUERY:
        return Message("subject-query")
    if rule.subject is Subject.DOCSTRING and not rule.names:
        return Message("subject-docstrings")
    names = "/".join(f"`{name}`" for name in rule.names)
    if rule.subject is Subject.FUNCTION and rule.parameter_names is not None:
        names = "/".join(f"`{name}({', '.join(rule.parameter_names)})`" for name in rule.names)
    what = Message("rule-subject", subject=rule.subject.value, names=names)
    if rule.subject is Subject.FUNCTION and rule.parameters is not None:
        return Message("subject-with-parameters", what=what, count=rule.parameters)
    if rule.extends:
        what = Message("subject-that-extends", what=what, name=f"`{rule.extends}`")
    if rule.methods:
        methods = ", ".join(f"`{name}`" for name in rule.methods)
        what = Message("subject-with-methods", what=what, names=methods)
    return what


def _word(subject: Subject, name: str) -> Message:
    if subject is Subject.MEASURE:
        return Message("rule-measure", measure=name)
    return Message("rule-construct", construct=name)


def _at(places: tuple[Place, ...], text: str) -> Message:
    """Return a text with the lines it is about."""
    said: str = text
    parts = []
    for file, found in groupby(places, key=lambda place: place.file):
        lines = list(dict.fromkeys(place.line for place in found))
        shown = ", ".join(map(str, lines[:_MOST_LINES])) + (
            ", …" if len(lines) > _MOST_LINES else ""
        )
        where = Message("rule-lines", count=len(lines), lines=shown)
        parts.append(Message("rule-lines-in-file", file=file, where=where) if file else where)
    whole = parts[0]
    for part in parts[1:]:
        whole = Message("rule-places", one=whole, other=part)
    return Message("rule-at", where=whole, text=said)
