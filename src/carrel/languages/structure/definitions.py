"""Functions and classes as a program defines them: names, parameters, extent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from carrel.languages.structure.tree import Tree

_DEEPEST = 64
"""How far declarators and wrappers are followed: `int (*(*f)(int))[3]` is odd enough."""

_LAMBDAS = frozenset(
    {
        *("lambda", "arrow_function", "function_expression", "generator_function"),
        *("lambda_expression", "func_literal", "closure_expression"),
    }
)
_NAMED_BY = {
    "assignment": "left",
    "named_expression": "name",
    "variable_declarator": "name",
    "assignment_expression": "left",
    "pair": "key",
    "field_definition": "property",
    "public_field_definition": "name",
    "init_declarator": "declarator",
    "let_declaration": "pattern",
    "short_var_declaration": "left",
    "assignment_statement": "left",
    "var_spec": "name",
}
_PASSED_BY = frozenset({"expression_list", "parenthesized_expression", "as_expression"})
_NO_PARAMETER = frozenset(
    {
        *("comment", "line_comment", "block_comment", "keyword_separator"),
        *("positional_separator", "self_parameter", "receiver_parameter", "attribute_item"),
    }
)
_NAMING_FIELDS = ("name", "pattern", "left", "declarator")


@dataclass(frozen=True)
class Function:
    """A function of any kind; `name` is empty for one that nobody gave a name.

    `owner` is the class it is a method of, or nothing. `parameters` are names, without
    `self`; `""` for one without a name. `tree` and `index` say where its node is.
    """

    tree: Tree = field(repr=False)
    index: int
    name: str
    owner: str
    parameters: tuple[str, ...]
    is_lambda: bool

    @property
    def node(self) -> Node:
        """The node that it is."""
        return self.tree.nodes[self.index]

    @property
    def line(self) -> int:
        """The line it begins in."""
        return self.tree.line(self.node)

    @property
    def lines(self) -> int:
        """How many lines it has, from its head to its end."""
        return self.node.end_point.row - self.node.start_point.row + 1


@dataclass(frozen=True)
class Class:
    """A class, or what a language has in its place; `bases` are the last names of its parents."""

    tree: Tree = field(repr=False)
    index: int
    name: str
    bases: tuple[str, ...]

    @property
    def node(self) -> Node:
        """The node that it is."""
        return self.tree.nodes[self.index]

    @property
    def line(self) -> int:
        """The line it begins in."""
        return self.tree.line(self.node)


def functions(tree: Tree) -> list[Function]:
    """Return all functions of a file, in the order of the text."""
    return [_function(tree, index) for index in range(len(tree.nodes)) if tree.is_function(index)]


def classes(tree: Tree) -> list[Class]:
    """Return all classes of a file, in the order of the text."""
    found = []
    for index, node in enumerate(tree.nodes):
        if not tree.is_scope(index) or tree.is_function(index) or node.type == "impl_item":
            continue
        if node.type in ("class_specifier", "struct_specifier") and not has(node, "body"):
            continue
        name = tree.words(node.child_by_field_name("name"))
        if name:
            found.append(Class(tree, index, name, tuple(_bases(tree, node))))
    return found


def has(node: Node, field: str) -> bool:
    """Whether a node has a field."""
    return node.child_by_field_name(field) is not None


def _function(tree: Tree, index: int) -> Function:
    node = tree.nodes[index]
    name_node = _name_node(tree, index)
    name, owner = "", _owner(tree, index)
    if name_node is not None and name_node.type == "qualified_identifier":
        names = _qualified(tree, name_node)
        name, owner = names[-1], names[-2] if len(names) > 1 else owner
    elif name_node is not None:
        name = tree.words(name_node).removeprefix("#").strip("'\"")
    parameters = list(_parameters(tree, node))
    if tree.language == "python" and owner and parameters[:1] in (["self"], ["cls"]):
        del parameters[0]
    return Function(tree, index, name, owner, tuple(parameters), node.type in _LAMBDAS)


def _name_node(tree: Tree, index: int) -> Node | None:
    node = tree.nodes[index]
    if tree.language in ("c", "cpp") and node.type == "function_definition":
        return declared(node)
    if (own := node.child_by_field_name("name")) is not None or node.type not in _LAMBDAS:
        return own
    for above in tree.above(index):
        wrapper = tree.nodes[above]
        field = _NAMED_BY.get(wrapper.type)
        if field is not None:
            named = wrapper.child_by_field_name(field)
            return _single(named) if named is not None and not _inside(named, node) else None
        if wrapper.type not in _PASSED_BY:
            return None
    return None


def _inside(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _single(node: Node) -> Node | None:
    """Return the identifier that a target is: `x`, `this.x`, `(a.b).x`, `int x`."""
    if node.type == "expression_list":
        return node.named_children[0] if node.named_child_count == 1 else None
    for part in ("attribute", "property", "field"):
        if (last := node.child_by_field_name(part)) is not None:
            return last
    return declared(node) if node.type.endswith("declarator") else node


def declared(node: Node) -> Node | None:
    """Return the name within C's declarators: `f` of `int *(f)(int)`."""
    current: Node | None = node
    for _ in range(_DEEPEST):
        if current is None or current.type.endswith(("identifier", "_name")):
            return current
        inner = current.child_by_field_name("declarator")
        if inner is None and current.type.endswith("declarator"):
            inner = next((c for c in current.named_children if c.type != "type_qualifier"), None)
        current = inner
    return None


