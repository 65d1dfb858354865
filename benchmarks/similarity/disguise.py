"""Disguises a copied program at six levels, on the parsed form of the small language.

The levels are cumulative, after Faidhi and Robinson (1987): 1 comments and
layout, 2 names, 3 declarations and constants, 4 order of functions and
statements, 5 equivalent control flow and extracted or inlined functions,
6 dead code and everything mixed.
"""

from __future__ import annotations

import ast
import copy
import random
from dataclasses import replace

from benchmarks.similarity.render import Style

BUILT_IN = {"read", "show", "new", "range", "Arr", "int", "main", "const"}
_WORDS = [
    "alpha",
    "value",
    "item",
    "elem",
    "node",
    "cur",
    "acc",
    "res",
    "tmp",
    "flag",
    "pos",
    "idx",
    "cnt",
    "lim",
    "low",
    "high",
    "data",
    "buf",
    "tot",
    "var",
    "par",
    "arg",
    "key",
    "slot",
    "unit",
    "part",
    "left",
    "right",
    "front",
    "back",
    "outer",
    "inner",
    "step",
    "size",
    "mark",
    "goal",
    "seen",
    "rest",
]
_INVERSE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_MIRROR: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
}
_DEAD_FUNCTIONS = (
    """def unused_one(a: int) -> int:
    r: int = 1
    for i in range(1, a):
        r = r * i
    return r
""",
    """def unused_two(p: int, q: int) -> int:
    while q != 0:
        t: int = p % q
        p = q
        q = t
    return p
""",
    """def unused_three(n: int) -> int:
    if n > 100:
        show('large', n)
        return 1
    return 0
""",
)


def disguise(
    module: ast.Module, style: Style, level: int, rng: random.Random
) -> tuple[ast.Module, Style]:
    """Return a copy of the program, and the style to write it in, disguised at 1..6."""
    tree = copy.deepcopy(module)
    style = replace(
        style,
        seed=rng.randrange(10**9),
        indent=rng.choice([n for n in (2, 3, 4, 8) if n != style.indent]),
        brace_below=not style.brace_below,
        comments=rng.choice((0.0, 0.3, 0.5)),
        blanks=rng.choice((0.0, 0.2, 0.4)),
    )
    if level >= 6:
        tree = _dead_code(tree, rng)
    if level >= 5:
        tree = _control_flow(tree, rng)
        style = replace(
            style,
            bare_single=not style.bare_single,
            increments=rng.choice([s for s in ("aug", "inc", "long") if s != style.increments]),
        )
    if level >= 4:
        tree = _reorder(tree, rng)
    if level >= 3:
        tree = _constants(tree, rng)
        style = replace(
            style,
            split_declarations=not style.split_declarations,
            number=rng.choice(("long", "int")),
        )
    if level >= 2:
        tree = _rename(tree, rng)
    return ast.fix_missing_locations(tree), style


