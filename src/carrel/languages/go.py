"""Go, with its standard library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from carrel.core.sizes import MIB
from carrel.languages.spec import (
    APP,
    COMPILE_LIMITS,
    Compiler,
    Entry,
    LanguageSpec,
    SeveralFiles,
    Smoke,
    heap_bytes,
)


def _memory_env(memory_bytes: int) -> dict[str, str]:
    # Below that, the collector lets the heap grow to twice what is in use; near it, it works
    # harder instead of letting a program that fits be killed.
    return {"GOMEMLIMIT": f"{heap_bytes(memory_bytes) // MIB}MiB"}


_MAIN = re.compile(rb"^func\s+main\s*\(\s*\)", re.MULTILINE)

# As the template's `carrel-go-build`, which takes one file. $0 is the program to make.
_SEVERAL = """\
set -e
for tools in "$(go env GOROOT)"/pkg/tool/*_*; do :; done
place=/opt/carrel/go
"$tools/compile" -p main -complete -lang=go1.24 -importcfg $place/import.cfg -pack -o "$0.a" "$@"
"$tools/link" -importcfg $place/link.cfg -buildmode=exe -s -w -o "$0" "$0.a"
rm -f "$0.a"
"""


def _told(files: Mapping[str, bytes]) -> list[str]:
    """Return the files of the program's package: those of its folder that are no tests."""
    return sorted(name for name in files if "/" not in name and not name.endswith("_test.go"))


GO = LanguageSpec(
    name="go",
    title="Go",
    extensions=(".go",),
    aliases=("golang",),
    template="go",
    entry=lambda _source: Entry("solution.go", f"{APP}/solution"),
    compiler=Compiler(
        argv=lambda entry: ("carrel-go-build", entry.source, "solution"),
        several=lambda entry: ("sh", "-c", _SEVERAL, "solution", entry.source),
        limits=replace(COMPILE_LIMITS, processes=128),
        env={"LANG": "C.UTF-8"},
    ),
    files=SeveralFiles(told=_told, starts=lambda data: _MAIN.search(data) is not None),
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
