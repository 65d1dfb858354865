"""Rules about constructs: each is found in every language, and nothing else is."""

import pytest

from carrel.languages.structure.constructs import CONSTRUCTS, LANGUAGES, NAMES, languages_with
from carrel.languages.structure.rules import Failure, Rule, Subject, refusal
from carrel.languages.structure.tree import grammar
from carrel.testing.rules import count, outcome

pytestmark = pytest.mark.quick

# What a program that has a construct may look like; in a function where one is needed.
PROGRAMS = {
    "for": {
        "python": "for x in y:\n    pass\n",
        "javascript": "for (let i = 0; i < 3; i++) {}\n",
        "typescript": "for (const x of y) {}\n",
        "java": "class A { void f() { for (int x : y) {} } }",
        "cpp": "int main() { for (auto x : y) {} }",
        "c": "int main() { for (;;) {} }",
        "go": "package m\nfunc f() { for i := 0; i < 3; i++ {} }\n",
        "rust": "fn main() { for x in 0..3 {} }",
    },
    "while": {
        "python": "while x:\n    pass\n",
        "javascript": "while (x) {}\n",
        "typescript": "while (x) {}\n",
        "java": "class A { void f() { while (x) {} } }",
        "cpp": "int main() { while (x) {} }",
        "c": "int main() { while (x) {} }",
        "rust": "fn main() { while x {} }",
    },
    "do-while": {
        "javascript": "do {} while (x);\n",
        "java": "class A { void f() { do {} while (x); } }",
        "c": "int main() { do {} while (x); }",
    },
    "infinite-loop": {"rust": "fn main() { loop {} }"},
    "loop": {
        "rust": "fn main() { loop {} }",
        "c": "int main() { do {} while (x); }",
        "go": "package m\nfunc f() { for {} }\n",
        "javascript": "for (const k in o) {}\n",
    },
    "iteration": {
        "python": "x = [i for i in y]\n",
        "java": "class A { void f() { while (x) {} } }",
    },
    "comprehension": {"python": "x = sum(i for i in y)\n"},
    "list-comprehension": {"python": "x = [i for i in y]\n"},
    "break": {"python": "while x:\n    break\n", "rust": "fn main() { loop { break; } }"},
    "if": {
        "python": "if x:\n    pass\n",
        "rust": "fn main() { if x {} }",
        "c": "int f() { if (x); }",
    },
    "else": {
        "python": "if x:\n    pass\nelif y:\n    pass\n",
        "java": "class A { void f() { if (x) {} else {} } }",
        "go": "package m\nfunc f() { if x {} else {} }\n",
        "cpp": "int f() { if (x) {} else {} }",
    },
    "switch": {
        "python": "match x:\n    case 1:\n        pass\n",
        "javascript": "switch (x) { case 1: }\n",
        "java": "class A { int f(int a) { return switch (a) { default -> 1; }; } }",
        "c": "int f() { switch (x) { case 1: ; } }",
        "go": "package m\nfunc f() { switch x { case 1: } }\n",
        "rust": "fn f() { match x { _ => () } }",
    },
    "ternary": {
        "python": "x = 1 if y else 2\n",
        "java": "class A { int x = y ? 1 : 2; }",
        "c": "int x = 1 ? 2 : 3;",
    },
    "goto": {"c": "int f() { end: goto end; }", "go": "package m\nfunc f() { goto e\ne: }\n"},
    "lambda": {
        "python": "f = lambda: 1\n",
        "javascript": "const f = () => 1;\n",
        "java": "class A { Runnable r = () -> {}; }",
        "cpp": "auto f = [] { return 1; };",
        "go": "package m\nvar f = func() {}\n",
        "rust": "fn main() { let f = |x| x; }",
    },
    "class": {
        "python": "class A:\n    pass\n",
        "javascript": "class A {}\n",
        "typescript": "abstract class A {}\n",
        "java": "record A(int x) {}",
        "cpp": "struct A { int x; };",
    },
    "try": {
        "python": "try:\n    pass\nexcept E:\n    pass\n",
        "javascript": "try {} catch {}\n",
        "java": "class A { void f() { try (var x = y) {} } }",
        "cpp": "int f() { try {} catch (...) {} }",
    },
    "throw": {"python": "raise E\n", "javascript": "throw e;\n", "cpp": "void f() { throw 1; }"},
    "f-string": {"python": 'x = f"{y}"\n', "javascript": "x = `${y}`;\n"},
    "slice": {"python": "x = y[1:]\n", "go": "package m\nvar x = y[1:]\n"},
    "global-statement": {"python": "def f():\n    global x\n"},
    "var": {"javascript": "var x = 1;\n"},
    "let": {"javascript": "let x = 1;\n", "rust": "fn f() { let x = 1; }"},
    "any-type": {"typescript": "let x: any = 1;\n"},
    "inheritance": {
        "python": "class A(B):\n    pass\n",
        "typescript": "class A extends B {}\n",
        "java": "class A extends B {}",
        "cpp": "class A : B {};",
    },
    "async": {"python": "async def f():\n    pass\n", "javascript": "async function f() {}\n"},
    "unsafe": {"rust": "fn f() { unsafe {} }"},
    "macro": {"c": "#define X 1\n", "rust": "macro_rules! a { () => {} }"},
    "pointer": {"c": "int *x;", "go": "package m\nvar x *int\n"},
    "comment": dict.fromkeys(LANGUAGES, "// why\n") | {"python": "# why\n"},
    "function": {
        "python": "def f():\n    pass\n",
        "javascript": "const f = () => 1;\n",
        "c": "int f(void) { return 1; }",
        "rust": "fn f() {}",
    },
    "nested-function": {
        "python": "def f():\n    def g():\n        pass\n",
        "javascript": "function f() { function g() {} }\n",
    },
    "global-variable": {
        "python": "count = 0\ndef f():\n    print(count)\n",
        "javascript": "let count = 0;\nfunction f() { count++; }\n",
        "java": "class A { static int count = 0; }",
        "cpp": "int count = 0;\nint f(int x) { return x; }",
        "c": "static int count[3];\nint f(int x);",
        "go": "package m\nvar count int\n",
        "rust": "static mut COUNT: u32 = 0;",
    },
}
CASES = [(name, language, code) for name, row in PROGRAMS.items() for language, code in row.items()]

