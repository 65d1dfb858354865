"""Tokens: what disappears, what stays, and that no text makes reading slow."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.core.errors import InvalidValueError
from carrel.similarity.detect import detect_language
from carrel.similarity.grammars import GRAMMARS, LANGUAGES, canonical_language, load_grammar
from carrel.similarity.tokens import MAX_PARSED_BYTES, locate, tokenise, unparsable
from carrel.similarity.vocabulary import Token

pytestmark = pytest.mark.quick

JAVA = "class A {{ static int f(int a, int b) {{ {} }} }}"
CPP = "int f(int a, int b) {{ {} }}"


def tokens(code: str, language: str) -> list[int]:
    return [int(token) for token in tokenise([(code.encode(), language)])[0][0]]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("python", "x = x + 1", "count += 1  # next"),
        ("python", "import os\nimport sys\nf(1)", "import sys\nimport os\ng('two')"),
        ("python", "def f(a, b): return a < b", "def g(x: int, y: int) -> bool:\n    return y > x"),
        ("python", "def f(a):\n    '''Say.'''\n    return a", "def f(a):\n    return a"),
        ("python", "f(a, b=1)", "f(a, 2)"),
        ("python", "if a:\n    b()\nelif c:\n    d()", "if a: b()\nelse:\n    if c: d()"),
        ("python", "x = -1", "x = 7"),
        ("javascript", "let x = 1; x++;", "var y = 'a'; y = y + 1"),
        ("javascript", "function f(a) { return a === 1 }", "function g(b) { return 2 == b; }"),
        ("javascript", "const f = (a) => { return a; }", "let f = function (b) { return b; }"),
        ("typescript", "let x: number = 1", "let x = 1"),
        (
            "java",
            JAVA.format("int c = a; return c;"),
            JAVA.format("final long d; d = b; return d;"),
        ),
        ("java", JAVA.format("if (a < b) return a;"), JAVA.format("if (b >= a) { return b; }")),
        ("java", JAVA.format("a++; b -= 2;"), JAVA.format("a = a + 1; b = b - 2;")),
        (
            "java",
            JAVA.format("switch (a) { case 1: g(); break; default: h(); }"),
            JAVA.format("switch (b) { case 7: x(); break; default: y(); }"),
        ),
        ("cpp", "#include <vector>\n" + CPP.format("int *p = &a;"), CPP.format("int q = b;")),
        ("cpp", CPP.format("std::vector<int> v; v[0] = 1;"), CPP.format("int v[3]; v[i] = 9;")),
        ("c", CPP.format("while (a != b) a++;"), CPP.format("while (b == 1) { b += 1; }")),
        (
            "csharp",
            "class A { int F(int a) { return a + 1; } }",
            "class B { int G(int b)\n{ return 1 + b; } }",
        ),
        (
            "go",
            "package a\nfunc f(x int) int { return x + 1 }",
            "package b\nfunc g(y int) int {\n return 2 + y }",
        ),
        (
            "rust",
            "fn f(a: i32) -> i32 { return a + 1; }",
            "fn g(b: i64) -> i64 {\n  return b + 2;\n}",
        ),
        ("ruby", "def f(a)\n  return a + 1\nend", "def g(b) # c\n return 2 + b\nend"),
        (
            "php",
            "<?php function f($a) { return $a + 1; }",
            "<?php function g($b) { return 2 + $b; }",
        ),
        ("bash", "for i in a; do # x\n f(1)\ndone", "for j in b; do\n g(2)\ndone"),
    ],
)
def test_equivalent_code_has_equal_tokens(language: str, one: str, other: str) -> None:
    assert tokens(one, language) == tokens(other, language)
    assert tokens(one, language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a + b", "a * b"),
        ("for x in y: f()", "if x: f()"),
        ("f(g(x))", "f(x)"),
        ("a = b", "a == b"),
    ],
)
def test_structure_stays(one: str, other: str) -> None:
    assert tokens(one, "python") != tokens(other, "python")


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_every_grammar_is_installed_and_loads_without_a_network(language: str) -> None:
    grammar = load_grammar(language)
    assert grammar is not None
    assert grammar.first.any()


def test_a_token_fits_into_six_bits() -> None:
    assert max(Token) < 64


def test_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidValueError, match=r"language='klingon'.*python"):
        canonical_language("klingon")
    assert canonical_language(" C++ ") == "cpp"


@given(st.binary(max_size=400), st.sampled_from(LANGUAGES))
def test_places_belong_to_the_same_tokens(text: bytes, language: str) -> None:
    located = locate(text, language)
    assert located.tokens.tolist() == tokenise([(text, language)])[0][0].tolist()
    assert (located.starts >= 0).all()
    assert (located.ends <= len(text)).all()
    assert (np.diff(located.starts) >= 0).all()


def _hostile() -> dict[str, bytes]:
    rng = random.Random(7)  # noqa: S311
    n = 120_000
    signs = b"abc(){}[]<>;:=+-*&\"' \n,."
    return {
        "generics": b"a<" * (n // 2),
        "templates": b"a<b<c>(d)>(e)*" * (n // 14),
        "brackets": b"([{" * (n // 3),
        "ifs": b"if " * (n // 3),
        "conditionals": b"x=" + b"a?b:" * (n // 4) + b"c;",
        "one line": b"x=1;" * (n // 4),
        "plus": b"x=" + b"1+" * (n // 2) + b"1",
        "quotes": b"\"'" * (n // 2),
        "random": bytes(rng.choice(signs) for _ in range(n)),
        "short random": bytes(rng.choice(signs) for _ in range(2000)),
        "bytes": bytes(rng.randrange(256) for _ in range(n)),
        "comments": b"/*" * (n // 2),
        "nested": b"".join(b" " * i + b"if x:\n" for i in range(480)),
    }


@pytest.mark.parametrize("name", sorted(_hostile()))
@pytest.mark.parametrize("language", ["python", "java", "typescript"])
def test_no_text_makes_reading_slow(name: str, language: str) -> None:
    started = time.process_time()
    tokenise([(_hostile()[name], language)])
    assert time.process_time() - started < 30


def test_deep_nesting_and_long_files_are_read_by_words_and_it_is_said() -> None:
    deep = b"f(" * 5_000
    found, notes = tokenise([(deep, "python"), (b"x = 1\n" * MAX_PARSED_BYTES, "python")])
    assert "nested" in notes[0]
    assert "bytes" in notes[1]
    assert all(len(sequence) for sequence in found)
    assert unparsable(b"f((1))", "python") == ""


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "def f(x):\n    for i in range(x):\n        print(i)\n"),
        ("javascript", "function f(x) { console.log(x === 1); }\nconst a = [1];"),
        ("typescript", "interface A { b: number }\nfunction f(a: A): number { return a.b }"),
        (
            "java",
            "public class A { public static void main(String[] a) { System.out.println(1); } }",
        ),
        ("cpp", "#include <iostream>\nint main() { std::cout << 1; }"),
        ("c", '#include <stdio.h>\nint main(void) { printf("1"); }'),
        ("go", "package main\nfunc main() { x := 1 }"),
        ("rust", 'fn main() { let mut x = 1; println!("{}", x); }'),
    ],
)
def test_the_language_of_a_text_is_found(language: str, code: str) -> None:
    assert detect_language(code) == language


def test_detection_is_quick_on_crafted_lines() -> None:
    started = time.process_time()
    for text in ("def f(" * 9_000, "\n" * 60_000, "def f(" + ")" * 60_000, "class a" * 9_000):
        detect_language(text)
    assert time.process_time() - started < 30
