"""Rules on a program: what it must or must not have, how often, and where.

A rule counts the places where its subject is found and says how many there may be:
`least` 1 for what is required, `most` 0 for what is forbidden. A measure (`nesting`)
finds the places that are above `limit`, and none may be. The reference
`docs/reference/exercise-format.md` says what each subject means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tree_sitter import Query, QueryError

from carrel.languages.structure.code import Place
from carrel.languages.structure.constructs import LANGUAGES, NAMES, languages_with
from carrel.languages.structure.tree import grammar

MAX_PLACES = 20
"""Places that are told of one rule; all are counted."""


class Subject(StrEnum):
    """What a rule is about."""

    CONSTRUCT = "construct"
    CALL = "call"
    METHOD = "method"
    IMPORT = "import"
    NAME = "name"
    OPERATOR = "operator"
    LITERAL = "literal"
    FUNCTION = "function"
    CLASS = "class"
    DOCSTRING = "docstring"
    QUERY = "query"
    MEASURE = "measure"


class Failure(StrEnum):
    """Why a rule is not kept."""

    MISSING = "missing"
    FORBIDDEN = "forbidden"
    TOO_FEW = "too-few"
    TOO_MANY = "too-many"
    ABOVE = "above"
    NO_SCOPE = "no-scope"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Rule:
    """One rule. `names` are alternatives, each counts; `within` is a function or a class.

    `parameters` (how many) and `parameter_names` ask this of a function, `methods` and
    `extends` of a class. `limit` is the largest value of a measure.
    """

    subject: Subject
    names: tuple[str, ...]
    least: int = 0
    most: int | None = None
    within: str | None = None
    parameters: int | None = None
    parameter_names: tuple[str, ...] | None = None
    methods: tuple[str, ...] = ()
    extends: str | None = None
    limit: int | None = None

    @property
    def forbids(self) -> bool:
        """Whether none may be found."""
        return self.most == 0


@dataclass(frozen=True)
class Outcome:
    """How a rule came out: None is kept. `count` places were found, the first are `places`.

    For Failure.ABOVE `count` is the largest value; for HIDDEN the place's text is the
    construct that hides what the program does.
    """

    failure: Failure | None
    count: int = 0
    places: tuple[Place, ...] = ()


def refusal(rule: Rule, language: str) -> str | None:
    """Return why a rule cannot be asked of a language, as a clause for a teacher, or None."""
    if language not in LANGUAGES:
        return f"programs in {language} cannot be looked at; possible are {', '.join(LANGUAGES)}"
    if rule.subject is Subject.CONSTRUCT:
        for name in rule.names:
            if name not in NAMES:
                return f"`{name}` is no construct that is known"
            if language not in (known := languages_with(name)):
                having = ", ".join(sorted(known, key=LANGUAGES.index))
                return (
                    f"{language} has no `{name}`; {having} have it"
                    if len(known) > 1
                    else f"{language} has no `{name}`; only {having} has it"
                )
    if rule.subject is Subject.CLASS and language == "c":
        return "c has no classes; ask for the construct `struct`"
    if rule.subject is Subject.QUERY:
        try:
            Query(grammar(language), rule.names[0])
        except QueryError as error:
            return f"the query does not fit {language}: {' '.join(str(error).split())}"
    return None
