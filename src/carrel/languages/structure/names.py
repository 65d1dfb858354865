"""Imports, and what names stand for after them and after plain assignments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from carrel.languages.structure.calls import STEPS, path_of, qualified_names, split
from carrel.languages.structure.definitions import declared
from carrel.languages.structure.tree import Tree


@dataclass
class Names:
    """What names stand for: `m` for `math` after `import math as m`, and what is open.

    `paths` maps a name to the path that it was imported or assigned from; `opened` are
    the packages whose every name may be used bare (`from math import *`).
    """

    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    opened: list[tuple[str, ...]] = field(default_factory=list)
    imports: list[tuple[tuple[str, ...], Tree, Node]] = field(default_factory=list)

    def meanings(self, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield all that a path may mean."""
        yield path
        seen = {path[0]}
        while (longer := self.paths.get(path[0])) and longer[0] != path[0]:
            path = (*longer, *path[1:])
            yield path
            if path[0] in seen:
                break
            seen.add(path[0])
        else:
            if longer:
                yield (*longer, *path[1:])
        for package in self.opened:
            yield (*package, *path)


def names_of(tree: Tree, names: Names) -> None:
    """Add what a file's imports and plain assignments say about names."""
    for node in tree.nodes:
        rule = _IMPORTS.get(node.type)
        if rule is not None:
            rule(tree, node, names)


def _import(tree: Tree, node: Node, names: Names) -> None:
    """Read Python's `import a.b as c`, JavaScript's `import … from "x"`, Java's and Go's."""
    if tree.language == "python":
        for child in node.children_by_field_name("name"):
            _python_name(tree, child, (), names)
    elif tree.language in ("javascript", "typescript"):
        _script_import(tree, node, names)
    elif tree.language == "java":
        path = path_of(tree, node.named_children[0]) if node.named_children else ()
        names.imports.append((path, tree, node))
        if any(child.type == "asterisk" for child in node.children):
            names.opened.append(path)
        elif path:
            names.paths[path[-1]] = path


def _from_import(tree: Tree, node: Node, names: Names) -> None:
    module = split(tree.words(node.child_by_field_name("module_name")).lstrip("."))
    imported = node.children_by_field_name("name")
    if not imported:
        names.imports.append((module, tree, node))
        names.opened.append(module)
    for child in imported:
        _python_name(tree, child, module, names)


def _python_name(tree: Tree, node: Node, module: tuple[str, ...], names: Names) -> None:
    inner = node.child_by_field_name("name") if node.type == "aliased_import" else node
    path = (*module, *split(tree.words(inner)))
    alias = node.child_by_field_name("alias")
    names.imports.append((path, tree, node))
    if alias is not None:
        names.paths[tree.words(alias)] = path
    elif module and path:
        names.paths[path[-1]] = path


def _script_import(tree: Tree, node: Node, names: Names) -> None:
    source = node.child_by_field_name("source")
    if source is None:
        source = next((c.child_by_field_name("source") for c in node.named_children), None)
    module = _module(tree, source)
    names.imports.append((module, tree, node))
    waiting = [child for child in node.named_children if child.type.startswith("import")]
    while waiting:
        child = waiting.pop()
        if child.type == "identifier":
            names.paths[tree.words(child)] = module
        elif child.type == "import_specifier":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            names.paths[tree.words(alias or name)] = (*module, tree.words(name))
        else:
            waiting.extend(child.named_children)


def _module(tree: Tree, node: Node | None) -> tuple[str, ...]:
    return split(tree.words(node).strip("'\"`").removeprefix("node:"))


def _go_import(tree: Tree, node: Node, names: Names) -> None:
    path = split(tree.words(node.child_by_field_name("path")).strip('"`'))
    names.imports.append((path, tree, node))
    name = node.child_by_field_name("name")
    if name is not None and name.type == "dot":
        names.opened.append(path)
    elif path:
        names.paths[tree.words(name) if name is not None else path[-1]] = path


