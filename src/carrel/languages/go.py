"""Go, with its standard library."""

from __future__ import annotations

from dataclasses import replace

from carrel.core.sizes import MIB
from carrel.languages.spec import (
    APP,
    COMPILE_LIMITS,
    Compiler,
    Entry,
    LanguageSpec,
    Smoke,
    heap_bytes,
)


def _memory_env(memory_bytes: int) -> dict[str, str]:
    # Below that, the collector lets the heap grow to twice what is in use; near it, it works
    # harder instead of letting a program that fits be killed.
    return {"GOMEMLIMIT": f"{heap_bytes(memory_bytes) // MIB}MiB"}


GO = LanguageSpec(
    name="go",
    title="Go",
    extensions=(".go",),
    aliases=("golang",),
    template="go",
    entry=lambda _source: Entry("solution.go", f"{APP}/solution"),
    compiler=Compiler(
        argv=lambda entry: ("carrel-go-build", entry.source, "solution"),
        limits=replace(COMPILE_LIMITS, processes=128),
        env={"LANG": "C.UTF-8"},
    ),
    run_argv=lambda entry, _memory: (entry.main,),
    memory_env=_memory_env,
    # One core is what a program has; more would only be more threads on it.
    env={"LANG": "C.UTF-8", "GOMAXPROCS": "1"},
    runtime_threads=16,
    out_of_memory=(b"fatal error: runtime: out of memory", b"runtime: cannot allocate memory"),
    smoke=Smoke(
        'package main\n\nimport "fmt"\n\n'
        "func main() {\n\tvar a, b int\n\tfmt.Scan(&a, &b)\n\tfmt.Println(a + b)\n}\n",
        "2 3\n",
        "5\n",
    ),
)
