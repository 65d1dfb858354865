"""Writes a program of the benchmark's small language in Python, JavaScript, Java, C++ or C.

The exercises in `exercises/` are written once, in a subset of Python: functions
over `int` and `Arr` (array of int), `read()`, `show(label, value)` and
`new(size)`. An honest author's habits (braces, increments, where declarations
stand) and the disguises of layout are the `Style`.
"""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass

LANGUAGES = {"python": "py", "javascript": "js", "java": "java", "cpp": "cpp", "c": "c"}

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Mod: "%",
    ast.Lt: "<",
    ast.Gt: ">",
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_COMMENTS = (
    "go on",
    "check this case",
    "important",
    "next value",
    "TODO tidy up",
    "as in the lecture",
)


@dataclass(frozen=True)
class Style:
    """How one author writes; everything here is visible in the text only or nearly so."""

    seed: int = 0
    indent: int = 4
    brace_below: bool = False
    bare_single: bool = False
    increments: str = "aug"  # aug: x += 1; inc: x++; long: x = x + 1
    comments: float = 0.1
    blanks: float = 0.1
    split_declarations: bool = False
    number: str = "int"
    printf: bool = False


def honest_style(rng: random.Random) -> Style:
    """Return the habits of some author."""
    return Style(
        seed=rng.randrange(10**9),
        indent=rng.choice((2, 4, 4)),
        brace_below=rng.random() < 0.3,
        bare_single=rng.random() < 0.4,
        increments=rng.choice(("aug", "inc", "long")),
        comments=rng.choice((0.0, 0.1, 0.25)),
        blanks=rng.choice((0.0, 0.1)),
        split_declarations=rng.random() < 0.2,
        printf=rng.random() < 0.3,
    )


