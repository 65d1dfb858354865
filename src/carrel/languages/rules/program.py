r"""A parsed program as the rules look at it: a flat list of nodes.

Theory of operation. The tree is flattened once, with a stack of our own: a program of
fifty thousand opening brackets is a tree as deep as that, and anything recursive over
it would end the interpreter. Rules then only ever look up (`parent`, `scope`) by index,
as asking tree-sitter for a node's parent walks from the root each time.

Text is prepared before it is parsed, because some languages read it differently than it
looks (`\u0052untime` is `Runtime` in Java, a backslash at a line's end joins two lines in
C). `Text` remembers how many lines that moved, so that findings name the student's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from tree_sitter import Language, Node, Parser

_FOLD_STEPS = 20_000
_FOLD_DEPTH = 40
_FOLD_LENGTH = 4096


@dataclass(frozen=True)
class Finding:
    """A forbidden construct: where (a line, from 1), what, and why in one phrase."""

    line: int
    construct: str
    why: str

    def sentence(self) -> str:
        """Return the finding as a student reads it."""
        return f"line {self.line}: {self.construct} is not allowed here: {self.why}"


@dataclass(frozen=True)
class Text:
    """What is parsed, and at which of its bytes lines were taken out (+1) or put in (-1)."""

    data: bytes
    moves: tuple[tuple[int, int], ...] = ()


def rewrite(code: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> Text:
    """Return the code with each match replaced, remembering the lines that this moves."""
    parts: list[bytes] = []
    moves: list[tuple[int, int]] = []
    size = last = 0

    def add(text: str) -> None:
        nonlocal size
        parts.append(encode(text))
        size += len(parts[-1])

    for match in pattern.finditer(code):
        add(code[last : match.start()])
        new = replace(match)
        add(new)
        if moved := match.group().count("\n") - new.count("\n"):
            moves.append((size, moved))
        last = match.end()
    add(code[last:])
    return Text(b"".join(parts), tuple(moves))


def encode(text: str) -> bytes:
    """Return UTF-8; what it lacks (half a surrogate pair) becomes a question mark."""
    return text.encode("utf-8", "replace")


@dataclass
class Program:
    """A parsed program, flattened in the order of its text; indices are into `nodes`."""

    text: Text
    nodes: list[Node]
    parents: list[int]
    scopes: list[int]
    """The index of the nearest enclosing scope of each node."""
    bound: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """The byte ranges in which a name is the program's own."""
    constants: dict[str, Node | None] = field(default_factory=dict)
    """What a name is assigned once in the whole program; None: more than once."""
    folded: int = 0

    def words(self, node: Node | None) -> str:
        """Return a node's text."""
        if node is None:
            return ""
        return self.text.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def line(self, node: Node) -> int:
        """Return the line in the student's own text, from 1."""
        moved = sum(lines for at, lines in self.text.moves if at <= node.start_byte)
        return node.start_point.row + 1 + moved

    def parent(self, index: int) -> Node | None:
        """Return the node above."""
        above = self.parents[index]
        return self.nodes[above] if above >= 0 else None

    def field(self, index: int) -> str:
        """Return which field of its parent a node is, or nothing."""
        above = self.parent(index)
        if above is None:
            return ""
        node = self.nodes[index]
        for name in ("name", "left", "declarator", "attribute", "property", "key", "pattern"):
            if above.child_by_field_name(name) == node:
                return name
        return ""

    def bind(self, name: str, start: int, end: int) -> None:
        """Note that within these bytes a name is the program's own."""
        self.bound.setdefault(name, []).append((start, end))

    def bind_in(self, name: str, scope: int) -> None:
        """Note the same for a scope, given by its node's index."""
        node = self.nodes[scope]
        self.bind(name, node.start_byte, node.end_byte)

    def owns(self, name: str, node: Node) -> bool:
        """Whether a name stands here for something of the program's own."""
        return any(a <= node.start_byte < b for a, b in self.bound.get(name, ()))

    def assign(self, name: str, value: Node | None) -> None:
        """Note an assignment, for names that stand for one constant."""
        self.constants[name] = None if name in self.constants else value

    def find(self, node: Node, construct: str, why: str) -> Finding:
        """Return a finding at a node."""
        return Finding(self.line(node), construct, why)