INNOCENT = {
    "python": '# for while class lambda try\nx = "for i in y: goto end"\n"""while True: pass"""\n',
    "javascript": "// for while\nconst forest = 'for (;;) {}'; /* class */ const a = `while`;\n",
    "typescript": "// for while\nconst forest: string = 'for (;;) {}';\n",
    "java": '// for\nenum B { X }\n/* while */ interface A { String s = "for (;;) goto try"; }',
    "cpp": '// for\nconst char* s = "for (;;) while";\n',
    "c": '// for\nconst char *s = "for (;;) while";\n',
    "go": 'package m\n// for\nconst s = "for {}"\n',
    "rust": '// for\nconst S: &str = "for while loop";\n',
}


@pytest.mark.parametrize(("name", "language", "code"), CASES)
def test_a_construct_is_found(name: str, language: str, code: str) -> None:
    required = outcome(Rule(Subject.CONSTRUCT, (name,), least=1), code, language)
    assert required.failure is None
    assert required.places
    forbidden = outcome(Rule(Subject.CONSTRUCT, (name,), most=0), code, language)
    assert forbidden.failure is Failure.FORBIDDEN


@pytest.mark.parametrize("language", LANGUAGES)
def test_comments_strings_and_similar_words_are_no_constructs(language: str) -> None:
    for name in ("loop", "while", "class", "lambda", "try", "goto", "for", "switch"):
        if language in languages_with(name) and (name, language) != ("class", "java"):
            rule = Rule(Subject.CONSTRUCT, (name,), most=0)
            assert outcome(rule, INNOCENT[language], language).failure is None, name


