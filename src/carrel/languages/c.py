"""C17 with GNU extensions and the mathematics library."""

from __future__ import annotations

from carrel.languages.spec import (
    APP,
    C_AT_ONCE,
    C_FILES,
    COMPILE_LIMITS,
    Compiler,
    Entry,
    LanguageSpec,
    Smoke,
)

C = LanguageSpec(
    name="c",
    title="C",
    extensions=(".c",),
    aliases=("gcc",),
    template="base",
    files=C_FILES,
    entry=lambda _source: Entry("solution.c", f"{APP}/solution"),
    compiler=Compiler(
        argv=lambda entry: ("gcc", "-O2", "-std=gnu17", "-o", "solution", entry.source, "-lm"),
        limits=COMPILE_LIMITS,
        env={"LANG": "C.UTF-8"},
    ),
    run_argv=lambda entry, _memory: (entry.main,),
    env={"LANG": "C.UTF-8"},
    at_once=C_AT_ONCE,
    smoke=Smoke(
        "#include <stdio.h>\n"
        'int main(void) { long a, b; scanf("%ld %ld", &a, &b); printf("%ld\\n", a + b); }\n',
        "2 3\n",
        "5\n",
    ),
)
