"""Each way for a program to end, in the languages beside the first five, on real sandboxes.

(The first five have theirs in test_judge.py and tests/security.)
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.core.sizes import KIB, MIB
from carrel.judge.verdict import Verdict
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.limits import RunLimits
from carrel.testing.judging import judge_all

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = RunLimits(cpu_ms=20_000, wall_ms=60_000, memory_bytes=128 * MIB, output_bytes=64 * KIB)

# Each program gets `in` as its input (in SQL: a comment) and should print `ok`.
PROGRAMS: dict[Language, dict[Verdict, str]] = {
    Language.TYPESCRIPT: {
        Verdict.WRONG_ANSWER: "const text: string = 'no';\nconsole.log(text);",
        Verdict.COMPILE_ERROR: "console.log('ok');\nconst x: number = 'a';",
        Verdict.RUNTIME_ERROR: "function f(): never { throw new Error('mine'); }\nf();",
        Verdict.TIME_LIMIT: "for (;;) {}",
        Verdict.IDLENESS_LIMIT: "setTimeout(() => {}, 60000);",
        Verdict.MEMORY_LIMIT: (
            "const kept: number[][] = [];\n"
            "for (;;) kept.push(new Array<number>(100000).fill(kept.length));"
        ),
        Verdict.OUTPUT_LIMIT: "for (;;) console.log('y'.repeat(999));",
    },
    Language.GO: {
        Verdict.WRONG_ANSWER: 'package main\n\nfunc main() { print("ok\\n") }',
        Verdict.COMPILE_ERROR: "package main\n\nfunc main() { x := 1 }",
        Verdict.RUNTIME_ERROR: "package main\n\nfunc main() { var a []int; println(a[3]) }",
        Verdict.TIME_LIMIT: "package main\n\nfunc main() { for { } }",
        Verdict.IDLENESS_LIMIT: (
            'package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Minute) }'
        ),
        Verdict.MEMORY_LIMIT: (
            "package main\n\nfunc main() {\n\tvar kept [][]byte\n"
            "\tfor { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }\n"
            "\t\tkept = append(kept, b) }\n}"
        ),
        Verdict.OUTPUT_LIMIT: (
            'package main\n\nimport "fmt"\n\nfunc main() { for { fmt.Println("yyyyyyyyyyyyy") } }'
        ),
    },
    Language.RUST: {
        Verdict.WRONG_ANSWER: 'fn main() { println!("no"); }',
        Verdict.COMPILE_ERROR: 'fn main() {\n    let x: i32 = "a";\n}',
        Verdict.RUNTIME_ERROR: "fn main() { let v: Vec<i32> = vec![]; let i = v.len(); v[i]; }",
        Verdict.TIME_LIMIT: "fn main() { loop { std::hint::spin_loop() } }",
        Verdict.IDLENESS_LIMIT: (
            "fn main() { std::thread::sleep(std::time::Duration::from_secs(60)) }"
        ),
        Verdict.MEMORY_LIMIT: (
            "fn main() { let mut kept = vec![]; loop { kept.push(vec![1u8; 1 << 20]) } }"
        ),
        Verdict.OUTPUT_LIMIT: 'fn main() { loop { println!("yyyyyyyyyyyyyyyyyyyy") } }',
    },
    Language.BASH: {
        Verdict.WRONG_ANSWER: "echo no",
        Verdict.COMPILE_ERROR: "echo ok\nif true; then echo",
        Verdict.RUNTIME_ERROR: "echo ok\nexit 3",
        Verdict.TIME_LIMIT: "while :; do :; done",
        Verdict.IDLENESS_LIMIT: "sleep 60",
        Verdict.MEMORY_LIMIT: "x=y\nwhile :; do x=$x$x; done",
        Verdict.OUTPUT_LIMIT: "yes",
    },
    Language.SQL: {
        Verdict.WRONG_ANSWER: "SELECT 'no';",
        Verdict.COMPILE_ERROR: "SELECT 'ok';\nSELEC 1;",
        Verdict.RUNTIME_ERROR: "SELECT 'ok';\nSELECT * FROM missing;",
        Verdict.TIME_LIMIT: (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;"
        ),
        Verdict.MEMORY_LIMIT: (
            "CREATE TABLE t (x);\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)\n"
            "INSERT INTO t SELECT randomblob(100000) FROM n;"
        ),
        Verdict.OUTPUT_LIMIT: (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;"
        ),
    },
    Language.R: {
        Verdict.WRONG_ANSWER: "cat('no\\n')",
        Verdict.COMPILE_ERROR: "cat('ok\\n')\nx <- (1 + ",
        Verdict.RUNTIME_ERROR: "cat('ok\\n')\nstop('mine')",
        Verdict.TIME_LIMIT: "repeat {}",
        Verdict.IDLENESS_LIMIT: "Sys.sleep(60)",
        Verdict.MEMORY_LIMIT: "x <- list()\nrepeat x[[length(x) + 1]] <- runif(1e6)",
        Verdict.OUTPUT_LIMIT: "repeat cat('yyyyyyyyyyyyyyyyyyyyyyyyyyyy\\n')",
    },
}
CASES = [(language, verdict) for language, ends in PROGRAMS.items() for verdict in ends]

# Where the compiler says that the mistake is.
PLACES = {
    Language.TYPESCRIPT: "solution.ts(2,7): error TS2322",
    Language.GO: "solution.go:3:15",
    Language.RUST: "solution.rs:2:18",
    Language.BASH: "solution.sh: line 3",
    Language.SQL: "near line 2",
    Language.R: "3:0",
}


def test_no_language_is_forgotten() -> None:
    first = {Language.PYTHON, Language.JAVASCRIPT, Language.JAVA, Language.CPP, Language.C}
    assert set(PROGRAMS) | first == set(Language)
    assert set(PLACES) == set(PROGRAMS)


@pytest.mark.parametrize(("language", "verdict"), CASES)
def test_each_end_has_its_verdict(language: Language, verdict: Verdict) -> None:
    given = "-- in\n" if language is Language.SQL else "in\n"
    stopped = verdict in (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT)
    limits = replace(LIMITS, cpu_ms=2000, wall_ms=1500) if stopped else LIMITS
    outcome = judge_all(PROGRAMS[language][verdict], language, [given], limits=limits)
    assert outcome.verdict is verdict, outcome
    if verdict is Verdict.COMPILE_ERROR:
        assert PLACES[language] in (outcome.compile_message or "")


@pytest.mark.parametrize(
    "source",
    [
        ".shell echo ok",
        ".system echo ok",
        ".read /dev/fd/3",
        ".output /tmp/x",
        ".import /etc/passwd t",
        ".load ok",
        "ATTACH '/tmp/x' AS y; SELECT 'ok';",
        "SELECT writefile('/tmp/x', 'ok');",
        "SELECT readfile('/app/solution.sql');",
        "VACUUM INTO '/tmp/x';",
    ],
)
def test_sql_reaches_neither_programs_nor_files(source: str) -> None:
    outcome = judge_all(source, Language.SQL, ["CREATE TABLE t (x);\n"], limits=LIMITS)
    assert outcome.verdict is Verdict.RUNTIME_ERROR, outcome
    assert b"ok" not in outcome.tests[0].stdout.data


def test_a_script_that_forges_a_syntax_error_shows_no_hidden_data() -> None:
    given = "CREATE TABLE hidden (word);\nINSERT INTO hidden VALUES ('s3cret');\n"
    source = (
        "CREATE TRIGGER t BEFORE DELETE ON hidden\n"
        "BEGIN SELECT RAISE(ABORT, 'x: syntax error'); END;\nDELETE FROM hidden;"
    )
    outcome = judge_all(source, Language.SQL, [given], limits=LIMITS)
    assert outcome.verdict is not Verdict.ACCEPTED
    assert "s3cret" not in (outcome.compile_message or "")


def test_go_programs_import_the_library_and_nothing_inside_it() -> None:
    source = 'package main\n\nimport "internal/abi"\n\nfunc main() { println(abi.NoEscape) }'
    outcome = judge_all(source, Language.GO, [""], limits=LIMITS)
    assert outcome.verdict is Verdict.COMPILE_ERROR
    assert "solution.go:3:8: could not import internal/abi" in (outcome.compile_message or "")
    assert "/opt/carrel" not in (outcome.compile_message or "")


def test_a_go_program_is_told_how_much_memory_it_has() -> None:
    source = (
        'package main\n\nimport (\n\t"fmt"\n\t"runtime/debug"\n)\n\n'
        "func main() { fmt.Println(debug.SetMemoryLimit(-1) >> 20) }"
    )
    # 64 of the 128 MB are for the runtime itself.
    outcome = judge_all(source, Language.GO, [""], expected="64\n", limits=LIMITS)
    assert outcome.verdict is Verdict.ACCEPTED, outcome


def test_a_typescript_program_has_the_types_of_node_and_none_of_a_browser() -> None:
    source = "import * as fs from 'node:fs';\nconsole.log(fs.existsSync('/app') ? 'ok' : '');"
    assert judge_all(source, Language.TYPESCRIPT, [""]).verdict is Verdict.ACCEPTED
    outcome = judge_all("document.title = 'x';", Language.TYPESCRIPT, [""])
    assert "solution.ts(1,1)" in (outcome.compile_message or "")


def test_a_smoke_program_needs_little_of_its_limits() -> None:
    for language in PROGRAMS:
        smoke = SPECS[language].smoke
        outcome = judge_all(
            smoke.code, language, [smoke.stdin], expected=smoke.stdout, limits=LIMITS
        )
        assert outcome.verdict is Verdict.ACCEPTED, language
        assert outcome.tests[0].memory_bytes < (LIMITS.memory_bytes or 0) // 2, language
