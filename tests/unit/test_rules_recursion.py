"""Which functions call themselves: what rules on recursion find, and what they leave alone."""

# ruff: noqa: E501 - each program stands in as few lines as it can

import pytest

from carrel.languages.structure.check import check
from carrel.languages.structure.code import Code
from carrel.languages.structure.rules import Failure, Rule, Subject
from carrel.languages.structure.tree import Source
from carrel.testing.rules import outcome

pytestmark = pytest.mark.quick

REQUIRED = Rule(Subject.CONSTRUCT, ("recursion",), least=1)
FORBIDDEN = Rule(Subject.CONSTRUCT, ("recursion",), most=0)

RECURSIVE = {
    "python": "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
    "python lambda": "fact = lambda n: 1 if n < 2 else n * fact(n - 1)\n",
    "python nested": "def f(n):\n    def go(k):\n        return go(k - 1) if k else 0\n    return go(n)\n",
    "python method": "class A:\n    def f(self, n):\n        return self.f(n - 1) if n else 0\n",
    "python tree": "class Node:\n    def __init__(self):\n        self.left = None\n"
    "    def add(self, v):\n        if self.left is None:\n            self.left = Node()\n"
    "        else:\n            self.left.add(v)\n",
    "python through map": "def total(x):\n    return sum(map(lambda y: total(y), x))\n",
    "javascript": "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n",
    "javascript arrow": "const fact = (n) => (n < 2 ? 1 : n * fact(n - 1));\n",
    "javascript named expression": "const f = function g(n) { return n ? g(n - 1) : 0; };\n",
    "javascript object": "const o = { f(n) { return n ? this.f(n - 1) : 0; } };\n",
    "javascript class": "class A { f(n) { return n ? this.f(n - 1) : 0; } }\n",
    "typescript": "function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n",
    "typescript tree": "class T { constructor(private left: T | null) {}\n"
    "  size(): number { return this.left ? 1 + this.left!.size() : 1; } }\n",
    "java": "class A { static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); } }\n",
    "java by class": "class A { static int f(int n) { return n == 0 ? 0 : A.f(n - 1); } }\n",
    "java tree": "class Node { Node left; int size() { return left == null ? 1 : left.size(); } }\n",
    "java overload": "class A { int s(int[] a) { return s(a, 0); }\n"
    " int s(int[] a, int i) { return i == a.length ? 0 : a[i] + s(a, i + 1); } }\n",
    "java function": "class A { static java.util.function.Function<Integer, Integer> f =\n"
    " n -> n < 2 ? 1 : n * A.f.apply(n - 1); }\n",
    "cpp": "int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n",
    "cpp lambda": "int main() { std::function<int(int)> f = [&](int n) { return n ? f(n - 1) : 0; };"
    " return f(3); }\n",
    "cpp template": "template <class T> T up(T n) { return n ? up<T>(n - 1) : 0; }\n",
    "cpp outside": "struct A { int f(int n); };\nint A::f(int n) { return n ? f(n - 1) : 0; }\n",
    "cpp tree": "struct Node { Node* left; int size() { return left ? left->size() : 1; } };\n",
    "cpp pointer": "int* f(int* p) { return p ? f(p + 1) : p; }\n",
    "c": "int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n",
    "c brackets": "int f(int n) { return n ? (f)(n - 1) : 0; }\n",
    "go": "package main\nfunc fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }\n",
    "go closure": "package main\nfunc main() { var f func(int) int\n"
    " f = func(n int) int { if n == 0 { return 0 }; return f(n - 1) }\n f(3) }\n",
    "go tree": "package main\ntype Node struct { left *Node }\n"
    "func (t *Node) Size() int { if t == nil { return 0 }; return t.left.Size() + 1 }\n",
    "rust": "fn fib(n: u32) -> u32 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\n",
    "rust in a macro": 'fn f(n: u32) { if n > 0 { println!("{:?}", f(n - 1)); } }\n',
    "rust method": "struct A; impl A { fn f(&self, n: u32) -> u32 { self.f(n - 1) } }\n",
    "rust path": "fn f(n: u32) -> u32 { crate::f(n - 1) }\n",
}
MUTUAL = {
    "python": "def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n and even(n - 1)\n",
    "javascript": "const e = n => n ? o(n - 1) : 1;\nfunction o(n) { return n ? e(n - 1) : 0; }\n",
    "java": "class A { int e(int n) { return o(n - 1); } int o(int n) { return e(n - 1); } }\n",
    "c": "int o(int n);\nint e(int n) { return o(n - 1); }\nint o(int n) { return e(n - 1); }\n",
    "go": "package m\nfunc e(n int) int { return o(n-1) }\nfunc o(n int) int { return e(n-1) }\n",
    "rust": "fn e(n: u8) -> u8 { o(n) }\nfn o(n: u8) -> u8 { e(n) }\n",
}
STRAIGHT = {
    "python": "def f(n):\n    return n\nprint(f(f(3)))\n",
    "python words": '# f calls f(1)\ndef f(n):\n    """f(n) is f"""\n    return "f(n)"\n',
    "python stack": "class Stack:\n    def __init__(self):\n        self.items = []\n"
    "    def pop(self):\n        return self.items.pop()\n",
    "python unknown": "class A:\n    def __init__(self, log):\n        self.log = log\n"
    "    def write(self, x):\n        self.log.write(x)\n",
    "python super": "class A(B):\n    def __init__(self):\n        super().__init__()\n",
    "python other": "class A:\n    def run(self):\n        return run()\ndef run():\n    return 1\n",
    "python shadow": "import math\ndef sqrt(x):\n    return math.sqrt(x)\n",
    "javascript": "class S { items = []; push(x) { this.items.push(x); } }\n",
    "typescript": "class S { private items: number[] = []; push(x: number) { this.items.push(x); } }\n",
    "java": "import java.util.*; class S { List<Integer> items = new ArrayList<>();\n"
    " void add(int x) { items.add(x); } }\n",
    "java list of own": "import java.util.*; class S { List<S> all; void add(S x) { all.add(x); } }\n",
    "java super": "class A { public String toString() { return super.toString(); } }\n",
    "java overload": "class A { int s(int a) { return s(a, 0); } int s(int a, int b) { return a; } }\n",
    "cpp": "struct S { std::vector<int> v; void push_back(int x) { v.push_back(x); } };\n",
    "cpp std": "int max(int a, int b) { return std::max(a, b); }\n",
    "c": "int f(int n) { return n; }\nint main(void) { return f(f(1)); }\n",
    "go": 'package main\nimport "fmt"\nfunc Println(x int) { fmt.Println(x) }\n',
    "rust": "struct S { v: Vec<u8> } impl S { fn push(&mut self, x: u8) { self.v.push(x); } }\n",
}