class Renderer:
    """Writes one module in one language."""

    def __init__(self, language: str, style: Style) -> None:
        self.language = language
        self.style = style
        self.rng = random.Random(style.seed)  # noqa: S311 - nothing here is secret
        self.lines: list[str] = []
        self.function = ""

    def render(self, module: ast.Module) -> str:
        """Return the program's text."""
        body = [self._function(node) for node in module.body if isinstance(node, ast.FunctionDef)]
        constants = [
            self._constant(node) for node in module.body if isinstance(node, ast.AnnAssign)
        ]
        text = "\n\n".join(
            part for part in (self._head(), "\n".join(constants), "\n\n".join(body)) if part
        )
        if self.language == "python":
            return text + "\n\nmain()\n"
        if self.language == "javascript":
            return text + "\n\nmain();\n"
        if self.language == "java":
            inner = "\n".join(
                (" " * self.style.indent + line) if line else line for line in text.splitlines()
            )
            return f"import java.util.*;\n\npublic class Main {{\n{inner}\n}}\n"
        return text + "\n"

    def _head(self) -> str:
        if self.language == "javascript":
            return (
                "const input = require('fs').readFileSync(0, 'utf8').split(/\\s+/);\n"
                "let at = 0;\nfunction read() {\n  return Number(input[at++]);\n}"
            )
        if self.language == "java":
            return "static Scanner in = new Scanner(System.in);"
        if self.language == "c":
            return "#include <stdio.h>\n#include <stdlib.h>"
        if self.language == "cpp":
            return "#include <iostream>\n#include <vector>\n#include <cstdio>\nusing namespace std;"
        return ""

    def _constant(self, node: ast.AnnAssign) -> str:
        assert isinstance(node.target, ast.Name)
        assert node.value is not None
        name, value = node.target.id, self.expr(node.value)
        return {
            "python": f"{name} = {value}",
            "javascript": f"const {name} = {value};",
            "java": f"static final int {name} = {value};",
            "cpp": f"const int {name} = {value};",
            "c": f"#define {name} {value}",
        }[self.language]

    def _function(self, node: ast.FunctionDef) -> str:
        self.lines = []
        self.function = node.name
        arguments = [
            self._parameter(
                a.arg, array=isinstance(a.annotation, ast.Name) and a.annotation.id == "Arr"
            )
            for a in node.args.args
        ]
        listed = ", ".join(arguments)
        if self.language == "python":
            head = f"def {node.name}({listed}):"
        elif self.language == "javascript":
            head = f"function {node.name}({listed})"
        elif self.language == "java":
            head = (
                "public static void main(String[] args)"
                if node.name == "main"
                else f"static {self.style.number} {node.name}({listed})"
            )
        else:
            number = "int" if node.name == "main" else self.style.number
            head = f"{number} {node.name}({listed})"
        self._block(head, node.body, 0, always=True)
        return "\n".join(self.lines)

    def _parameter(self, name: str, *, array: bool) -> str:
        number = self.style.number
        if self.language in {"python", "javascript"}:
            return name
        if not array:
            return f"{number} {name}"
        return {
            "java": f"{number}[] {name}",
            "cpp": f"vector<{number}>& {name}",
            "c": f"{number} {name}[]",
        }[self.language]

    def _emit(self, text: str, depth: int) -> None:
        if self.rng.random() < self.style.blanks:
            self.lines.append("")
        pad = " " * (self.style.indent * depth)
        if self.rng.random() < self.style.comments:
            mark = "#" if self.language == "python" else "//"
            self.lines.append(f"{pad}{mark} {self.rng.choice(_COMMENTS)}")
        self.lines.append(pad + text)

    def _block(
        self, head: str, body: list[ast.stmt], depth: int, *, always: bool = False, tail: str = ""
    ) -> None:
        if self.language == "python":
            self._emit(head, depth)
            mark = len(self.lines)
            for stmt in body:
                self._stmt(stmt, depth + 1)
            if len(self.lines) == mark:
                self._emit("pass", depth + 1)
            return
        simple = isinstance(body[0], ast.Assign | ast.AugAssign | ast.Return | ast.Break)
        if self.style.bare_single and len(body) == 1 and simple and not always and not tail:
            self._emit(head, depth)
            self._stmt(body[0], depth + 1)
            return
        if self.style.brace_below:
            self._emit(head, depth)
            self._emit("{", depth)
        else:
            self._emit(head + " {", depth)
        for stmt in body:
            self._stmt(stmt, depth + 1)
        self.lines.append(" " * (self.style.indent * depth) + "}" + tail)

    def _stmt(self, node: ast.stmt, depth: int) -> None:
        end = "" if self.language == "python" else ";"
        if isinstance(node, ast.AnnAssign):
            self._declare(node, depth)
        elif isinstance(node, ast.Assign):
            self._assign(node.targets[0], node.value, depth)
        elif isinstance(node, ast.AugAssign):
            self._augment(node, depth)
        elif isinstance(node, ast.Expr):
            self._emit(self._statement_call(node.value) + end, depth)
        elif isinstance(node, ast.Return):
            self._return(node, depth)
        elif isinstance(node, ast.Break | ast.Continue):
            self._emit(type(node).__name__.lower() + end, depth)
        elif isinstance(node, ast.While):
            test = self.expr(node.test)
            self._block(
                f"while {test}:" if self.language == "python" else f"while ({test})",
                node.body,
                depth,
            )
        elif isinstance(node, ast.For):
            self._for(node, depth)
        elif isinstance(node, ast.If):
            self._if(node, depth, "if")
        else:
            raise TypeError(ast.dump(node))

    def _if(self, node: ast.If, depth: int, word: str) -> None:
        test = self.expr(node.test)
        python = self.language == "python"
        self._block(f"{word} {test}:" if python else f"{word} ({test})", node.body, depth)
        if not node.orelse:
            return
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            self._if(node.orelse[0], depth, "elif" if python else "else if")
        else:
            self._block("else:" if python else "else", node.orelse, depth)

    def _return(self, node: ast.Return, depth: int) -> None:
        assert node.value is not None
        if self.function == "main" and self.language in {"python", "javascript", "java"}:
            if depth > 1:
                self._emit("return" if self.language == "python" else "return;", depth)
            return
        end = "" if self.language == "python" else ";"
        self._emit(f"return {self.expr(node.value)}{end}", depth)

    def _declare(self, node: ast.AnnAssign, depth: int) -> None:
        assert isinstance(node.target, ast.Name)
        name, value, number = node.target.id, node.value, self.style.number
        word = {"javascript": "let", "python": ""}.get(self.language, number)
        if value is None:
            if self.language != "python":
                self._emit(f"{word} {name};", depth)
        elif isinstance(value, ast.Call) and _called(value) == "new":
            size = self.expr(value.args[0])
            self._emit(
                {
                    "python": f"{name} = [0] * {size}",
                    "javascript": f"let {name} = new Array({size}).fill(0);",
                    "java": f"{number}[] {name} = new {number}[{size}];",
                    "cpp": f"vector<{number}> {name}({size});",
                    "c": f"static {number} {name}[{size}];",
                }[self.language],
                depth,
            )
        elif self.language == "python":
            self._emit(f"{name} = {self.expr(value)}", depth)
        elif self.style.split_declarations or (
            isinstance(value, ast.Call)
            and _called(value) == "read"
            and self.language in {"c", "cpp"}
        ):
            self._emit(f"{word} {name};", depth)
            self._assign(node.target, value, depth)
        else:
            self._emit(f"{word} {name} = {self.expr(value)};", depth)

    def _assign(self, target: ast.expr, value: ast.expr, depth: int) -> None:
        left = self.expr(target)
        if (
            isinstance(value, ast.Call)
            and _called(value) == "read"
            and self.language in {"c", "cpp"}
        ):
            if self.language == "c" or self.style.printf:
                self._emit(f'scanf("%d", &{left});', depth)
            else:
                self._emit(f"cin >> {left};", depth)
            return
        end = "" if self.language == "python" else ";"
        self._emit(f"{left} = {self.expr(value)}{end}", depth)

    def _augment(self, node: ast.AugAssign, depth: int) -> None:
        left, right = self.expr(node.target), self.expr(node.value)
        operator = _OPERATORS[type(node.op)]
        end = "" if self.language == "python" else ";"
        if self.style.increments == "long":
            text = f"{left} = {left} {operator} {right}"
        elif self.style.increments == "inc" and right == "1" and self.language != "python":
            text = left + operator * 2
        else:
            text = f"{left} {operator}= {right}"
        self._emit(text + end, depth)

    def _for(self, node: ast.For, depth: int) -> None:
        assert isinstance(node.iter, ast.Call)
        assert isinstance(node.target, ast.Name)
        parts = [self.expr(argument) for argument in node.iter.args]
        name = node.target.id
        if self.language == "python":
            if len(parts) == 2 and parts[0] == "0":
                parts = parts[1:]
            self._block(f"for {name} in range({', '.join(parts)}):", node.body, depth)
            return
        step = parts[2] if len(parts) > 2 else "1"
        compare = ">" if step.startswith("-") else "<"
        if step == "1":
            move = {"long": f"{name} = {name} + 1", "aug": f"{name} += 1", "inc": f"{name}++"}[
                self.style.increments
            ]
        elif step == "-1":
            move = f"{name}--" if self.style.increments == "inc" else f"{name} -= 1"
        else:
            move = f"{name} += {step}"
        word = "let" if self.language == "javascript" else self.style.number
        head = f"for ({word} {name} = {parts[0]}; {name} {compare} {parts[1]}; {move})"
        self._block(head, node.body, depth)

    def _statement_call(self, node: ast.expr) -> str:
        assert isinstance(node, ast.Call)
        if _called(node) != "show":
            return self.expr(node)
        label, value = node.args
        assert isinstance(label, ast.Constant)
        text, shown = str(label.value), self.expr(value)
        if self.language == "python":
            return f'print("{text}", {shown})'
        if self.language == "javascript":
            return f"console.log('{text}', {shown})"
        if self.language == "java":
            return f'System.out.println("{text} " + ({shown}))'
        if self.language == "c" or self.style.printf:
            return f'printf("{text} %d\\n", {shown})'
        return f'cout << "{text} " << ({shown}) << endl'

    def expr(self, node: ast.expr) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a node
        """Return an expression's text, with brackets wherever they could matter."""
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Constant):
            if node.value is True:
                return (
                    "True" if self.language == "python" else "true" if self.language != "c" else "1"
                )
            return str(node.value)
        if isinstance(node, ast.Subscript):
            return f"{self.expr(node.value)}[{self.expr(node.slice)}]"
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.BoolOp):
            word = " and " if isinstance(node.op, ast.And) else " or "
            if self.language != "python":
                word = " && " if isinstance(node.op, ast.And) else " || "
            return word.join(
                f"({self.expr(v)})" if isinstance(v, ast.BoolOp) else self.expr(v)
                for v in node.values
            )
        if isinstance(node, ast.Compare):
            operator = _OPERATORS[type(node.ops[0])]
            if self.language == "javascript" and operator in {"==", "!="}:
                operator += "="
            return f"{self.expr(node.left)} {operator} {self.expr(node.comparators[0])}"
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.USub):
                return f"-{self.expr(node.operand)}"
            return f"{'not ' if self.language == 'python' else '!'}({self.expr(node.operand)})"
        if isinstance(node, ast.IfExp):
            test, yes, no = self.expr(node.test), self.expr(node.body), self.expr(node.orelse)
            if self.language == "python":
                return f"({yes} if {test} else {no})"
            return f"({test} ? {yes} : {no})"
        if isinstance(node, ast.Call):
            return self._call(node)
        raise TypeError(ast.dump(node))

    def _call(self, node: ast.Call) -> str:
        name = _called(node)
        if name == "read":
            return {"python": "int(input())", "javascript": "read()", "java": "in.nextInt()"}.get(
                self.language, "read_int()"
            )
        return f"{name}({', '.join(self.expr(argument) for argument in node.args)})"

    def _binary(self, node: ast.BinOp) -> str:
        left, right = self._operand(node.left, node.op), self._operand(node.right, node.op)
        if isinstance(node.op, ast.FloorDiv):
            if self.language == "python":
                return f"{left} // {right}"
            if self.language == "javascript":
                return f"Math.floor({left} / {right})"
            return f"{left} / {right}"
        return f"{left} {_OPERATORS[type(node.op)]} {right}"

    def _operand(self, node: ast.expr, parent: ast.operator) -> str:
        text = self.expr(node)
        additive = isinstance(parent, ast.Add)
        if isinstance(node, ast.Compare | ast.BoolOp) or (
            isinstance(node, ast.BinOp) and not (additive and isinstance(node.op, ast.Add))
        ):
            return f"({text})"
        return text


def _called(node: ast.Call) -> str:
    assert isinstance(node.func, ast.Name)
    return node.func.id
