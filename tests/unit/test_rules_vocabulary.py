"""Rules about calls, imports, definitions, names, documentation and measures."""

import pytest

from carrel.languages.structure.check import check
from carrel.languages.structure.code import Code
from carrel.languages.structure.constructs import LANGUAGES
from carrel.languages.structure.rules import Failure, Outcome, Rule, Subject
from carrel.languages.structure.tree import Source
from carrel.testing.rules import count, outcome

pytestmark = pytest.mark.quick

CALLS = {
    ("sorted", "print(sorted(x))\n", "python"): 1,
    ("sort", "x.sort()\n", "python"): 1,
    ("math.sqrt", "import math\nmath.sqrt(2)\n", "python"): 1,
    ("math.sqrt", "import math as m\nm.sqrt(2)\n", "python"): 1,
    ("math.sqrt", "from math import sqrt as root\nroot(2)\n", "python"): 1,
    ("math.sqrt", "from math import *\nsqrt(2)\n", "python"): 1,
    ("math.sqrt", "from cmath import sqrt\nsqrt(2)\n", "python"): 0,
    ("sorted", "s = sorted\ns(x)\n", "python"): 2,
    ("sorted", "map(sorted, rows)\n", "python"): 1,
    ("sorted", "def sorted(x):\n    return x\nsorted(3)\n", "python"): 0,
    ("sorted", "class A:\n    def sorted(self):\n        pass\nsorted(3)\n", "python"): 1,
    ("max", "max = 3\nprint(max)\n", "python"): 0,
    ("sorted", '# sorted(x)\ny = "sorted(x)"\n', "python"): 0,
    ("sorted", "\uff53orted(x)\n", "python"): 1,
    ("sort", "xs.sort();\n", "javascript"): 1,
    ("sort", "xs?.sort?.();\n", "javascript"): 1,
    ("Array.prototype.sort", "Array.prototype.sort.call(x)\n", "javascript"): 0,
    (
        "fs.readFileSync",
        'const { readFileSync: r } = require("node:fs");\nr(0);\n',
        "javascript",
    ): 1,
    ("Map", "new Map();\n", "javascript"): 1,
    ("Arrays.sort", "class A { void f() { java.util.Arrays.sort(a); } }", "java"): 1,
    (
        "Arrays.sort",
        "import static java.util.Arrays.sort;\nclass A { void f() { sort(a); } }",
        "java",
    ): 1,
    ("sort", "class A { void sort(int[] a) {} void f() { sort(a); } }", "java"): 0,
    ("System.out.println", "class A { void f() { x.forEach(System.out::println); } }", "java"): 0,
    ("println", "class A { void f() { x.forEach(System.out::println); } }", "java"): 1,
    ("ArrayList", "class A { Object x = new java.util.ArrayList<Integer>(); }", "java"): 1,
    ("std::sort", "#include <algorithm>\nint main() { std::sort(a, b); }", "cpp"): 1,
    ("std::sort", "using namespace std;\nint main() { sort(a, b); }", "cpp"): 1,
    ("std::sort", "void sort() {}\nint main() { sort(); }", "cpp"): 0,
    ("printf", 'int main() { (printf)("x"); }', "c"): 1,
    ("qsort", "int main() { void (*f)() = qsort; }", "c"): 1,
    ("sort.Ints", 'package m\nimport "sort"\nfunc f() { sort.Ints(x) }\n', "go"): 1,
    ("println", 'fn f() { println!("x"); }', "rust"): 1,
    ("std::mem::swap", "use std::mem;\nfn f() { mem::swap(a, b); }", "rust"): 1,
    ("sort", 'fn f() { println!("{:?}", x.sort()); }', "rust"): 1,
}


@pytest.mark.parametrize(("name", "code", "language"), CALLS)
def test_calls_are_counted(name: str, code: str, language: str) -> None:
    found = outcome(Rule(Subject.CALL, (name,), most=0), code, language)
    assert found.count == CALLS[name, code, language], found


def test_required_calls_count_own_functions_but_not_mentions() -> None:
    code = "def go():\n    pass\ngo()\ngo()\nx = go\n"
    assert count(Subject.CALL, "go", code, least=2) == 2
    assert outcome(Rule(Subject.CALL, ("go",), least=3), code, "python").failure is Failure.TOO_FEW
    assert (
        outcome(Rule(Subject.CALL, ("go",), least=1, most=1), code, "python").failure
        is Failure.TOO_MANY
    )
    assert count(Subject.METHOD, "append", "x.append(1)\nappend(2)\n") == 1


