"""TypeScript, checked and compiled by TypeScript 7 and run on Node.js."""

from __future__ import annotations

from dataclasses import replace

from carrel.languages.javascript import JAVASCRIPT
from carrel.languages.spec import APP, COMPILE_LIMITS, Compiler, Entry, LanguageSpec, Smoke

_TYPES = "/opt/carrel/npm/node_modules/@types"

_COMPILE = (
    "tsc",
    *("--pretty", "false"),
    "--strict",
    "--noEmitOnError",
    # Of what the program stands on, only the program itself is checked: a fifth of the time.
    "--skipLibCheck",
    # No browser: without `dom`, a tenth of a second less, and `document` is an error here.
    *("--target", "es2023", "--lib", "es2023"),
    *("--module", "commonjs", "--moduleResolution", "bundler"),
    *("--types", "node", "--typeRoots", _TYPES),
    *("--outDir", APP),
)

TYPESCRIPT = LanguageSpec(
    name="typescript",
    title="TypeScript",
    extensions=(".ts", ".cts"),
    aliases=("ts", "tsc"),
    template="node",
    entry=lambda _source: Entry("solution.ts", f"{APP}/solution.js"),
    compiler=Compiler(
        argv=lambda entry: (*_COMPILE, entry.source),
        limits=replace(COMPILE_LIMITS, processes=128),
        env={"LANG": "C.UTF-8", "NO_COLOR": "1"},
    ),
    run_argv=JAVASCRIPT.run_argv,
    env=JAVASCRIPT.env,
    runtime_threads=JAVASCRIPT.runtime_threads,
    # The compiler reads the library's types in parallel: half the time by the clock.
    cores=2.0,
    out_of_memory=JAVASCRIPT.out_of_memory,
    smoke=Smoke(
        'import { readFileSync } from "fs";\n'
        'const [a, b]: number[] = readFileSync(0, "utf8").split(" ").map(Number);\n'
        "console.log(a + b);\n",
        "2 3\n",
        "5\n",
    ),
)
