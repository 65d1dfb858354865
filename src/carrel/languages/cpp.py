"""C++17 with GNU extensions."""

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

CPP = LanguageSpec(
    name="cpp",
    title="C++",
    extensions=(".cpp", ".cc", ".cxx"),
    aliases=("c++", "cxx", "g++"),
    template="base",
    files=C_FILES,
    entry=lambda _source: Entry("solution.cpp", f"{APP}/solution"),
    compiler=Compiler(
        argv=lambda entry: ("g++", "-O2", "-std=gnu++17", "-o", "solution", entry.source),
        limits=COMPILE_LIMITS,
        env={"LANG": "C.UTF-8"},
    ),
    run_argv=lambda entry, _memory: (entry.main,),
    env={"LANG": "C.UTF-8"},
    out_of_memory=(b"terminate called after throwing an instance of 'std::bad_alloc'",),
    at_once=C_AT_ONCE,
    smoke=Smoke(
        "#include <iostream>\n"
        "int main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n",
        "2 3\n",
        "5\n",
    ),
)