IMPORTS = {
    ("os", "import os.path as p\n", "python"): 1,
    ("os", "from os import path\n", "python"): 1,
    ("os", "import ost\n", "python"): 0,
    ("os", '__import__("os")\n', "python"): 1,
    ("os", 'import importlib\nimportlib.import_module("os")\n', "python"): 1,
    ("math numpy", "import sys, numpy\n", "python"): 1,
    ("fs", 'import x from "node:fs";\n', "javascript"): 1,
    ("fs", 'const x = require("fs");\n', "javascript"): 1,
    ("fs", 'await import("fs");\n', "javascript"): 1,
    ("fs", 'import x = require("fs");\n', "typescript"): 1,
    ("java.util", "import java.util.List;\nclass A {}", "java"): 1,
    ("java.util.List", "import java.util.*;\nclass A {}", "java"): 0,
    ("java.util", "class A { java.util.List<String> x; }", "java"): 1,
    ("java.util", "class A { void f() { java.util.Arrays.sort(a); } }", "java"): 1,
    ("algorithm", "#include <algorithm>\n", "cpp"): 1,
    ("algorithm", "#include <bits/stdc++.h>\n", "cpp"): 1,
    ("math.h", "#include <math.h>\n", "c"): 1,
    ("sort", 'package m\nimport (\n"fmt"\n"sort"\n)\n', "go"): 1,
    ("std::collections", "use std::{io, collections::HashMap};\n", "rust"): 1,
    (
        "std::collections",
        "fn f() { let x = std::collections::HashMap::<u8, u8>::new(); }",
        "rust",
    ): 1,
}


@pytest.mark.parametrize(("names", "code", "language"), IMPORTS)
def test_imports_are_found(names: str, code: str, language: str) -> None:
    assert count(Subject.IMPORT, names, code, language) == IMPORTS[names, code, language]


DEFINITIONS = [
    ("python", "def f(a, b=1, *c, d: int, e: int = 2, **k):\n    pass\n", "f", "abcdek"),
    ("python", "class A:\n    def f(self, a, /, b):\n        pass\n", "f", "ab"),
    ("javascript", "function f(a, b = 1, ...c) {}\n", "f", "abc"),
    ("javascript", "const f = a => a;\n", "f", "a"),
    ("typescript", "function f(this: X, a: number, b?: string) {}\n", "f", "ab"),
    ("java", "class A { int f(int a, String... b) { return 1; } }", "f", "ab"),
    ("cpp", "int& f(const std::string& a, int b[] = {}, int (*c)(int) = 0) {}", "f", "abc"),
    ("c", "int *f(int a, char **b) { return 0; }", "f", "ab"),
    ("c", "int f(void) { return 0; }", "f", ""),
    ("go", "package m\nfunc f(a, b int, c ...string) {}\n", "f", "abc"),
    ("rust", "fn f(a: u8, mut b: &str) {}", "f", "ab"),
    ("rust", "impl A { fn f(&self, a: u8) {} }", "f", "a"),
]


@pytest.mark.parametrize(("language", "code", "name", "parameters"), DEFINITIONS)
def test_a_function_is_asked_for_with_its_parameters(
    language: str, code: str, name: str, parameters: str
) -> None:
    names = tuple(parameters)
    exact = Rule(Subject.FUNCTION, (name,), least=1, parameter_names=names)
    assert outcome(exact, code, language).failure is None
    counted = Rule(Subject.FUNCTION, (name,), least=1, parameters=len(names))
    assert outcome(counted, code, language).failure is None
    other = Rule(Subject.FUNCTION, (name,), least=1, parameters=len(names) + 1)
    assert outcome(other, code, language).failure is Failure.MISSING


CLASSES = {
    "python": "class A(x.B):\n    def m(self):\n        pass\n",
    "javascript": "class A extends x.B { m() {} }\n",
    "typescript": "class A extends B<T> implements C { m(): void {} }\n",
    "java": "class A extends B implements C { void m() {} }",
    "cpp": "class A : public ns::B { void m() {} };",
}


@pytest.mark.parametrize("language", CLASSES)
def test_a_class_is_asked_for_with_methods_and_parent(language: str) -> None:
    code = CLASSES[language]
    right = Rule(Subject.CLASS, ("A",), least=1, methods=("m",), extends="B")
    assert outcome(right, code, language).failure is None
    for wrong in (
        Rule(Subject.CLASS, ("A",), least=1, methods=("m", "n")),
        Rule(Subject.CLASS, ("A",), least=1, extends="X"),
        Rule(Subject.CLASS, ("X",), least=1),
    ):
        assert outcome(wrong, code, language).failure is Failure.MISSING


def test_operators_literals_and_names() -> None:
    assert count(Subject.OPERATOR, "+", "x = a + b\nx += 1\ny = a == b\n") == 2
    assert count(Subject.OPERATOR, "== !=", "x = a == b != c\n") == 2
    assert count(Subject.OPERATOR, "and", "x = a and b\n") == 1
    assert count(Subject.OPERATOR, "*", "int f(int *p) { return *p * 2; }", "c") == 2
    assert count(Subject.OPERATOR, "<<", "x <<= 1;\n", "javascript") == 1
    assert count(Subject.LITERAL, "42", "x = 42\ny = 420\nz = '42'\n") == 2
    assert count(Subject.LITERAL, "Hello", 'print("Hello")\n') == 1
    assert count(Subject.NAME, "x", "x = y.x\nprint('x')\n") == 2


