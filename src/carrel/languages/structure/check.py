"""Hold rules against a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from carrel.core.errors import InvalidValueError
from carrel.languages.structure.calls import Call, matches, split
from carrel.languages.structure.code import Code, Place, in_order, place
from carrel.languages.structure.constructs import CONSTRUCTS
from carrel.languages.structure.documentation import undocumented
from carrel.languages.structure.globals import global_variables
from carrel.languages.structure.handing_on import mentions
from carrel.languages.structure.measures import MEASURES
from carrel.languages.structure.recursion import Recursion
from carrel.languages.structure.rules import MAX_PLACES, Failure, Outcome, Rule, Subject, refusal
from carrel.languages.structure.search import (
    Spans,
    definitions,
    hiding,
    holds,
    imports,
    inside,
    nodes,
    query_matches,
    words,
)


def check(rules: Sequence[Rule], code: Code) -> list[Outcome]:
    """Return how each rule comes out. Raises InvalidValueError for one that cannot be asked."""
    for rule in rules:
        if (why := refusal(rule, code.language)) is not None:
            raise InvalidValueError("rule", rule.subject.value, why)
    checker = _Checker(code)
    return [checker.check(rule) for rule in rules]


class _Checker:
    def __init__(self, code: Code) -> None:
        self._code = code
        self._recursion = Recursion(code)

    def check(self, rule: Rule) -> Outcome:
        spans = None
        if rule.within is not None:
            spans = self._spans(rule.within)
            if not spans:
                return Outcome(Failure.NO_SCOPE)
        if rule.subject is Subject.MEASURE:
            return self._measured(rule, spans)
        if rule.subject is Subject.DOCSTRING:
            return self._documented(rule)
        return self._counted(rule, spans)

    def _counted(self, rule: Rule, spans: Spans | None) -> Outcome:
        found = in_order(self._found(rule, spans))
        count, told = len(found), tuple(found[:MAX_PLACES])
        if count < rule.least:
            return Outcome(Failure.MISSING if not count else Failure.TOO_FEW, count, told)
        if rule.most is not None and count > rule.most:
            return Outcome(Failure.FORBIDDEN if rule.forbids else Failure.TOO_MANY, count, told)
        if rule.forbids and (hidden := self._hidden):
            return Outcome(Failure.HIDDEN, len(hidden), tuple(hidden[:MAX_PLACES]))
        return Outcome(None, count, told)

    def _found(self, rule: Rule, spans: Spans | None) -> Iterator[Place]:
        match rule.subject:
            case Subject.CONSTRUCT:
                for name in rule.names:
                    yield from self._construct(name, rule, spans)
            case Subject.CALL | Subject.METHOD:
                yield from self._calls(rule, spans)
            case Subject.IMPORT:
                yield from imports(self._code, rule)
            case Subject.FUNCTION | Subject.CLASS:
                yield from definitions(self._code, rule, spans)
            case Subject.QUERY:
                yield from query_matches(self._code, rule.names[0], spans)
            case _:
                yield from words(self._code, rule, spans)

    def _construct(self, name: str, rule: Rule, spans: Spans | None) -> Iterator[Place]:
        if name.endswith("recursion"):
            yield from self._recursive(name, rule)
        elif name in CONSTRUCTS:
            yield from nodes(self._code, CONSTRUCTS[name][self._code.language], rule, spans)
        else:
            for found in _SPECIAL[name](self._code):
                if holds(found, spans):
                    yield found

    def _recursive(self, name: str, rule: Rule) -> Iterator[Place]:
        certain = rule.least == 0  # a doubt speaks for the student
        circles = self._recursion.circles(certain=certain)
        if name == "direct-recursion":
            circles = [c for c in circles if self._direct(c, certain=certain)]
        elif name == "mutual-recursion":
            circles = [circle for circle in circles if len(circle) > 1]
        if rule.within is not None:
            starts = self._recursion.numbers(rule.within)
            reached = self._recursion.reached(starts, certain=certain)
            circles = [circle for circle in circles if circle & reached]
        yield from self._recursion.places(circles, certain=certain)

    def _direct(self, circle: frozenset[int], *, certain: bool) -> bool:
        return any(
            edge.target == number and (edge.certain or not certain)
            for number in circle
            for edge in self._recursion.edges[number]
        )

    def _calls(self, rule: Rule, spans: Spans | None) -> Iterator[Place]:
        wanted = [split(name) for name in rule.names]
        for call in self._code.calls:
            if not inside(call.tree, call.node, spans):
                continue
            if rule.subject is Subject.METHOD and len(call.path) == 1:
                continue
            if rule.forbids and rule.within is None and self._code.owns(call):
                continue
            if any(matches(path, w) for path in self._meanings(call) for w in wanted):
                name = ".".join(filter(None, call.path))
                yield Place(call.tree.name, call.line, name, call.at)
        if rule.forbids:
            yield from mentions(self._code, wanted, spans)

    def _meanings(self, call: Call) -> Iterator[tuple[str, ...]]:
        yield from self._code.names.meanings(call.path)
        if call.path[-1].endswith("!"):
            yield (*call.path[:-1], call.path[-1].removesuffix("!"))

    def _measured(self, rule: Rule, spans: Spans | None) -> Outcome:
        limit = rule.limit or 0
        above = [
            (value, found)
            for name in rule.names
            for found, value in MEASURES[name](self._code)
            if value > limit and holds(found, spans)
        ]
        if not above:
            return Outcome(None)
        places = in_order(found for _, found in above)
        return Outcome(Failure.ABOVE, max(v for v, _ in above), tuple(places[:MAX_PLACES]))

    def _spans(self, name: str) -> Spans:
        spans: Spans = []
        for definition in [*self._code.by_name.get(name, ()), *self._code.classes]:
            if definition.name == name:
                spans.append((definition.tree, definition.node))
        if self._code.language == "rust":
            for tree in self._code.trees:
                for node in tree.nodes:
                    named = node.child_by_field_name("type") if node.type == "impl_item" else None
                    if named is not None and tree.words(named).split("<")[0] == name:
                        spans.append((tree, node))
        return spans

    @cached_property
    def _hidden(self) -> list[Place]:
        """Where the program runs text, so that nobody can see what it does."""
        return [
            Place(tree.name, finding.line, finding.construct)
            for tree in self._code.trees
            for finding in hiding(tree)
        ]

    def _documented(self, rule: Rule) -> Outcome:
        subjects, silent = undocumented(self._code, rule.names)
        if not subjects:
            return Outcome(Failure.MISSING)
        if silent:
            return Outcome(Failure.TOO_FEW, len(silent), tuple(in_order(iter(silent))[:MAX_PLACES]))
        return Outcome(None, subjects)


def _named_functions(code: Code) -> Iterator[Place]:
    for function in code.functions:
        if function.name:
            yield place(function.tree, function.node, function.name)


def _nested_functions(code: Code) -> Iterator[Place]:
    for function in code.functions:
        scope = function.tree.scope(function.index)
        if function.name and scope >= 0 and function.tree.is_function(scope):
            yield place(function.tree, function.node, function.name)


_SPECIAL: Mapping[str, Callable[[Code], Iterator[Place]]] = MappingProxyType(
    {
        "global-variable": global_variables,
        "function": _named_functions,
        "nested-function": _nested_functions,
    }
)