def _rename(tree: ast.Module, rng: random.Random) -> ast.Module:
    names = sorted(_names(tree) - BUILT_IN)
    fresh = {name: f"{rng.choice(_WORDS)}_{i}" for i, name in enumerate(names)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = fresh.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = fresh.get(node.arg, node.arg)
        elif isinstance(node, ast.FunctionDef):
            node.name = fresh.get(node.name, node.name)
    return tree


def _names(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


def _constants(tree: ast.Module, rng: random.Random) -> ast.Module:  # noqa: C901 - one pass
    """Name some numbers, change labels and sizes, move bare declarations to the top."""
    named: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "show" and isinstance(node.args[0], ast.Constant):
                node.args[0].value = rng.choice(("Result", "value is", "->", "output:", "="))
            elif node.func.id == "new" and rng.random() < 0.5:
                node.args[0] = ast.BinOp(node.args[0], ast.Add(), ast.Constant(rng.randint(1, 99)))
    for parent in ast.walk(tree):
        for field, child in ast.iter_fields(parent):
            plain = isinstance(child, ast.Constant) and type(child.value) is int
            if plain and child.value > 2 and rng.random() < 0.6:
                name = named.setdefault(child.value, f"C_{child.value}")
                setattr(parent, field, ast.Name(name))
    declared: list[ast.stmt] = [
        ast.AnnAssign(ast.Name(name), ast.Name("const"), ast.Constant(value), 1)
        for value, name in sorted(named.items())
    ]
    for function in _functions(tree):
        for body in _bodies(function):
            for i, stmt in enumerate(body):
                if isinstance(stmt, ast.AnnAssign) and _is_scalar(stmt) and rng.random() < 0.4:
                    assert stmt.value is not None
                    body[i] = ast.Assign([stmt.target], stmt.value)
                    body.insert(0, ast.AnnAssign(stmt.target, stmt.annotation, None, 1))
    return ast.Module(declared + tree.body, [])


def _is_scalar(stmt: ast.AnnAssign) -> bool:
    return (
        isinstance(stmt.annotation, ast.Name)
        and stmt.annotation.id == "int"
        and stmt.value is not None
    )


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def _bodies(root: ast.AST) -> list[list[ast.stmt]]:
    found = []
    for node in ast.walk(root):
        for field in ("body", "orelse"):
            value = getattr(node, field, None)
            if isinstance(value, list) and value:
                found.append(value)
    return found


def _effects(stmt: ast.stmt) -> tuple[set[str], set[str], bool]:
    """Return the names a statement reads, the names it writes, and whether it may leave."""
    reads: set[str] = set()
    writes: set[str] = set()
    leaves = False
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name):
            reads.add(node.id)
        if isinstance(node, ast.Return | ast.Break | ast.Continue):
            leaves = True
        called = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        if isinstance(node, ast.Call) and called not in {"range", "new"}:
            writes.add("<world>")
            writes |= {a.id for a in node.args if isinstance(a, ast.Name)}
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
            targets = [node.target]
        for target in targets:
            base = target.value if isinstance(target, ast.Subscript) else target
            if isinstance(base, ast.Name):
                writes.add(base.id)
    return reads, writes, leaves


def _reorder(tree: ast.Module, rng: random.Random) -> ast.Module:
    first = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    functions: list[ast.stmt] = list(_functions(tree))
    rng.shuffle(functions)
    for function in functions:
        for body in _bodies(function):
            for _ in range(2):
                for i in range(len(body) - 1):
                    reads, writes, leaves = _effects(body[i])
                    reads2, writes2, leaves2 = _effects(body[i + 1])
                    clash = writes & (reads2 | writes2) or writes2 & reads or leaves or leaves2
                    if not clash and rng.random() < 0.7:
                        body[i], body[i + 1] = body[i + 1], body[i]
    return ast.Module(first + functions, [])


def _negate(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.Compare):
        return ast.Compare(test.left, [_INVERSE[type(test.ops[0])]()], test.comparators)
    if isinstance(test, ast.BoolOp):
        other: ast.boolop = ast.Or() if isinstance(test.op, ast.And) else ast.And()
        return ast.BoolOp(other, [_negate(value) for value in test.values])
    return ast.UnaryOp(ast.Not(), test)


class _Flow(ast.NodeTransformer):
    """Writes loops, branches and assignments in another equivalent form."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.count = 0

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if self.rng.random() < 0.5:
            return ast.Compare(node.comparators[0], [_MIRROR[type(node.ops[0])]()], [node.left])
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if node.orelse and self.rng.random() < 0.7:
            return ast.If(_negate(node.test), node.orelse, node.body)
        both = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
        if both and not node.orelse and self.rng.random() < 0.6:
            assert isinstance(node.test, ast.BoolOp)
            inner = node.body
            for value in reversed(node.test.values):
                inner = [ast.If(value, inner, [])]
            return inner[0]
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if self.rng.random() < 0.5:
            left = copy.deepcopy(node.target)
            return ast.Assign([node.target], ast.BinOp(left, node.op, node.value))
        return node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        jumps = any(isinstance(n, ast.Continue) for n in ast.walk(node))
        if jumps or self.rng.random() < 0.35:
            return node
        assert isinstance(node.iter, ast.Call)
        assert isinstance(node.target, ast.Name)
        start, stop, *step = node.iter.args
        self.count += 1
        fresh = f"loop{self.count}"
        for name in ast.walk(ast.Module(node.body, [])):
            if isinstance(name, ast.Name) and name.id == node.target.id:
                name.id = fresh
        move = step[0] if step else ast.Constant(1)
        down = isinstance(move, ast.UnaryOp)
        test = ast.Compare(ast.Name(fresh), [ast.Gt() if down else ast.Lt()], [stop])
        advance = ast.Assign(
            [ast.Name(fresh)],
            ast.BinOp(ast.Name(fresh), ast.Sub(), ast.Constant(1))
            if down
            else ast.BinOp(ast.Name(fresh), ast.Add(), move),
        )
        return [
            ast.AnnAssign(ast.Name(fresh), ast.Name("int"), start, 1),
            ast.While(test, [*node.body, advance], []),
        ]


def _control_flow(tree: ast.Module, rng: random.Random) -> ast.Module:
    tree = _inline(tree, rng)
    new: list[ast.stmt] = []
    for function in _functions(tree):
        extracted = _extract(function, rng, len(new))
        if extracted is not None:
            new.append(extracted)
    changed = _Flow(rng).visit(ast.Module(new + tree.body, []))
    assert isinstance(changed, ast.Module)
    return changed


def _extract(function: ast.FunctionDef, rng: random.Random, number: int) -> ast.FunctionDef | None:
    """Move one loop of `function` into a function of its own, if only one scalar comes back."""
    arrays = {
        a.arg
        for a in function.args.args
        if isinstance(a.annotation, ast.Name) and a.annotation.id == "Arr"
    }
    scalars = {a.arg for a in function.args.args} - arrays
    candidates = []
    for i, stmt in enumerate(function.body):
        if isinstance(stmt, ast.AnnAssign) and isinstance(stmt.target, ast.Name):
            (scalars if _is_scalar(stmt) else arrays).add(stmt.target.id)
        leaves = any(isinstance(n, ast.Return) for n in ast.walk(stmt))
        if isinstance(stmt, ast.For | ast.While) and not leaves:
            reads, writes, _ = _effects(stmt)
            back = sorted(writes & scalars)
            if len(back) <= 1:
                candidates.append((i, sorted((reads | writes) & (scalars | arrays)), back))
    if not candidates:
        return None
    i, used, back = rng.choice(candidates)
    loop = function.body[i]
    name = f"part_{number}"
    call = ast.Call(ast.Name(name), [ast.Name(n) for n in used], [])
    function.body[i] = ast.Assign([ast.Name(back[0])], call) if back else ast.Expr(call)
    result = ast.Return(ast.Name(back[0]) if back else ast.Constant(0))
    arguments = [ast.arg(n, ast.Name("Arr" if n in arrays else "int")) for n in used]
    return ast.FunctionDef(
        name, ast.arguments([], arguments, None, [], [], None, []), [loop, result], []
    )


def _inline(tree: ast.Module, rng: random.Random) -> ast.Module:
    """Put procedures with one exit where they are called as statements."""
    bodies = {
        f.name: f
        for f in _functions(tree)
        if sum(isinstance(n, ast.Return) for n in ast.walk(f)) == 1
        and not any(isinstance(n, ast.Call) and _is(n, f.name) for n in ast.walk(f))
    }
    for function in _functions(tree):
        for body in _bodies(function):
            for i in reversed(range(len(body))):
                stmt = body[i]
                call = stmt.value if isinstance(stmt, ast.Expr) else None
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                    continue
                target = bodies.get(call.func.id)
                if target is None or target is function or rng.random() < 0.4:
                    continue
                inner = copy.deepcopy(target.body[:-1])
                setup: list[ast.stmt] = []
                for parameter, value in zip(target.args.args, call.args, strict=True):
                    if isinstance(value, ast.Name):
                        for name in ast.walk(ast.Module(inner, [])):
                            if isinstance(name, ast.Name) and name.id == parameter.arg:
                                name.id = value.id
                    else:
                        setup.append(
                            ast.AnnAssign(ast.Name(parameter.arg), ast.Name("int"), value, 1)
                        )
                body[i : i + 1] = setup + inner
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    kept = [
        n
        for n in tree.body
        if not isinstance(n, ast.FunctionDef) or n.name in used or n.name == "main"
    ]
    return ast.Module(kept, [])


def _is(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name


def _dead_code(tree: ast.Module, rng: random.Random) -> ast.Module:
    count = 0
    for function in _functions(tree):
        for body in _bodies(function):
            for i in reversed(range(len(body))):
                if rng.random() > 0.3:
                    continue
                count += 1
                body[i:i] = ast.parse(_dead_statement(count, rng)).body
    dead = [ast.parse(text).body[0] for text in rng.sample(_DEAD_FUNCTIONS, 2)]
    return ast.Module(dead + tree.body, [])


def _dead_statement(count: int, rng: random.Random) -> str:
    a, b = rng.randint(3, 99), rng.randint(3, 99)
    return rng.choice(
        (
            f"dead{count}: int = {a}",
            f"dead{count}: int = {a} * {b}\ndead{count} += 1",
            f"dead{count}: int = {a}\nif dead{count} > {a + b}:\n    show('never', dead{count})",
            f"for dead{count} in range(0, 0):\n    show('never', {a})",
            "show('here', 0)",
        )
    )
