"""Which functions call themselves, directly or through others.

Nobody can see in a text what `x.size()` will call: `self.left.size()` in a tree is
recursion, `self.items.pop()` in a stack's own `pop` is not. Where types are declared
they decide. Elsewhere it counts what is assigned to the name: a list is none of the
program's own objects, `Node(…)` is. What stays open is *possible*: it counts for a
student from whom recursion is required, and not against one who must do without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from carrel.languages.structure.calls import Call, path_of
from carrel.languages.structure.code import Code, Place
from carrel.languages.structure.definitions import Function, declared
from carrel.languages.structure.tree import Tree

_OBJECT_ITSELF = frozenset({"self", "this", "cls", "Self", "crate"})
_INVOKING = frozenset(
    {
        *("apply", "call", "accept", "test", "run", "get", "bind", "__call__"),
        *("applyAsInt", "applyAsLong", "applyAsDouble"),
    }
)
_NO_TYPE = frozenset({"var", "auto", "let"})
_MADE = ("function", "constructor", "type", "name")
_DECLARING = {
    # node type: the fields that hold the declared names; "" is the first child
    "field_declaration": ("declarator", "name"),
    "local_variable_declaration": ("declarator",),
    "formal_parameter": ("name",),
    "parameter_declaration": ("declarator", "name"),
    "optional_parameter_declaration": ("declarator",),
    "declaration": ("declarator",),
    "required_parameter": ("pattern",),
    "optional_parameter": ("pattern",),
    "public_field_definition": ("name",),
    "typed_parameter": ("",),
    "typed_default_parameter": ("name",),
    "parameter": ("pattern",),
    "var_spec": ("name",),
}
_ASSIGNING = {
    "assignment": ("left", "right"),
    "assignment_expression": ("left", "right"),
    "variable_declarator": ("name", "value"),
    "init_declarator": ("declarator", "value"),
    "field_definition": ("property", "value"),
    "public_field_definition": ("name", "value"),
    "let_declaration": ("pattern", "value"),
    "short_var_declaration": ("left", "right"),
    "assignment_statement": ("left", "right"),
    "field_initializer": ("field", "value"),
}
_NOT_OURS = frozenset(
    {
        *("list", "tuple", "dictionary", "set", "string", "integer", "float"),
        *("list_comprehension", "dictionary_comprehension", "set_comprehension"),
        *("array", "object", "number", "template_string", "regex", "array_expression"),
        *("array_creation_expression", "string_literal", "initializer_list"),
        *("composite_literal", "number_literal", "slice_expression"),
    }
)
_MAKING = frozenset(
    {"call", "call_expression", "new_expression", "object_creation_expression", "struct_expression"}
)


@dataclass(frozen=True)
class Edge:
    """A call from one function (by its number) to another."""

    target: int
    call: Call
    certain: bool


class Recursion:
    """The call graph of a program, and the circles in it."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._numbers = {
            (id(function.tree), function.index): number
            for number, function in enumerate(code.functions)
        }

    @cached_property
    def edges(self) -> list[list[Edge]]:
        """The calls that each function makes, to functions of the program."""
        edges: list[list[Edge]] = [[] for _ in self._code.functions]
        for call in self._code.calls:
            around = call.tree.function_around(call.index)
            number = self._numbers.get((id(call.tree), around))
            source = None if number is None else self._named[number]
            if source is not None:
                edges[source].extend(self._targets(call, self._code.functions[source]))
        return edges

    @cached_property
    def _named(self) -> list[int | None]:
        """Of each function the nearest named one: `map(lambda x: f(x), …)` runs where it stands."""
        named: list[int | None] = []
        for number, function in enumerate(self._code.functions):
            if function.name:
                named.append(number)
                continue
            around = function.tree.function_around(function.index)
            outer = self._numbers.get((id(function.tree), around))
            named.append(None if outer is None else named[outer])
        return named

    def circles(self, *, certain: bool) -> list[frozenset[int]]:
        """Return the sets of functions that call one another in a circle (one: itself).

        `certain` leaves out what is only possible.
        """
        graph = [
            [edge.target for edge in edges if edge.certain or not certain] for edges in self.edges
        ]
        return [
            frozenset(part)
            for part in _strong_parts(graph)
            if len(part) > 1 or part[0] in graph[part[0]]
        ]

    def places(self, circles: list[frozenset[int]], *, certain: bool) -> Iterator[Place]:
        """Yield the calls by which functions come back to themselves."""
        for circle in circles:
            for number in circle:
                for edge in self.edges[number]:
                    if edge.target in circle and (edge.certain or not certain):
                        name = self._code.functions[edge.target].name
                        call = edge.call
                        yield Place(call.tree.name, call.line, name, call.at)

    def reached(self, starts: Iterator[int], *, certain: bool) -> frozenset[int]:
        """Return the functions that these call, directly or through others, and themselves."""
        waiting = list(starts)
        seen = set(waiting)
        while waiting:
            for edge in self.edges[waiting.pop()]:
                if edge.target not in seen and (edge.certain or not certain):
                    seen.add(edge.target)
                    waiting.append(edge.target)
        return frozenset(seen)

    def numbers(self, name: str) -> Iterator[int]:
        """Yield the numbers of the functions with this name."""
        for function in self._code.by_name.get(name, ()):
            yield self._numbers[id(function.tree), function.index]

    def _targets(self, call: Call, source: Function) -> Iterator[Edge]:
        path = call.path
        if path[-1] in _INVOKING and path[-1] not in self._code.by_name:
            path = path[:-1]  # fact.apply(n - 1), where fact holds a function
        named = self._code.by_name.get(path[-1], []) if path else []
        if not named:
            return
        receiver = path[-2] if len(path) > 1 else None
        if receiver is None:
            found, certain = _bare(named, source), True
        elif receiver == "super":
            return
        elif len(path) == 2 and receiver in _OBJECT_ITSELF:  # noqa: PLR2004 - self.x
            found, certain = _own(named, source) or named, True
        elif receiver in self._code.class_names:
            found = [function for function in named if function.owner == receiver] or named
            certain = True
        else:
            verdict = self._ours(receiver)
            if verdict is False:
                return
            found = [function for function in named if function.owner or not function.is_lambda]
            certain = verdict is True
        for function in _by_arguments(found, call.arguments):
            yield Edge(self._numbers[id(function.tree), function.index], call, certain)

    def _ours(self, name: str) -> bool | None:
        """Whether what a name holds is an object of the program's own; None: nobody knows."""
        return self._evidence.get(name) if name else None

    @cached_property
    def _evidence(self) -> dict[str, bool]:
        evidence: dict[str, bool] = {}
        for name in self._code.names.paths:
            if name not in self._code.by_name:
                evidence[name] = False  # an import, or another name for something
        for tree in self._code.trees:
            for node in tree.nodes:
                for target, ours in (*self._declared(tree, node), *self._assigned(tree, node)):
                    name = tree.words(target)
                    evidence[name] = evidence.get(name, False) or ours
        return evidence

    def _declared(self, tree: Tree, node: Node) -> Iterator[tuple[Node, bool]]:
        """Yield what a declaration says: the name, and whether its type is the program's own."""
        fields = _DECLARING.get(node.type)
        kind = node.child_by_field_name("type") if fields is not None else None
        if fields is None or kind is None or tree.words(kind) in _NO_TYPE:
            return
        ours = not self._code.class_names.isdisjoint(_type_names(tree.words(kind)))
        for field in fields:
            for target in _targets_of(node, field):
                yield target, ours

    def _assigned(self, tree: Tree, node: Node) -> Iterator[tuple[Node, bool]]:
        """Yield what an assignment says, by the kind of its value."""
        fields = _ASSIGNING.get(node.type)
        value = node.child_by_field_name(fields[1]) if fields is not None else None
        if fields is None or value is None:
            return
        value = _first(value)
        if value.type in _NOT_OURS:
            ours = False
        elif value.type in _MAKING:
            made = (value.child_by_field_name(name) for name in _MADE)
            path = path_of(tree, next(filter(None, made), None))
            ours = bool(self._code.class_names & set(path))
            if not ours and (not path or path[-1] in self._code.by_name):
                return
        else:
            return
        for target in _targets_of(node, fields[0]):
            yield target, ours


