"""Rust, edition 2021, with its standard library."""

from __future__ import annotations

import re

from carrel.languages.spec import (
    APP,
    COMPILE_LIMITS,
    Compiler,
    Entry,
    LanguageSpec,
    SeveralFiles,
    Smoke,
)

# The linker's second process and threads, and a plugin for other compilers' objects, cost a
# sixth of the time to compile a short program.
_LINK = "-Wl,--no-fork,--thread-count=1 -fno-use-linker-plugin"

_MAIN = re.compile(rb"\bfn\s+main\s*\(")

RUST = LanguageSpec(
    name="rust",
    title="Rust",
    extensions=(".rs",),
    aliases=("rs", "rustc"),
    template="rust",
    files=SeveralFiles(starts=lambda data: _MAIN.search(data) is not None),
    entry=lambda _source: Entry("solution.rs", f"{APP}/solution"),
    compiler=Compiler(
        argv=lambda entry: (
            "rustc",
            *("--edition", "2021", "--crate-name", "solution"),
            *("-C", "opt-level=2", "-C", "strip=symbols", "--color", "never"),
            *("-C", f"link-args={_LINK}"),
            *("-o", "solution", entry.source),
        ),
        limits=COMPILE_LIMITS,
        env={"LANG": "C.UTF-8"},
    ),
    run_argv=lambda entry, _memory: (entry.main,),
    env={"LANG": "C.UTF-8"},
    out_of_memory=(b"memory allocation of ",),
    smoke=Smoke(
        "use std::io;\n\n"
        "fn main() {\n"
        "    let mut line = String::new();\n"
        "    io::stdin().read_line(&mut line).unwrap();\n"
        "    let words = line.split_whitespace();\n"
        "    let sum: i64 = words.map(|word| word.parse::<i64>().unwrap()).sum();\n"
        '    println!("{sum}");\n'
        "}\n",
        "2 3\n",
        "5\n",
    ),
)