@pytest.mark.parametrize("name", RECURSIVE)
def test_recursion_is_seen(name: str) -> None:
    language = name.split(maxsplit=1)[0]
    assert outcome(REQUIRED, RECURSIVE[name], language).failure is None
    assert outcome(FORBIDDEN, RECURSIVE[name], language).failure is Failure.FORBIDDEN


@pytest.mark.parametrize("name", MUTUAL)
def test_mutual_recursion_is_seen(name: str) -> None:
    assert outcome(REQUIRED, MUTUAL[name], name).failure is None
    mutual = Rule(Subject.CONSTRUCT, ("mutual-recursion",), most=0)
    assert outcome(mutual, MUTUAL[name], name).failure is Failure.FORBIDDEN
    direct = Rule(Subject.CONSTRUCT, ("direct-recursion",), most=0)
    assert outcome(direct, MUTUAL[name], name).failure is None


@pytest.mark.parametrize("name", STRAIGHT)
def test_a_program_without_recursion_is_left_alone(name: str) -> None:
    assert outcome(FORBIDDEN, STRAIGHT[name], name.split(maxsplit=1)[0]).failure is None


def test_what_nobody_can_know_speaks_for_the_student() -> None:
    code = STRAIGHT["python unknown"]
    assert outcome(REQUIRED, code, "python").failure is None
    assert outcome(FORBIDDEN, code, "python").failure is None
    stack = STRAIGHT["python stack"]  # what is certainly a list is not a doubt
    assert outcome(REQUIRED, stack, "python").failure is Failure.MISSING


def test_the_line_of_the_call_is_told() -> None:
    found = outcome(FORBIDDEN, RECURSIVE["python tree"], "python")
    assert [(p.line, p.text) for p in found.places] == [(8, "add")]


def test_within_asks_one_function_and_what_it_calls() -> None:
    code = "def go(n, s):\n    return go(n - 1, s + n) if n else s\ndef total(n):\n    return go(n, 0)\n"
    code += "def other(n):\n    return n\n"
    within = Rule(Subject.CONSTRUCT, ("recursion",), least=1, within="total")
    assert outcome(within, code, "python").failure is None
    within = Rule(Subject.CONSTRUCT, ("recursion",), least=1, within="other")
    assert outcome(within, code, "python").failure is Failure.MISSING
    within = Rule(Subject.CONSTRUCT, ("recursion",), least=1, within="nobody")
    assert outcome(within, code, "python").failure is Failure.NO_SCOPE


def test_functions_of_several_files_call_one_another() -> None:
    files = [
        Source("", b"from other import odd\ndef even(n):\n    return n == 0 or odd(n - 1)\n"),
        Source("other.py", b"def odd(n):\n    from solution import even\n    return even(n - 1)\n"),
    ]
    found = check([FORBIDDEN], Code(files, "python"))[0]
    assert [(p.file, p.line) for p in found.places] == [("", 3), ("other.py", 3)]