def _type_names(text: str) -> set[str]:
    """Return the names in a type, but for a container's: a `List<Node>` is no `Node`."""
    head = text.removeprefix(":").strip()
    for pointer in ("unique_ptr", "shared_ptr", "Optional", "Option", "Box", "Rc", "RefCell"):
        if pointer in head:
            head = head.replace("<", " ").replace(">", " ").replace("[", " ").replace("]", " ")
            break
    head = head.split("<")[0].split("[")[0]
    return set("".join(c if c.isalnum() or c == "_" else " " for c in head).split())


def _first(node: Node) -> Node:
    if node.type in ("expression_list", "parenthesized_expression") and node.named_children:
        return node.named_children[0]
    return node


def _targets_of(node: Node, field: str) -> Iterator[Node]:
    found = node.children_by_field_name(field) if field else node.named_children[:1]
    for target in found:
        for name in ("attribute", "property", "field", "name"):
            if (last := target.child_by_field_name(name)) is not None:
                yield last
                break
        else:
            inner = declared(target) if target.type.endswith("declarator") else _first(target)
            if inner is not None:
                yield inner


def _bare(named: list[Function], source: Function) -> list[Function]:
    """Return what `f(…)` may mean: a method of the same class in Java or C++, else functions."""
    language = source.tree.language
    if language in ("java", "cpp"):
        return _own(named, source) or [f for f in named if not f.owner] or named
    return [function for function in named if not function.owner]


def _own(named: list[Function], source: Function) -> list[Function]:
    owner = source.owner
    if not owner:
        around = source.tree.function_around(source.index)
        outer = source.tree
        while around >= 0 and not owner:
            scope = outer.scope(around)
            if scope >= 0 and not outer.is_function(scope):
                owner = outer.words(outer.nodes[scope].child_by_field_name("name"))
            around = outer.function_around(around)
    return [function for function in named if owner and function.owner == owner]


def _by_arguments(found: list[Function], count: int | None) -> list[Function]:
    """Return the overloads that take this many arguments, all of them if none does."""
    if len(found) > 1 and count is not None:
        return [function for function in found if len(function.parameters) == count] or found
    return found


def _strong_parts(graph: list[list[int]]) -> Iterator[list[int]]:
    """Yield the strongly connected parts (Kosaraju's algorithm, without recursion)."""
    backwards: list[list[int]] = [[] for _ in graph]
    for node, targets in enumerate(graph):
        for target in targets:
            backwards[target].append(node)
    seen: set[int] = set()
    order = [node for root in range(len(graph)) for node in _finished(graph, root, seen)]
    seen.clear()
    for root in reversed(order):
        if root not in seen:
            yield list(_finished(backwards, root, seen))


def _finished(graph: list[list[int]], root: int, seen: set[int]) -> Iterator[int]:
    """Yield what can be reached from `root` and was not seen, each after all it leads to."""
    if root in seen:
        return
    seen.add(root)
    work = [(root, iter(graph[root]))]
    while work:
        node, targets = work[-1]
        target = next((t for t in targets if t not in seen), None)
        if target is None:
            work.pop()
            yield node
        else:
            seen.add(target)
            work.append((target, iter(graph[target])))