def parse(text: Text, language: Language, scopes: Collection[str]) -> Program:
    """Return a parsed program; `scopes` are the types of nodes that names belong to."""
    root = Parser(language).parse(text.data).root_node
    program = Program(text, [], [], [])
    waiting = [(root, -1, 0)]
    while waiting:
        node, above, scope = waiting.pop()
        index = len(program.nodes)
        program.nodes.append(node)
        program.parents.append(above)
        program.scopes.append(scope)
        inner = index if node.type in scopes else scope
        waiting.extend((child, index, inner) for child in reversed(node.named_children))
    return program


Fold = Callable[[Program, Node, Callable[[Node | None], str | None]], str | None]


def fold(program: Program, node: Node | None, rule: Fold, depth: int = 0) -> str | None:
    """Return the text that an expression stands for if that can be seen, else None.

    Bounded in depth, steps and length: an expression may be as large as the program.
    """
    if node is None or depth > _FOLD_DEPTH or program.folded > _FOLD_STEPS:
        return None
    program.folded += 1
    value = rule(program, node, lambda inner: fold(program, inner, rule, depth + 1))
    return value if value is not None and len(value) <= _FOLD_LENGTH else None


def added(
    program: Program, node: Node, kind: str, fold_one: Callable[[Node | None], str | None]
) -> str | None:
    """Return `a + b + …` joined; a long sum leans left, so it is followed in a loop."""
    parts: list[str] = []
    current: Node | None = node
    while current is not None and current.type == kind:
        program.folded += 1
        operator = current.child_by_field_name("operator")
        right = fold_one(current.child_by_field_name("right"))
        if program.folded > _FOLD_STEPS or program.words(operator) != "+" or right is None:
            return None
        parts.append(right)
        current = current.child_by_field_name("left")
    first = fold_one(current)
    return None if first is None else first + "".join(reversed(parts))


_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|u\{([0-9a-fA-F]{1,6})\}"
    r"|([0-7]{1,3})|(\r?\n)|(.))",
    re.DOTALL,
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def unescape(body: str) -> str:
    r"""Return a string literal's body with its escapes resolved (`\x65val` is `eval`)."""

    def one(match: re.Match[str]) -> str:
        two, four, eight, braces, octal, joined, other = match.groups()
        if code := two or four or eight or braces:
            return _char(int(code, 16))
        if octal:
            return _char(int(octal, 8))
        return "" if joined else _SIMPLE.get(other, other)

    return _ESCAPE.sub(one, body)


def _char(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - the last character


def chain(program: Program, node: Node | None, left: str, right: str, longest: int) -> list[str]:
    """Return the names of `a.b.c`, given its fields' names; empty for anything else."""
    names: list[str] = []
    while node is not None and (inner := node.child_by_field_name(right)) is not None:
        names.append(program.words(inner))
        if len(names) > longest:
            return []
        node = node.child_by_field_name(left)
    if node is None or ("identifier" not in node.type and node.type != "this"):
        return []
    return [program.words(node), *reversed(names)]


_SYSTEM = ("/etc", "/proc", "/sys", "/root", "/var", "/run", "/boot")


def system_path(path: str | None) -> bool:
    """Whether a path leads to what belongs to the machine, also through `..`."""
    if path is None or "/" not in path:
        return False
    path = path.removeprefix("file://")
    parts: list[str] = []
    up = path.startswith("/")
    for part in path.split("/"):
        if part == "..":
            up = up or not parts
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    whole = "/" + "/".join(parts) + "/"
    return up and whole.startswith(tuple(f"{name}/" for name in _SYSTEM))


def typed(program: Program, *types: str) -> Iterator[tuple[int, Node]]:
    """Yield all nodes of these types with their indices, in the order of the text."""
    for index, node in enumerate(program.nodes):
        if node.type in types:
            yield index, node
