"""Abuse of compilers (cases 22-25): the verdict is a compile error, and soon."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from carrel.judge import plan
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS, Language
from carrel.testing.judging import judge_all

SHORT_MS = 4000
"""CPU time of a compiler in most of these tests: what it may use (20 s) is long to wait for."""

BOMBS = {
    "22-include-dev-random": (Language.C, '#include "/dev/random"\nint main(void) {}'),
    "22-include-dev-zero": (Language.C, '#include "/dev/zero"\nint main(void) {}'),
    "22-include-stdin": (Language.CPP, '#include "/dev/stdin"\nint main() { return f(); }'),
    "22-include-itself": (Language.C, '#include "solution.c"\n#include "solution.c"'),
    "24-template": (
        Language.CPP,
        (
            "template<int N, class T> struct A { A<N + 1, A<N, T>> a; A<N + 2, T*> b; };"
            "A<0, int> x; int main() {}"
        ),
    ),
    "24-macro": (
        Language.C,
        (
            "#define A B B B B B B B B\n#define B C C C C C C C C\n#define C D D D D D D D D\n"
            "#define D E E E E E E E E\n#define E F F F F F F F F\n#define F G G G G G G G G\n"
            "#define G H H H H H H H H\n#define H I I I I I I I I\n#define I J J J J J J J J\n"
            '#define J "x" "y"\nconst char *s = A; int main(void) {}'
        ),
    ),
    "24-constexpr": (
        Language.CPP,
        (
            "constexpr long f(long n) { long s = 0; for (long i = 0; i < 33554432; i++)"
            " for (long k = 0; k < n; k++) s += i; return s; }"
            "constexpr long a = f(1000000); int main() { return a; }"
        ),
    ),
    "25-huge-array": (Language.C, "int a[1 << 30] = {1}; int main(void) { return a[5]; }"),
    "25-incbin-zero": (Language.C, '__asm__(".incbin \\"/dev/zero\\""); int main(void) {}'),
    "24-java-nested": (
        Language.JAVA,
        "public class Main { static Object o = " + "(" * 20000 + "1" + ")" * 20000 + "; }",
    ),
    "22-rust-include-zero": (
        Language.RUST,
        'fn main() { println!("{}", include_bytes!("/dev/zero").len()); }',
    ),
    "23-rust-include-shadow": (
        Language.RUST,
        'fn main() { println!("{}", include_str!("/etc/shadow")); }',
    ),
    "24-rust-macro": (
        Language.RUST,
        "macro_rules! m { ($($x:tt)*) => { m!($($x)* $($x)* 1) } }\nfn main() { m!(1) }",
    ),
    "24-rust-constant": (
        Language.RUST,
        (
            "const N: u64 = { let mut i = 0u64; while i < u64::MAX { i += 1 } i };\n"
            'fn main() { println!("{}", N); }'
        ),
    ),
    "22-typescript-reference-zero": (
        Language.TYPESCRIPT,
        '/// <reference path="/dev/zero" />\nconsole.log(1);',
    ),
    "24-typescript-type": (
        Language.TYPESCRIPT,
        (
            "type T<N, A extends 1[] = []> = A['length'] extends N ? A : T<N, [...A, 1, ...A]>;\n"
            "const x: T<-1> = 1;"
        ),
    ),
    "23-go-embed": (
        Language.GO,
        (
            'package main\n\nimport _ "embed"\n\n//go:embed solution.go\nvar s string\n\n'
            "func main() { println(s) }"
        ),
    ),
    "24-go-array": (
        Language.GO,
        "package main\n\nvar a = [1 << 40]int{1}\n\nfunc main() { println(a[5]) }",
    ),
}


@pytest.mark.parametrize(
    "limit", ["short", pytest.param("its own", marks=pytest.mark.full)], ids=str
)
@pytest.mark.parametrize("name", BOMBS)
def test_a_compile_bomb_is_a_compile_error(
    name: str, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    language, source = BOMBS[name]
    compiler = SPECS[language].compiler
    assert compiler is not None
    if limit == "short":
        compiler = replace(compiler, limits=replace(compiler.limits, cpu_ms=SHORT_MS))
        spec = replace(SPECS[language], compiler=compiler)
        monkeypatch.setattr(plan, "SPECS", {**SPECS, language: spec})
    started = time.monotonic()
    outcome = judge_all(source, language, ["", ""])
    assert outcome.verdict is Verdict.COMPILE_ERROR, outcome
    assert outcome.compile_message
    # Once more where it died of memory, and twenty times as long on a machine this crowded.
    assert time.monotonic() - started < 40 * (compiler.limits.cpu_ms or 0) / 1000
    assert len(outcome.compile_message) < 100_000


def test_24_more_classes_than_can_be_kept_are_a_compile_error() -> None:
    classes = "".join(f"static class C{number} {{}}" for number in range(5500))
    main = 'public static void main(String[] a) { System.out.println("ok"); }'
    outcome = judge_all(f"public class Main {{ {classes} {main} }}", Language.JAVA, ["", ""])
    assert outcome.verdict is Verdict.COMPILE_ERROR, outcome
    assert "more files than can be kept" in (outcome.compile_message or "")


def test_23_including_a_host_file_shows_the_sandboxes_only() -> None:
    outcome = judge_all('#include "/etc/shadow"\nint main(void) {}', Language.C, [""])
    assert outcome.verdict is Verdict.COMPILE_ERROR
    assert outcome.compile_message is not None
    assert "Permission denied" in outcome.compile_message, outcome.compile_message


@pytest.mark.parametrize(
    "path", ["/etc/shadow", "/proc/1/environ", "/proc/1/mem", "/.carrel/agent", "/box/agent/stdin"]
)
def test_23_incbin_reads_nothing_that_a_student_may_not_read(path: str) -> None:
    source = f'__asm__(".incbin \\"{path}\\""); int main(void) {{}}'
    outcome = judge_all(source, Language.C, [""])
    assert outcome.verdict is Verdict.COMPILE_ERROR, outcome


def test_23_the_hosts_own_files_are_not_there() -> None:
    source = f'__asm__(".incbin \\"{__file__}\\""); int main(void) {{}}'
    outcome = judge_all(source, Language.C, [""])
    assert outcome.verdict is Verdict.COMPILE_ERROR
    assert "file not found" in (outcome.compile_message or "")