def _qualified(tree: Tree, node: Node) -> list[str]:
    names = []
    current: Node | None = node
    for _ in range(_DEEPEST):
        if current is None or current.type != "qualified_identifier":
            break
        scope = current.child_by_field_name("scope")
        if scope is not None:
            names.append(tree.words(scope.child_by_field_name("name") or scope))
        current = current.child_by_field_name("name")
    return [*names, tree.words(current)]


def _owner(tree: Tree, index: int) -> str:
    """Return the class that a function is directly in."""
    node = tree.nodes[index]
    if node.type == "method_declaration" and tree.language == "go":
        receiver = node.child_by_field_name("receiver")
        text = tree.words(receiver).strip("()").split("[")[0].split()
        return text[-1].lstrip("*") if text else ""
    scope = tree.scope(index)
    if scope < 0 or tree.is_function(scope):
        return ""
    around = tree.nodes[scope]
    named = around.child_by_field_name("name") or around.child_by_field_name("type")
    return tree.words(named).split("<")[0]


def _parameters(tree: Tree, node: Node) -> Iterator[str]:
    single = node.child_by_field_name("parameter")
    if single is not None:
        yield tree.words(single)
        return
    holder = node
    if tree.language in ("c", "cpp"):
        holder = _function_declarator(node) or node
    given = holder.child_by_field_name("parameters")
    if given is None:
        return
    if given.type.endswith("identifier"):
        yield tree.words(given)
        return
    for child in given.named_children:
        if child.type in _NO_PARAMETER or tree.words(child) == "void":
            continue
        if child.type.endswith("parameter_declaration") and tree.language == "go":
            names = child.children_by_field_name("name")
            yield from [tree.words(name) for name in names] or [""]
        elif (name := _parameter(tree, child)) != "this":
            yield name


def _function_declarator(node: Node) -> Node | None:
    current: Node | None = node
    for _ in range(_DEEPEST):
        if current is None or current.type.endswith("function_declarator"):
            return current
        inner = current.child_by_field_name("declarator")
        if inner is None and current.type == "reference_declarator":
            inner = next(iter(current.named_children), None)
        current = inner
    return None


def _parameter(tree: Tree, node: Node) -> str:
    current: Node | None = node
    for _ in range(_DEEPEST):
        if current is None:
            return ""
        if current.type.endswith("identifier"):
            return tree.words(current) if current.type != "type_identifier" else ""
        if current.type == "this":
            return "this"
        if current.type in ("object_pattern", "array_pattern", "tuple_pattern"):
            return tree.words(current)
        fields = (current.child_by_field_name(field) for field in _NAMING_FIELDS)
        inner = next((found for found in fields if found is not None), None)
        if inner is None:
            inner = next(
                (c for c in reversed(current.named_children) if c.type.endswith(_PARAMETER_PARTS)),
                None,
            )
        current = inner
    return ""


_PARAMETER_PARTS = ("_pattern", "declarator", "identifier")


def _bases(tree: Tree, node: Node) -> Iterator[str]:
    heads = [node.child_by_field_name(field) for field in ("superclasses", "superclass")]
    heads += [node.child_by_field_name("interfaces")]
    heads += [c for c in node.named_children if c.type in ("class_heritage", "base_class_clause")]
    for head in heads:
        waiting = [head] if head is not None else []
        for _ in range(_DEEPEST):
            if not waiting:
                break
            current = waiting.pop()
            if current.type in ("keyword_argument", "type_arguments", "access_specifier"):
                continue
            if current.type in ("attribute", "member_expression", "scoped_type_identifier"):
                yield tree.words(current.named_children[-1])
            elif current.type.endswith("identifier"):
                yield tree.words(current).rpartition("::")[2]
            else:
                waiting.extend(reversed(current.named_children))