def test_every_node_that_a_construct_names_is_one_of_the_grammar() -> None:
    for name, row in CONSTRUCTS.items():
        for language, construct in row.items():
            known = grammar(language)
            for pattern in construct.patterns.values():
                assert known.id_for_node_kind(pattern.type, True), (name, language, pattern.type)
                if pattern.field is not None:
                    assert known.field_id_for_name(pattern.field), (name, language, pattern.field)
                if pattern.token is not None:
                    assert known.id_for_node_kind(pattern.token, False) or (
                        known.id_for_node_kind(pattern.token, True)
                    ), (name, language, pattern.token)


def test_a_construct_that_a_language_lacks_is_refused() -> None:
    rule = Rule(Subject.CONSTRUCT, ("while",), most=0)
    assert refusal(rule, "go") is not None
    assert "go has no `while`" in str(refusal(rule, "go"))
    assert refusal(rule, "c") is None
    assert "only rust has it" in str(refusal(Rule(Subject.CONSTRUCT, ("unsafe",)), "c"))
    assert "is no construct" in str(refusal(Rule(Subject.CONSTRUCT, ("fro",)), "c"))
    assert "cannot be looked at" in str(refusal(rule, "bash"))
    assert "c has no classes" in str(refusal(Rule(Subject.CLASS, ("A",), least=1), "c"))
    assert "does not fit c" in str(refusal(Rule(Subject.QUERY, ("(nothing) @x",)), "c"))
    assert {"loop", "recursion", "global-variable"} <= set(NAMES)


def test_a_local_name_is_no_global_variable() -> None:
    assert count(Subject.CONSTRUCT, "global-variable", "x = 1\ndef f(x):\n    return x\n") == 0
    assert (
        count(Subject.CONSTRUCT, "global-variable", "x = 1\ndef f():\n    x = 2\n    return x\n")
        == 0
    )
    assert (
        count(Subject.CONSTRUCT, "global-variable", "LIMIT = 1\ndef f():\n    return LIMIT\n") == 0
    )
    assert count(Subject.CONSTRUCT, "global-variable", "x = 1\nprint(x)\n") == 0
    code = "x = 1\ndef f():\n    def g():\n        global x\n        x = 2\n    return g\n"
    assert count(Subject.CONSTRUCT, "global-variable", code) == 1
    assert count(Subject.CONSTRUCT, "global-variable", "const int K = 1; int f(int); ", "c") == 0
    code = "const table = {};\nfunction f(x) { return table[x]; }\n"
    assert count(Subject.CONSTRUCT, "global-variable", code, "javascript") == 0


def test_a_loop_hidden_in_a_macro_is_found() -> None:
    code = "#define repeat(n) for (int i = 0; i < n; i++)\nint main() { repeat(3) {} }\n"
    found = outcome(Rule(Subject.CONSTRUCT, ("loop",), most=0), code, "c")
    assert [(p.line, p.text) for p in found.places] == [(1, "for")]
    code = '#define TEXT "for" /* while */\nint main() { return 0; }\n'
    assert outcome(Rule(Subject.CONSTRUCT, ("loop",), most=0), code, "cpp").failure is None


def test_a_loop_written_with_escapes_is_found() -> None:
    code = "class A { void f() { wh\\u0069le (true) {} } }"
    assert outcome(Rule(Subject.CONSTRUCT, ("loop",), most=0), code, "java").count == 1
    code = "int main() { wh\\\nile (1) {} }\n"
    assert outcome(Rule(Subject.CONSTRUCT, ("loop",), most=0), code, "c").count == 1


def test_a_loop_in_what_cannot_be_parsed_is_found() -> None:
    code = "def f(:\n    for x in y\n        while ) z\n"
    assert outcome(Rule(Subject.CONSTRUCT, ("loop",), most=0), code, "python").failure is not None