def _include(tree: Tree, node: Node, names: Names) -> None:
    text = tree.words(node.child_by_field_name("path")).strip('<>"')
    names.imports.append(((text,), tree, node))


def _using(tree: Tree, node: Node, names: Names) -> None:
    target = node.named_children[-1] if node.named_children else None
    path = tuple(qualified_names(tree, target)) if target is not None else ()
    if any(child.type == "namespace" for child in node.children):
        names.opened.append(path)
    elif path:
        names.paths[path[-1]] = path


def _use(tree: Tree, node: Node, names: Names) -> None:
    waiting: list[tuple[Node, tuple[str, ...]]] = []
    if (argument := node.child_by_field_name("argument")) is not None:
        waiting.append((argument, ()))
    while waiting:
        current, before = waiting.pop()
        path = before + path_of(tree, current.child_by_field_name("path") or current)
        if current.type == "use_list":
            waiting.extend((child, before) for child in current.named_children)
        elif current.type == "scoped_use_list":
            inner = current.child_by_field_name("list")
            waiting.extend([(inner, path)] if inner is not None else [])
        elif current.type == "use_wildcard":
            path = before + path_of(tree, next(iter(current.named_children), None))
            names.imports.append((path, tree, current))
            names.opened.append(path)
        else:
            alias = current.child_by_field_name("alias")
            if current.type == "scoped_identifier":
                path = before + path_of(tree, current)
            names.imports.append((path, tree, current))
            if path:
                names.paths[tree.words(alias) if alias is not None else path[-1]] = path


def _assigned(tree: Tree, node: Node, names: Names) -> None:
    """Read `m = math` and `const m = require("x")`: another name for the same thing."""
    left = node.child_by_field_name("left") or node.child_by_field_name("name")
    left = left or node.child_by_field_name("declarator") or node.child_by_field_name("pattern")
    right = node.child_by_field_name("right") or node.child_by_field_name("value")
    if left is None or right is None:
        return
    module = _required(tree, right)
    if left.type == "object_pattern" and module:
        for child in left.named_children:
            key = child.child_by_field_name("key") or child
            value = child.child_by_field_name("value") or child
            names.paths[tree.words(value)] = (*module, tree.words(key))
        return
    target = declared(left) if left.type.endswith("declarator") else left
    if target is None or not target.type.endswith("identifier"):
        return
    name = tree.words(target)
    path = module or (path_of(tree, right) if right.type in _ALIASED else ())
    if path and path[0] and path != (name,):
        names.paths.setdefault(name, path)


_ALIASED = frozenset({"identifier", *STEPS} - {"method_invocation"})


def _required(tree: Tree, node: Node) -> tuple[str, ...]:
    """Return the module that `require("x")`, `__import__("x")` and the like give."""
    if node.type == "await_expression" and node.named_children:
        node = node.named_children[0]
    called = path_of(tree, node.child_by_field_name("function"))
    if called[-1:] not in _IMPORTERS:
        return ()
    given = node.child_by_field_name("arguments")
    first = given.named_children[0] if given is not None and given.named_children else None
    return _module(tree, first) if first is not None and first.type == "string" else ()


_IMPORTERS = {("require",), ("import",), ("__import__",), ("import_module",)}


def _call_import(tree: Tree, node: Node, names: Names) -> None:
    if module := _required(tree, node):
        names.imports.append((module, tree, node))


_IMPORTS = {
    "import_statement": _import,
    "import_declaration": _import,
    "import_from_statement": _from_import,
    "import_spec": _go_import,
    "preproc_include": _include,
    "using_declaration": _using,
    "use_declaration": _use,
    "assignment": _assigned,
    "variable_declarator": _assigned,
    "init_declarator": _assigned,
    "let_declaration": _assigned,
    "call": _call_import,
    "call_expression": _call_import,
}