def test_documentation() -> None:
    code = 'def f():\n    """Say what."""\ndef g():\n    pass\n'
    every = Rule(Subject.DOCSTRING, (), least=1)
    found = outcome(every, code, "python")
    assert (found.failure, [p.text for p in found.places]) == (Failure.TOO_FEW, ["g"])
    assert outcome(Rule(Subject.DOCSTRING, ("f",), least=1), code, "python").failure is None
    java = "/** Says what. */\nclass A {\n  /** And how. */\n  @Override\n  void f() {}\n}"
    assert outcome(every, java, "java").failure is None
    assert outcome(every, java.replace("/** And", "/* And"), "java").failure is Failure.TOO_FEW
    assert outcome(every, "/// Says what.\n#[test]\nfn f() {}", "rust").failure is None
    assert outcome(every, "// Says what.\nint f(void) { return 1; }", "c").failure is None
    js = "/** Says what. */\nexport const f = () => 1;\n"
    assert outcome(Rule(Subject.DOCSTRING, ("f",), least=1), js, "javascript").failure is None


def test_measures() -> None:
    code = "def f(a, b, c):\n    if a:\n        for x in b:\n"
    code += "            if x and c:\n                pass\n"
    code += "    elif b:\n        pass\n"

    def measured(name: str, limit: int) -> Outcome:
        return outcome(Rule(Subject.MEASURE, (name,), limit=limit), code, "python")

    assert measured("nesting", 3).failure is None
    deep = measured("nesting", 2)
    assert (deep.failure, deep.count, deep.places[0].line) == (Failure.ABOVE, 3, 4)
    assert measured("function-lines", 7).failure is None
    assert measured("function-lines", 6).count == 7
    assert measured("parameters", 2).count == 3
    assert measured("complexity", 6).failure is None
    assert measured("complexity", 5).count == 6
    assert measured("lines", 6).count == 7
    java = "class A { void f() { if (a) {} else if (b) {} else if (c) {} } }"
    assert outcome(Rule(Subject.MEASURE, ("nesting",), limit=1), java, "java").failure is None


def test_a_query_is_the_experts_way() -> None:
    query = Rule(Subject.QUERY, ('((identifier) @n (#eq? @n "foo"))',), most=0)
    found = outcome(query, "x = foo\n", "python")
    assert [(p.line, p.text) for p in found.places] == [(1, "foo")]
    assert outcome(query, "x = bar\n", "python").failure is None


def test_within_limits_a_rule_to_a_function_or_class() -> None:
    code = "def f():\n    return 1\ndef g():\n    for x in y:\n        pass\n"
    assert (
        outcome(Rule(Subject.CONSTRUCT, ("for",), most=0, within="f"), code, "python").failure
        is None
    )
    found = outcome(Rule(Subject.CONSTRUCT, ("for",), most=0, within="g"), code, "python")
    assert found.failure is Failure.FORBIDDEN
    gone = outcome(Rule(Subject.CONSTRUCT, ("for",), most=0, within="h"), code, "python")
    assert gone.failure is Failure.NO_SCOPE


HIDING = {
    "exec": ('exec("for x in y: pass")\n', "python"),
    "exec by name": ('getattr(__builtins__, "ex" + "ec")("while True: pass")\n', "python"),
    "eval": ('eval("for (;;) {}");\n', "javascript"),
    "eval in typescript": ('eval("for (;;) {}");\n', "typescript"),
    "constructor": ('new Function("for (;;) {}")();\n', "javascript"),
    "scripts": ("class A { javax.script.ScriptEngineManager m; }", "java"),
    "assembly": ('int main() { asm("jmp ."); }', "c"),
}


@pytest.mark.parametrize("name", HIDING)
def test_a_ban_is_not_kept_by_a_program_that_runs_text(name: str) -> None:
    code, language = HIDING[name]
    found = outcome(Rule(Subject.CONSTRUCT, ("loop",), most=0), code, language)
    assert found.failure is Failure.HIDDEN
    assert found.places[0].line == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_bytes_are_read(language: str) -> None:
    rules = [
        Rule(Subject.CONSTRUCT, ("loop", "recursion", "global-variable", "function"), most=0),
        Rule(Subject.CALL, ("x",), most=0),
        Rule(Subject.IMPORT, ("x",), most=0),
        Rule(Subject.DOCSTRING, (), least=1),
        *(Rule(Subject.MEASURE, (name,), limit=1) for name in ("nesting", "complexity", "lines")),
    ]
    for data in (b"", b"\xff\xfe\x00" * 50, bytes(range(256)), b"\xef\xbb\xbfx = 1\n", b"(" * 2000):
        assert len(check(rules, Code([Source("", data)], language))) == len(rules)
